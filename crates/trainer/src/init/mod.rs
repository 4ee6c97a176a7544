//! Trained weights that a run starts from, and the layers of it that do not learn.

mod compare;
mod error;
mod source;
mod teacher;

use std::path::Path;

use convert::torch_float::Moments;
use graph::{Graph, Op, PoolDivisor, Weights};
use model::Network;
use run::AboutInit;
use run::config::Freeze;
use runtime::printable;

use compare::{Anew, Difference, compare};
pub use error::InitError;
use source::Start;
pub use teacher::Teacher;
use word_list::Counted;

use crate::Error;
use crate::deploy::latent_weights;

/// Trained weights that fit a network.
pub struct Init {
    start: Start,
    anew: Anew,
    notes: Vec<String>,
}

impl Init {
    /// Reads the weights of the run or file `path` for a network with these nodes and classes, of
    /// which some do not learn.
    ///
    /// # Errors
    ///
    /// [`InitError`] when they cannot be read, are those of another network, or a layer would be
    /// neither trained nor learn.
    pub fn read(
        path: &Path,
        graph: &Graph,
        class_names: &[String],
        freeze: Freeze,
    ) -> Result<Self, InitError> {
        let start = source::read(path)?;
        let anew = compare(graph, &start.graph).map_err(|difference| {
            let Difference {
                node,
                expected,
                found,
            } = *difference;
            InitError::OtherNetwork {
                path: path.into(),
                node,
                expected,
                found,
            }
        })?;
        if anew.input && freeze != Freeze::None {
            let first = graph.convs().next().map(|(node, _)| node);
            let channels = [&start.graph, graph].map(|graph| graph.input()[0]);
            return Err(InitError::Untrained {
                node: graph.nodes()[first.unwrap_or(0)].name.clone(),
                why: format!(
                    "{} channels of an image there, {} here",
                    channels[0], channels[1]
                ),
            });
        }
        let notes = notes(&start, anew, graph, class_names);
        Ok(Self { start, anew, notes })
    }

    /// What a run says of it.
    pub fn about(&self) -> &AboutInit {
        &self.start.about
    }

    /// What becomes of the weights, in lines for a person.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// A network with these weights; the layers that are drawn anew stay as they are.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the device cannot return the weights that were drawn.
    pub fn apply(&self, mut net: Network) -> Result<Network, Error> {
        let graph = net.graph().clone();
        for (number, (node, _)) in graph.convs().enumerate() {
            if !self.is_new(&graph, node) {
                let trained = &self.start.trained.latent[number];
                let drawn = match self.start.deployed[number] {
                    true => drawn_sizes(&net, number, trained)?,
                    false => None,
                };
                net.set_conv(number, drawn.unwrap_or_else(|| trained.clone()));
            }
        }
        for (number, node) in graph.norms().enumerate() {
            if !self.is_new(&graph, node) {
                let Moments {
                    gamma,
                    beta,
                    mean,
                    variance,
                } = self.start.trained.norms[number].clone();
                net.set_norm(number, [gamma, beta, mean, variance]);
            }
        }
        Ok(net)
    }

    fn is_new(&self, graph: &Graph, node: usize) -> bool {
        let first = graph.convs().next().map_or(0, |(first, _)| first);
        (self.anew.input && node <= first) || (self.anew.head && graph.head()[node])
    }
}

/// Trained signs with the sizes of the weights that were drawn, where only the signs of a layer count
/// and all that is known of its weights is ± a scale. Weights of one size would all need the same
/// push to change their sign: few would change at first, and then all of them.
fn drawn_sizes(net: &Network, number: usize, signs: &[f32]) -> Result<Option<Vec<f32>>, Error> {
    let Some(conv) = net.convs().nth(number) else {
        return Ok(None);
    };
    if conv.kind != Weights::ONE_BIT {
        return Ok(None);
    }
    let drawn = latent_weights(conv)?;
    let signed = drawn.iter().zip(signs);
    Ok(Some(
        signed
            .map(|(size, sign)| size.abs().copysign(*sign))
            .collect(),
    ))
}

/// The same network with the layers that do not learn as `freeze` has it.
///
/// # Errors
///
/// [`InitError::NoStage`] when the last stage should learn, and there is one alone.
pub fn freeze(net: Network, freeze: Freeze, name: &str) -> Result<Network, InitError> {
    Ok(match learning(net.graph(), freeze, name)? {
        Some(learns) => net.learn_only(&learns),
        None => net,
    })
}

/// Which nodes learn; `None` where all do.
///
/// # Errors
///
/// As [`freeze`].
pub fn learning(graph: &Graph, freeze: Freeze, name: &str) -> Result<Option<Vec<bool>>, InitError> {
    let no_stage = || InitError::NoStage { net: name.into() };
    match freeze {
        Freeze::HeadOnly => Ok(Some(graph.head())),
        Freeze::LastStage => graph.last_stage().map(Some).ok_or_else(no_stage),
        _ => Ok(None),
    }
}

