//! A step of stochastic gradient descent with momentum, as one operation.
//!
//! ```text
//! v ← momentum · v + (g + decay · w),   w ← w − rate · v
//! ```

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// The numbers of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdStep {
    /// Learning rate.
    pub rate: f32,
    /// How much of the velocity is kept; no dampening, no Nesterov.
    pub momentum: f32,
    /// Added to the gradient, times the weight.
    pub weight_decay: f32,
}

/// The step, for a backend. All tensors have one shape.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Remote: cfg(feature = "remote"),
    Fusion: cfg(feature = "cube"),
)]
pub trait SgdOps: Backend {
    /// The weights and the velocity after the step.
    #[fusion(default)]
    fn sgd_forward(
        w: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        step: SgdStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let decay = Self::float_mul_scalar(w.clone(), step.weight_decay.into());
        let kept = Self::float_mul_scalar(velocity, step.momentum.into());
        let velocity = Self::float_add(kept, Self::float_add(grad, decay));
        let change = Self::float_mul_scalar(velocity.clone(), step.rate.into());
        (Self::float_sub(w, change), velocity)
    }
}

super::default_bodies!(SgdOps);

/// One step: the weights and the velocity after it. The tensors are of one shape, and track no gradients; the memory
/// of `w` and `velocity` is used again where nothing else holds it.
///
/// # Panics
///
/// When the shapes differ.
pub fn sgd<const D: usize>(
    w: Tensor<D>,
    velocity: Tensor<D>,
    grad: Tensor<D>,
    step: SgdStep,
) -> (Tensor<D>, Tensor<D>) {
    assert_eq!(w.shape(), velocity.shape(), "weights and velocity");
    assert_eq!(w.shape(), grad.shape(), "weights and gradient");
    let [w, velocity, grad] = [w, velocity, grad].map(Tensor::into_dispatch);
    let (w, velocity) = <Dispatch as SgdOps>::sgd_forward(w, velocity, grad, step);
    (Tensor::from_dispatch(w), Tensor::from_dispatch(velocity))
}
