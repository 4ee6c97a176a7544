//! SGD as the paper uses it.

use burn::module::ParamGroup;
use burn::optim::{ModuleOptimizer, Optimizer, RecordState, StateSink, StateSource};
use burn::tensor::{Device, Tensor};
use graph::Graph;
use model::ops::{SgdStep, sgd};
use run::TrainConfig;

/// Plain SGD: `v ← momentum · v + (g + decay · w)`, `w ← w − rate · v`, where only the weights of
/// convolutions decay, not a batch norm's scale and offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// Momentum, without Nesterov and without dampening.
    pub momentum: f64,
    /// Decay of the convolutions' weights.
    pub weight_decay: f64,
}

/// What decays otherwise than [`Sgd`] says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decay {
    /// The decay of some convolutions' weights, and the numbers of those convolutions.
    pub apart: Option<(f64, Vec<usize>)>,
    /// Whether learned scales and offsets of batch norms decay too.
    pub norms: bool,
}

impl Decay {
    /// That of a config, for a network with these nodes.
    pub fn of(config: &TrainConfig, graph: &Graph) -> Self {
        let latent = |decay: f64| {
            let convs = graph.convs().enumerate();
            let latent = convs.filter(|(_, (_, conv))| TrainConfig::is_latent(conv.weights));
            (decay, latent.map(|(number, _)| number).collect())
        };
        Self {
            apart: config.decay_latent.map(latent),
            norms: config.decay_norms,
        }
    }
}

impl Sgd {
    /// A fresh optimiser, whose velocities are 0.
    pub fn init(&self) -> ModuleOptimizer {
        self.init_with(&Decay::default())
    }

    /// The same with other decays of some parameters.
    pub fn init_with(&self, decay: &Decay) -> ModuleOptimizer {
        let plain = Self {
            weight_decay: if decay.norms { self.weight_decay } else { 0.0 },
            ..*self
        };
        // A convolution's parameter is called `weight`, a batch norm's `gamma` and `beta`.
        let weights = ParamGroup::from_regex(r"(^|\.)weight$").expect("the pattern is valid");
        let optimizer = ModuleOptimizer::from(plain).with_group(weights, *self, None);
        let Some((weight_decay, convs)) = &decay.apart else {
            return optimizer;
        };
        let paths = convs
            .iter()
            .map(|number| format!("net.convs.{number}.weight"));
        let apart = Self {
            weight_decay: *weight_decay,
            ..*self
        };
        // The last group that has a parameter counts.
        optimizer.with_group(ParamGroup::from_paths(paths.collect()), apart, None)
    }
}

impl Optimizer for Sgd {
    type State<const D: usize> = Velocity<D>;

    fn step<const D: usize>(
        &self,
        rate: f64,
        w: Tensor<D>,
        grad: Tensor<D>,
        state: Option<Velocity<D>>,
    ) -> (Tensor<D>, Option<Velocity<D>>) {
        let velocity = state.map_or_else(|| w.zeros_like(), |state| state.0);
        let step = SgdStep {
            rate: rate as f32,
            momentum: self.momentum as f32,
            weight_decay: self.weight_decay as f32,
        };
        let (w, velocity) = sgd(w, velocity, grad, step);
        (w, Some(Velocity(velocity)))
    }

    fn to_device<const D: usize>(state: Velocity<D>, device: &Device) -> Velocity<D> {
        Velocity(state.0.to_device(device))
    }
}

/// The velocity of a parameter.
#[derive(Clone, Debug)]
pub struct Velocity<const D: usize>(Tensor<D>);

/// As Burn's own SGD with momentum keeps it, so that checkpoints do not tell which of the two took the steps.
impl<const D: usize> RecordState for Velocity<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        out.push_tensor(prefix, RECORDED, self.0.clone().into_data());
    }

    fn state_unflatten(prefix: &str, src: &mut StateSource, device: &Device) -> Option<Self> {
        let velocity = src.take_tensor(prefix, RECORDED)?;
        Some(Self(Tensor::from_data(velocity, device)))
    }
}

