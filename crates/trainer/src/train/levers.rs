//! What is refused of a recipe's settings once network, images and devices are known.

use graph::{Graph, Op, Value};
use run::TrainConfig;
use run::config::Average;

use crate::Error;

/// Why one image by itself teaches nothing.
pub const ALONE: &str =
    "with a single image the mean after the last batch norm is 0, and so is every gradient";

/// Whether one image's logits are the same whatever the weights are: the mean of what was made to have the mean 0.
pub fn alone_teaches_nothing(graph: &Graph) -> bool {
    let nodes = graph.nodes();
    let is_norm = |value: &Value| matches!(value, Value::Node(node) if nodes[*node].op == Op::Norm);
    let mut means = nodes.iter().filter(|node| node.op == Op::GlobalMean);
    means.any(|mean| mean.inputs.iter().all(is_norm))
}

/// Refuses settings that mean nothing for this network, or that several devices cannot do.
///
/// # Errors
///
/// [`Error::Usage`] that names the setting.
pub fn check(config: &TrainConfig, graph: &Graph, devices: usize) -> Result<(), Error> {
    config.check_levers_of(graph)?;
    let parts = devices * config.accumulate;
    if config.batch_size < 2 * parts && alone_teaches_nothing(graph) {
        return Err(Error::Usage(format!(
            "`batch_size` = {}, in {parts}: expected 2 images or more in each, found 1: {ALONE}; change it with --batch-size",
            config.batch_size,
            parts = word_list::Counted(parts, "part")
        )));
    }
    let alone = [
        ("teacher", config.teacher.is_some()),
        ("average", config.average != Average::None),
    ];
    match alone.iter().find(|(_, given)| *given && devices > 1) {
        Some((key, _)) => Err(Error::Usage(format!(
            "`{key}`: expected one device, found {devices} that share each batch; give one with --device"
        ))),
        None => Ok(()),
    }
}

/// Refuses a warm-up that is longer than the run.
///
/// # Errors
///
/// [`Error::Usage`] that names both.
pub fn check_warm_up(config: &TrainConfig, steps_per_epoch: usize) -> Result<(), Error> {
    let steps = config.epochs.saturating_mul(steps_per_epoch);
    match config.warm_up > steps {
        true => Err(Error::Usage(format!(
            "`warm_up` = {}: expected at most the run's {steps} steps, {steps_per_epoch} an epoch",
            config.warm_up
        ))),
        false => Ok(()),
    }
}
