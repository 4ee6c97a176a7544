//! The sum at the end of a skip connection.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// The sum, for a backend. All tensors have one shape.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Remote: cfg(feature = "remote"),
    Fusion: cfg(feature = "cube"),
    Autodiff,
)]
pub trait AddOps: Backend {
    /// `y + x`.
    #[fusion(default)]
    fn add_forward(y: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_add(y, x)
    }
}

super::default_bodies!(AddOps);

#[derive(Debug)]
struct AddBackward;

impl<B: AddOps> Backward<B, 2> for AddBackward {
    type State = ();

    fn backward(self, ops: Ops<(), 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        for node in ops.parents.into_iter().flatten() {
            grads.register::<B>(node.id, grad.clone());
        }
    }
}

impl<B: AddOps, C: CheckpointStrategy> AddOps for Autodiff<B, C> {
    fn add_forward(y: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = AddBackward.prepare::<C>([y.node(), x.node()]);
        let sum = B::add_forward(y.into_primitive(), x.into_primitive());
        prepared.compute_bound().stateless(sum)
    }
}

/// `y + x`, of one shape; differentiable. `y` is the tensor whose memory the sum may take.
///
/// # Panics
///
/// When the shapes differ.
pub fn add(y: Tensor<4>, x: Tensor<4>) -> Tensor<4> {
    assert_eq!(y.shape(), x.shape(), "the terms of a sum");
    let (y, x) = (y.into_dispatch(), x.into_dispatch());
    Tensor::from_dispatch(<Dispatch as AddOps>::add_forward(y, x))
}