/// The name of a velocity in a checkpoint, after its parameter's.
const RECORDED: &str = "momentum.velocity";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Classifier, ImageBatch};
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::optim::decay::WeightDecayConfig;
    use burn::optim::momentum::MomentumConfig;
    use burn::optim::{GradientsParams, SgdConfig};
    use burn::tensor::{Device, Int, Tensor};
    use model::{NetworkConfig, Weights};

    /// Every trained parameter, by its path.
    fn trained(classifier: &Classifier) -> Vec<(String, Vec<f32>)> {
        #[derive(Default)]
        struct Collect {
            path: Vec<String>,
            found: Vec<(String, Vec<f32>)>,
        }
        impl ModuleVisitor for Collect {
            fn enter_module(&mut self, name: &str, _: &str) {
                self.path.push(name.into());
            }
            fn exit_module(&mut self, _: &str, _: &str) {
                self.path.pop();
            }
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                if param.is_require_grad() {
                    let values = param.val().into_data().try_to_vec().unwrap();
                    self.found.push((self.path.join("."), values));
                }
            }
        }
        let mut collect = Collect::default();
        classifier.visit(&mut collect);
        collect.found
    }

    fn classifier(weights: Weights, device: &Device) -> Classifier {
        let name = "wrn-8-1".parse().unwrap();
        let config = NetworkConfig::new(name, [2, 8, 8], 3).with_weights(weights);
        Classifier::new(config.init(1, device).unwrap())
    }

    /// Two steps with the same gradients, written out: v ← m·v + g + d·w, w ← w − r·v, with the
    /// decay d for the weights of convolutions alone.
    #[test]
    fn two_steps_equal_the_formula_and_only_convolutions_decay() {
        let (momentum, weight_decay, rate) = (0.9, 0.25, 0.125);
        let device = Device::default().autodiff();
        for &weights in Weights::ALL {
            let mut classifier = classifier(weights, &device);
            let batch = ImageBatch {
                images: Tensor::<1, Int>::arange(0..512, &device)
                    .float()
                    .reshape([4, 2, 8, 8]),
                labels: Tensor::<1, Int>::from_data([0, 1, 2, 1], &device),
                mixed: None,
            };
            let mut optimizer = Sgd {
                momentum,
                weight_decay,
            }
            .init();
            let mut plain = Sgd {
                momentum: 0.0,
                weight_decay: 0.0,
            }
            .init();
            let mut velocity: Vec<Vec<f32>> = Vec::new();
            for step in 0..2 {
                let gradients = || {
                    let loss = classifier.score(batch.clone()).loss;
                    GradientsParams::from_grads(loss.backward(), &classifier)
                };
                let before = trained(&classifier);
                // A step of rate 1 without momentum and decay shows the gradient.
                let shown = trained(&plain.step(1.0, classifier.clone(), gradients()));
                let gradients = gradients();
                classifier = optimizer.step(rate, classifier.clone(), gradients);
                let after = trained(&classifier);
                velocity.resize_with(before.len(), Vec::new);
                assert_eq!(
                    before.len(),
                    8 + 2,
                    "8 convolutions, and the input's scale and offset"
                );
                for (index, (path, old)) in before.iter().enumerate() {
                    let decays = path.ends_with(".weight");
                    assert_eq!(decays, path.contains("conv"), "{path}");
                    let decay = if decays { weight_decay as f32 } else { 0.0 };
                    velocity[index].resize(old.len(), 0.0);
                    for (i, &w) in old.iter().enumerate() {
                        let gradient = w - shown[index].1[i];
                        let v = momentum as f32 * velocity[index][i] + gradient + decay * w;
                        velocity[index][i] = v;
                        let expected = w - rate as f32 * v;
                        let found = after[index].1[i];
                        // A handful of roundings of numbers of this size.
                        let tolerance = 16.0 * f32::EPSILON * (1.0 + w.abs() + v.abs());
                        assert!(
                            (found - expected).abs() <= tolerance,
                            "{weights} step {step} {path}[{i}]: {found}, expected {expected}"
                        );
                    }
                }
            }
        }
    }

    /// With all gradients 0 and no momentum a step of rate 1 shows the decay: w ← w − d·w.
    #[test]
    fn latent_weights_and_norms_decay_as_they_are_told() {
        let device = Device::default().autodiff();
        let name = "wrn-8-1".parse().unwrap();
        let network = NetworkConfig::new(name, [2, 8, 8], 3)
            .with_first_last(Some("8bit".parse().unwrap()))
            .with_learn_norms(true);
        let start = Classifier::new(network.init(1, &device).unwrap());
        let sgd = Sgd {
            momentum: 0.0,
            weight_decay: 0.25,
        };
        let batch = ImageBatch {
            images: Tensor::zeros([4, 2, 8, 8], &device),
            labels: Tensor::<1, Int>::from_data([0, 1, 2, 1], &device),
            mixed: None,
        };
        let config = |decay_latent, decay_norms| TrainConfig {
            decay_latent,
            decay_norms,
            ..TrainConfig::recipe(data::Dataset::Cifar10)
        };
        let graph = network.graph().unwrap();
        for (latent, norms) in [(None, false), (Some(0.5), false), (Some(0.0), true)] {
            let decay = Decay::of(&config(latent, norms), &graph);
            let gradients =
                GradientsParams::from_grads(start.score(batch.clone()).loss.backward(), &start);
            // What the decay takes is the difference to a step without any.
            let none = Sgd {
                weight_decay: 0.0,
                ..sgd
            };
            let bare = trained(&none.init().step(1.0, start.clone(), gradients));
            let gradients =
                GradientsParams::from_grads(start.score(batch.clone()).loss.backward(), &start);
            let found = trained(&sgd.init_with(&decay).step(1.0, start.clone(), gradients));
            for ((path, old), ((_, bare), (_, found))) in
                trained(&start).iter().zip(bare.iter().zip(&found))
            {
                let expected = match path.as_str() {
                    "net.convs.0.weight" | "net.convs.7.weight" => 0.25,
                    path if path.contains("convs") => latent.unwrap_or(0.25),
                    _ if norms => 0.25,
                    _ => 0.0,
                };
                for ((old, bare), found) in old.iter().zip(bare).zip(found) {
                    let lost = bare - found;
                    let tolerance = 16.0 * f32::EPSILON * (1.0 + old.abs() + bare.abs());
                    assert!(
                        (lost - expected as f32 * old).abs() <= tolerance,
                        "{path}: {lost} of {old}, expected {expected}"
                    );
                }
            }
        }
    }

    /// What one of the two optimisers recorded after a step, both take the next one from, and end with the same weights.
    #[test]
    fn burns_own_sgd_goes_on_from_our_record_and_the_other_way_round() {
        let device = Device::default().autodiff();
        let sgd = Sgd {
            momentum: 0.75,
            weight_decay: 0.25,
        };
        let ours = || ModuleOptimizer::from(sgd);
        let burns = || {
            let momentum = MomentumConfig::new()
                .with_momentum(sgd.momentum)
                .with_dampening(0.0);
            SgdConfig::new()
                .with_momentum(Some(momentum))
                .with_weight_decay(Some(WeightDecayConfig::new(sgd.weight_decay as f32)))
                .init()
        };
        let start = classifier(Weights::FULL, &device);
        let batch = ImageBatch {
            images: Tensor::<1, Int>::arange(0..512, &device)
                .float()
                .reshape([4, 2, 8, 8]),
            labels: Tensor::<1, Int>::from_data([0, 1, 2, 1], &device),
            mixed: None,
        };
        let gradients = || {
            let loss = start.score(batch.clone()).loss;
            GradientsParams::from_grads(loss.backward(), &start)
        };
        let mut ends = Vec::new();
        for first in [ours(), burns()] {
            for mut second in [ours(), burns()] {
                let mut first = first.clone();
                let middle = first.step(0.125, start.clone(), gradients());
                second = second.load_record(first.to_record());
                ends.push(trained(&second.step(0.125, middle, gradients())));
            }
        }
        let fresh = trained(&ours().step(0.125, start.clone(), gradients()));
        assert_ne!(ends[0], fresh, "a second step");
        for end in &ends[1..] {
            for ((path, expected), (_, found)) in ends[0].iter().zip(end) {
                for (expected, found) in expected.iter().zip(found) {
                    let tolerance = 16.0 * f32::EPSILON * (1.0 + expected.abs());
                    assert!((expected - found).abs() <= tolerance, "{path}");
                }
            }
        }
    }
}