fn notes(start: &Start, anew: Anew, graph: &Graph, class_names: &[String]) -> Vec<String> {
    let from = printable(&start.about.name);
    let convs = graph.convs().count();
    let mut notes = vec![format!(
        "init: starting from the weights of {from}{} (sha256 {}…)",
        start.named.aside(),
        &start.about.sha256[..12]
    )];
    let theirs = &start.graph;
    if anew.input {
        let channels = [theirs, graph].map(|graph| graph.input()[0]);
        notes.push(format!(
            "init: the first layer is drawn anew: the images of {from} have {} channels, these have {}",
            channels[0], channels[1]
        ));
    }
    match anew.head {
        true => notes.push(format!(
            "init: the last layer is drawn anew: {from} has {}, these data {}",
            Counted(theirs.classes(), "class"),
            graph.classes()
        )),
        false if start.class_names != class_names => notes.push(format!(
            "init: the last layer is kept, for as many classes of other names: {} there, {} here",
            names(&start.class_names),
            names(class_names)
        )),
        false => {}
    }
    let deployed = start.deployed.iter().filter(|&&deployed| deployed).count();
    if deployed > 0 {
        notes.push(format!(
            "init: {deployed} of {convs} convolutions start from signs (or integers) times a scale, which is all that {from} has; the sizes of the trained weights are lost, and those of 1-bit weights are drawn anew"
        ));
    }
    let divisors = |graph: &Graph| -> Vec<PoolDivisor> {
        let pools = graph.nodes().iter().filter_map(|node| match node.op {
            Op::AvgPool { divisor, .. } => Some(divisor),
            _ => None,
        });
        pools.collect()
    };
    if divisors(theirs) != divisors(graph) {
        notes.push(format!(
            "init: average pools of {from} divide by 9 at the border too; here they divide by the pixels inside"
        ));
    }
    let kinds = theirs.convs().zip(graph.convs());
    let other: Vec<_> = kinds
        .filter(|((_, theirs), (_, ours))| theirs.weights != ours.weights)
        .map(|((_, theirs), (_, ours))| (theirs.weights, ours.weights))
        .collect();
    if let Some((theirs, ours)) = other.first() {
        notes.push(format!(
            "init: {} of {convs} convolutions were trained with weights of another kind, {theirs}, and go on with {ours}",
            other.len()
        ));
    }
    notes
}

/// The first names of classes.
fn names(all: &[String]) -> String {
    let shown: Vec<String> = all
        .iter()
        .take(3)
        .map(|name| printable(&name.chars().take(30).collect::<String>()))
        .collect();
    match all.len() > 3 {
        true => format!("{}, …", shown.join(", ")),
        false => shown.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use data::Dataset;
    use run::TrainConfig;

    use super::*;
    use crate::{learn, network};

    /// Every parameter that has a gradient, and no other.
    #[test]
    fn the_parameters_that_learn_are_known_by_name() {
        use burn::module::{Module, ModuleVisitor, Param};
        use burn::tensor::{Device, Tensor};

        #[derive(Default)]
        struct Learning {
            path: Vec<String>,
            found: Vec<String>,
        }
        impl ModuleVisitor for Learning {
            fn enter_module(&mut self, name: &str, _: &str) {
                self.path.push(name.into());
            }
            fn exit_module(&mut self, _: &str, _: &str) {
                self.path.pop();
            }
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                if param.is_require_grad() {
                    self.found.push(self.path.join("."));
                }
            }
        }

        let device = Device::default().autodiff();
        for (learn_norms, frozen) in [
            (false, Freeze::None),
            (true, Freeze::None),
            (true, Freeze::HeadOnly),
            (true, Freeze::LastStage),
        ] {
            let config = TrainConfig {
                net: "wrn-8-1".parse().unwrap(),
                learn_norms,
                ..TrainConfig::recipe(Dataset::Glyphs)
            };
            let network = network::of(&config, [1, 8, 8], 3);
            let graph = network.graph().unwrap();
            let nodes = learning(&graph, frozen, "wrn-8-1").unwrap();
            let mut expected = network::learned(&network, &graph, nodes.as_deref());
            let net = network.init(1, &device).unwrap();
            let net = freeze(net, frozen, "wrn-8-1").unwrap();
            let mut learning = Learning::default();
            learn::Classifier::new(net).visit(&mut learning);
            learning.found.sort();
            expected.sort();
            assert_eq!(learning.found, expected, "{learn_norms} {frozen:?}");
        }
    }
}
