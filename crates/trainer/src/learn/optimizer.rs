//! SGD as the paper uses it.

use burn::module::ParamGroup;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{ModuleOptimizer, SgdConfig};

/// Plain SGD: `v ← momentum · v + (g + decay · w)`, `w ← w − rate · v`, where only the weights of
/// convolutions decay, not a batch norm's scale and offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// Momentum, without Nesterov and without dampening.
    pub momentum: f64,
    /// Decay of the convolutions' weights.
    pub weight_decay: f64,
}

impl Sgd {
    /// A fresh optimiser, whose velocities are 0.
    pub fn init(&self) -> ModuleOptimizer {
        // Burn's default dampening is 0.1.
        let momentum = MomentumConfig::new()
            .with_momentum(self.momentum)
            .with_dampening(0.0);
        let plain = SgdConfig::new().with_momentum(Some(momentum));
        let decayed = plain
            .clone()
            .with_weight_decay(Some(WeightDecayConfig::new(self.weight_decay as f32)));
        // A convolution's parameter is called `weight`, a batch norm's `gamma` and `beta`.
        let weights = ParamGroup::from_regex(r"(^|\.)weight$").expect("the pattern is valid");
        ModuleOptimizer::from(plain.build()).with_group(weights, decayed.build(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Classifier, ImageBatch};
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::optim::GradientsParams;
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
        let config = NetworkConfig {
            weights,
            ..NetworkConfig::new(name, [2, 8, 8], 3)
        };
        Classifier::new(config.init(1, device).unwrap())
    }

    /// Two steps with the same gradients, written out: v ← m·v + g + d·w, w ← w − r·v, with the
    /// decay d for the weights of convolutions alone.
    #[test]
    fn two_steps_equal_the_formula_and_only_convolutions_decay() {
        let (momentum, weight_decay, rate) = (0.9, 0.25, 0.125);
        let device = Device::default().autodiff();
        for weights in Weights::ALL {
            let mut classifier = classifier(weights, &device);
            let batch = ImageBatch {
                images: Tensor::<1, Int>::arange(0..512, &device)
                    .float()
                    .reshape([4, 2, 8, 8]),
                labels: Tensor::<1, Int>::from_data([0, 1, 2, 1], &device),
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
}
