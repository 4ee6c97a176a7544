//! What the signs of a 1-bit layer are taken of, as one operation: see [`Latent`].
//!
//! Computed on the host, where a device's weights are copied for it: weights are few beside feature
//! maps.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::{Tensor, TensorData};
use graph::Kernel;

use super::quantize::numbers;
use crate::Latent;

/// What becomes of latent weights, for a backend. All shapes are that of `w`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Remote: cfg(feature = "remote"),
    Fusion: cfg(feature = "cube"),
    Autodiff,
)]
pub trait LatentOps: Backend {
    /// What the signs are taken of.
    #[fusion(default)]
    fn latent_forward(w: FloatTensor<Self>, rule: Latent, kernel: Kernel) -> FloatTensor<Self> {
        let (device, shape) = (w.device(), w.shape());
        let mut values = numbers::<Self>(w);
        rule.apply(&kernel, &mut values);
        Self::float_from_data(TensorData::new(values, shape), &device)
    }

    /// The gradient of the latent weights, given that of the signs.
    #[fusion(default)]
    fn latent_backward(
        w: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        rule: Latent,
        kernel: Kernel,
    ) -> FloatTensor<Self> {
        let (device, shape) = (grad.device(), grad.shape());
        let mut values = numbers::<Self>(grad);
        rule.gradient(&kernel, &numbers::<Self>(w), &mut values);
        Self::float_from_data(TensorData::new(values, shape), &device)
    }
}

super::default_bodies!(LatentOps);
#[cfg(feature = "flex")]
impl LatentOps for burn::backend::Flex {}

#[derive(Debug)]
struct LatentBackward;

impl<B: LatentOps> Backward<B, 1> for LatentBackward {
    type State = (FloatTensor<B>, Latent, Kernel);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (w, rule, kernel) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            B::latent_backward(w, grad, rule, kernel)
        });
    }
}

impl<B: LatentOps, C: CheckpointStrategy> LatentOps for Autodiff<B, C> {
    fn latent_forward(w: FloatTensor<Self>, rule: Latent, kernel: Kernel) -> FloatTensor<Self> {
        match LatentBackward
            .prepare::<C>([w.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => {
                let w = w.into_primitive();
                let state = (w.clone(), rule, kernel);
                prepared.finish(state, B::latent_forward(w, rule, kernel))
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::latent_forward(w.into_primitive(), rule, kernel))
            }
        }
    }
}

/// What the signs of a 1-bit layer are taken of; differentiable, with the gradient of the rule.
///
/// # Shapes
///
/// - `w` and result: `[out, in, kernel, kernel]`
///
/// # Panics
///
/// When the device cannot return the weights.
pub fn latent(w: Tensor<4>, rule: Latent, kernel: Kernel) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as LatentOps>::latent_forward(
        w.into_dispatch(),
        rule,
        kernel,
    ))
}
