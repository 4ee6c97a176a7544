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
