//! A step of stochastic gradient descent on Flex.

use burn::backend::Flex;

use super::{FlexTensor, Values, context};
use crate::ops::{SgdOps, SgdStep};

impl SgdOps for Flex {
    fn sgd_forward(
        w: FlexTensor,
        velocity: FlexTensor,
        grad: FlexTensor,
        step: SgdStep,
    ) -> (FlexTensor, FlexTensor) {
        let sgd = kernels::Sgd {
            rate: step.rate,
            momentum: step.momentum,
            weight_decay: step.weight_decay,
        };
        let [mut w, mut velocity, grad] = [w, velocity, grad].map(Values::new);
        let grad = grad.slice();
        kernels::sgd_step(context(), &sgd, w.slice_mut(), velocity.slice_mut(), grad);
        (w.0, velocity.0)
    }
}
