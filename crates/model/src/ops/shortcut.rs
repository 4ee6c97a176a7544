//! The skip path of a down-sampling block: pooled, then as many channels of zeros.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Slice, Tensor};

/// The shortcut, for a backend. Shapes: `x` `[batch, c, h, w]`, `grad` and the result of
/// [`shortcut_forward`](Self::shortcut_forward) `[batch, 2c, ⌈h/2⌉, ⌈w/2⌉]`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Remote: cfg(feature = "remote"),
    Fusion: cfg(feature = "cube"),
    Autodiff,
)]
pub trait ShortcutOps: Backend {
    /// A 3×3 average pool with stride 2 that divides by the pixels inside the image, then zeros.
    #[fusion(default)]
    fn shortcut_forward(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let pooled = Self::avg_pool2d(x, [3, 3], [2, 2], [1, 1], false, false);
        let dtype = pooled.dtype();
        let zeros = Self::float_zeros(pooled.shape(), &pooled.device(), dtype.into());
        Self::float_cat(vec![pooled, zeros], 1)
    }

    /// The gradient with respect to `x`; that of the zero channels goes nowhere. Shape of `x`,
    /// whose values do not matter.
    #[fusion(default)]
    fn shortcut_backward(x: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        let channels = x.shape()[1];
        let pooled = Slice::from(0..channels);
        let grad = Self::float_slice(grad, &[Slice::full(), pooled]);
        Self::avg_pool2d_backward(x, grad, [3, 3], [2, 2], [1, 1], false, false)
    }
}

super::default_bodies!(ShortcutOps);

#[derive(Debug)]
struct ShortcutBackward;

impl<B: ShortcutOps> Backward<B, 1> for ShortcutBackward {
    type State = (Shape, B::Device, burn::tensor::DType);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (shape, device, dtype) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            // Only the shape of the input matters, so none is kept for it.
            B::shortcut_backward(B::float_empty(shape, &device, dtype.into()), grad)
        });
    }
}

impl<B: ShortcutOps, C: CheckpointStrategy> ShortcutOps for Autodiff<B, C> {
    fn shortcut_forward(x: FloatTensor<Self>) -> FloatTensor<Self> {
        match ShortcutBackward
            .prepare::<C>([x.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => {
                let x = x.into_primitive();
                let state = (x.shape(), x.device(), x.dtype());
                prepared.finish(state, B::shortcut_forward(x))
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::shortcut_forward(x.into_primitive()))
            }
        }
    }
}

/// The skip path of a block that halves the size and doubles the channels; differentiable.
///
/// # Shapes
///
/// - `x`: `[batch, c, h, w]`
/// - result: `[batch, 2c, ⌈h/2⌉, ⌈w/2⌉]`, of which the first c channels are a 3×3 average pool
///   with stride 2 that divides by the pixels inside the image, and the others are 0
pub fn shortcut(x: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ShortcutOps>::shortcut_forward(
        x.into_dispatch(),
    ))
}
