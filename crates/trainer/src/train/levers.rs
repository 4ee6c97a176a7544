//! What is refused of a recipe's settings once network, images and devices are known.

use graph::Graph;
use run::TrainConfig;
use run::config::Average;

use crate::Error;

/// Refuses settings that mean nothing for this network, or that several devices cannot do.
///
/// # Errors
///
/// [`Error::Usage`] that names the setting.
pub fn check(config: &TrainConfig, graph: &Graph, devices: usize) -> Result<(), Error> {
    config.check_levers_of(graph)?;
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
