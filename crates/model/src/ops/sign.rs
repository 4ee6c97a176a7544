//! The sign with a straight-through gradient, for kinds of weights whose scale is learned or none.
//!
//! ```text
//! s = sign(w),  sign(w) = +1 for w ≥ 0 (so also for ±0), −1 otherwise
//! ∂s/∂w := 1 where |w| ≤ window, 0 elsewhere
//! ```
//!
//! The window is that of Rastegari et al. 2016 (section 3.1) with 1; without one the gradient
//! passes everywhere.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Backend, Dispatch, TensorMetadata, backend_extension, get_or_init_device_settings,
};
use burn::tensor::Tensor;

/// The sign, for a backend. All shapes are that of `w`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Remote: cfg(feature = "remote"),
    Fusion: cfg(feature = "cube"),
    Autodiff,
)]
pub trait SignOps: Backend {
    /// +1 or −1.
    #[fusion(default)]
    fn sign_forward(w: FloatTensor<Self>, window: Option<f32>) -> FloatTensor<Self> {
        let _ = window; // only the gradient has one
        let dtype = w.dtype();
        let bool_dtype = get_or_init_device_settings::<Self>(&w.device()).bool_dtype;
        let positive = Self::float_greater_equal_elem(w, 0.0.into(), bool_dtype);
        let positive = Self::bool_into_float(positive, dtype.into());
        Self::float_sub_scalar(Self::float_mul_scalar(positive, 2.0.into()), 1.0.into())
    }

    /// `grad` where |w| ≤ window, 0 elsewhere.
    #[fusion(default)]
    fn sign_backward(
        w: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        window: f32,
    ) -> FloatTensor<Self> {
        let bool_dtype = get_or_init_device_settings::<Self>(&w.device()).bool_dtype;
        let outside = Self::float_greater_elem(Self::float_abs(w), window.into(), bool_dtype);
        Self::float_mask_fill(grad, outside, 0.0.into())
    }
}

super::default_bodies!(SignOps);
#[cfg(feature = "flex")]
impl SignOps for burn::backend::Flex {}

#[derive(Debug)]
struct SignBackward;

impl<B: SignOps> Backward<B, 1> for SignBackward {
    type State = Option<(FloatTensor<B>, f32)>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let state = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| match state {
            Some((w, window)) => B::sign_backward(w, grad, window),
            None => grad,
        });
    }
}

impl<B: SignOps, C: CheckpointStrategy> SignOps for Autodiff<B, C> {
    fn sign_forward(w: FloatTensor<Self>, window: Option<f32>) -> FloatTensor<Self> {
        match SignBackward
            .prepare::<C>([w.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => {
                let w = w.into_primitive();
                let state = window.map(|window| (w.clone(), window));
                prepared.finish(state, B::sign_forward(w, window))
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::sign_forward(w.into_primitive(), window))
            }
        }
    }
}

/// The sign of each weight, where sign(0) = +1; differentiable, with the gradient straight through
/// where |w| is at most `window`, or everywhere.
pub fn sign(w: Tensor<4>, window: Option<f32>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as SignOps>::sign_forward(
        w.into_dispatch(),
        window,
    ))
}
