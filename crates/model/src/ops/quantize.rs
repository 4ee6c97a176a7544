//! Weights as integers times scales, with a gradient of the kind's own: for kinds that have no
//! operation for themselves.
//!
//! ```text
//! Ŵ = scale · integer   (graph::weights::Kind::quantize),   ∂/∂W := ∂/∂Ŵ, or the kind's gradient
//! ```
//!
//! Both are computed on the host, where a device's weights are copied for it: weights are few beside
//! feature maps.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::{Tensor, TensorData, read_sync};
use graph::{Kernel, Weights};

/// What a kind of weights does, for a backend. All shapes are that of `w`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Remote: cfg(feature = "remote"),
    Fusion: cfg(feature = "cube"),
    Autodiff,
)]
pub trait QuantizeOps: Backend {
    /// The weights that count.
    #[fusion(default)]
    fn quantize_forward(w: FloatTensor<Self>, kind: Weights, kernel: Kernel) -> FloatTensor<Self> {
        let device = w.device();
        let latent = numbers::<Self>(w.clone());
        match kind.quantize(&kernel, &latent) {
            None => w,
            Some(quantized) => {
                let values: Vec<f32> = quantized.effective().collect();
                Self::float_from_data(TensorData::new(values, w.shape()), &device)
            }
        }
    }

    /// The gradient of the latent weights, given that of those that count.
    #[fusion(default)]
    fn quantize_backward(
        w: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        kind: Weights,
        kernel: Kernel,
    ) -> FloatTensor<Self> {
        let Some(gradient) = kind.gradient() else {
            return grad;
        };
        let (device, shape) = (grad.device(), grad.shape());
        let mut values = numbers::<Self>(grad);
        gradient(&kernel, &numbers::<Self>(w), &mut values);
        Self::float_from_data(TensorData::new(values, shape), &device)
    }
}

super::default_bodies!(QuantizeOps);
#[cfg(feature = "flex")]
impl QuantizeOps for burn::backend::Flex {}

/// The numbers of a tensor, on the host.
///
/// # Panics
///
/// When the device cannot return them.
pub(super) fn numbers<B: Backend>(tensor: FloatTensor<B>) -> Vec<f32> {
    let data = read_sync(B::float_into_data(tensor)).expect("the device returns its weights");
    data.convert::<f32>()
        .try_into_vec()
        .expect("they are 32-bit numbers")
}

#[derive(Debug)]
struct QuantizeBackward;

impl<B: QuantizeOps> Backward<B, 1> for QuantizeBackward {
    /// Where the gradient needs the weights.
    type State = Option<(FloatTensor<B>, Weights, Kernel)>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let state = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| match state {
            Some((w, kind, kernel)) => B::quantize_backward(w, grad, kind, kernel),
            None => grad,
        });
    }
}

impl<B: QuantizeOps, C: CheckpointStrategy> QuantizeOps for Autodiff<B, C> {
    fn quantize_forward(w: FloatTensor<Self>, kind: Weights, kernel: Kernel) -> FloatTensor<Self> {
        match QuantizeBackward
            .prepare::<C>([w.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => {
                let w = w.into_primitive();
                let state = kind.gradient().map(|_| (w.clone(), kind, kernel));
                prepared.finish(state, B::quantize_forward(w, kind, kernel))
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::quantize_forward(w.into_primitive(), kind, kernel))
            }
        }
    }
}

/// The weights that count of a kind that trains straight through; differentiable.
///
/// # Shapes
///
/// - `w` and result: `[out, in, kernel, kernel]`
///
/// # Panics
///
/// When the device cannot return the weights.
pub fn quantize(w: Tensor<4>, kind: Weights, kernel: Kernel) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as QuantizeOps>::quantize_forward(
        w.into_dispatch(),
        kind,
        kernel,
    ))
}
