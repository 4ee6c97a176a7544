//! Convolutions with one bit or 32 bits per weight, as one differentiable operation each.
//!
//! The 1-bit convolution is equation (1) of the paper, with latent real weights `W` and one
//! constant `scale` per layer:
//!
//! ```text
//! Ŵ = scale · sign(W),   sign(w) = +1 for w ≥ 0 (so also for ±0), −1 otherwise
//! y = conv2d(x, Ŵ)
//! ```
//!
//! Backward: the gradient with respect to `x` is that of a convolution with `Ŵ`; the gradient with
//! respect to `Ŵ` goes to `W` unchanged (straight-through estimator: no clipping, no scaling).

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Backend, Dispatch, TensorMetadata, backend_extension, get_or_init_device_settings,
};
use burn::tensor::Tensor;
use burn::tensor::ops::ConvOptions;

/// The products of a convolution, for a backend. With a `scale` the weights count as
/// `scale · sign(weight)`, without as they are.
///
/// Shapes: `x` `[batch, in, height, width]`, `weight` `[out, in, kernel, kernel]`, `grad` and the
/// result of [`conv2d_forward`](Self::conv2d_forward) `[batch, out, height', width']`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Remote: cfg(feature = "remote"),
    Fusion: cfg(feature = "cube"),
    Autodiff,
)]
pub trait ConvOps: Backend {
    /// The convolution.
    #[fusion(default)]
    fn conv2d_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: Option<f32>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        Self::conv2d(x, effective_weight::<Self>(weight, scale), None, options)
    }

    /// The gradient with respect to `x`, given the output's gradient `grad`. Shape of `x`, whose
    /// values do not matter.
    #[fusion(default)]
    fn conv2d_input_grad(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        scale: Option<f32>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        Self::conv2d_x_backward(x, effective_weight::<Self>(weight, scale), grad, options)
    }

    /// The gradient with respect to the weights that count, which latent ones receive unchanged.
    /// Shape of `weight`, whose values do not matter.
    #[fusion(default)]
    fn conv2d_weight_grad(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        Self::conv2d_weight_backward(x, weight, grad, options)
    }
}

super::default_bodies!(ConvOps);

/// `weight`, or with a scale `scale · sign(weight)` with sign(0) = +1, computed without rounding
/// as `2·scale·[weight ≥ 0] − scale`.
fn effective_weight<B: Backend>(weight: FloatTensor<B>, scale: Option<f32>) -> FloatTensor<B> {
    let Some(scale) = scale else { return weight };
    let dtype = weight.dtype();
    let bool_dtype = get_or_init_device_settings::<B>(&weight.device()).bool_dtype;
    let positive = B::float_greater_equal_elem(weight, 0.0.into(), bool_dtype);
    let positive = B::bool_into_float(positive, dtype.into());
    let doubled = B::float_mul_scalar(positive, (2.0 * scale).into());
    B::float_sub_scalar(doubled, scale.into())
}

#[derive(Debug)]
struct ConvBackward;

impl<B: ConvOps> Backward<B, 2> for ConvBackward {
    type State = (NodeId, NodeId, Option<f32>, ConvOptions<2>);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [node_x, node_weight] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let (x, weight, scale, options) = ops.state;
        let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
        let weight = checkpointer.retrieve_node_output::<FloatTensor<B>>(weight);

        if let Some(node) = node_x {
            let (x, weight, grad) = (x.clone(), weight.clone(), grad.clone());
            let grad = B::conv2d_input_grad(x, weight, grad, scale, options.clone());
            grads.register::<B>(node.id, grad);
        }
        if let Some(node) = node_weight {
            grads.register::<B>(node.id, B::conv2d_weight_grad(x, weight, grad, options));
        }
    }
}

impl<B: ConvOps, C: CheckpointStrategy> ConvOps for Autodiff<B, C> {
    fn conv2d_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: Option<f32>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        let prepared = ConvBackward
            .prepare::<C>([x.node(), weight.node()])
            .compute_bound()
            .stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let (x_state, weight_state) =
                    (prepared.checkpoint(&x), prepared.checkpoint(&weight));
                let state = (x_state, weight_state, scale, options.clone());
                let (x, weight) = (x.into_primitive(), weight.into_primitive());
                prepared.finish(state, B::conv2d_forward(x, weight, scale, options))
            }
            OpsKind::UnTracked(prepared) => {
                let (x, weight) = (x.into_primitive(), weight.into_primitive());
                prepared.finish(B::conv2d_forward(x, weight, scale, options))
            }
        }
    }
}

/// Convolves `x` with `scale · sign(weight)`, where sign(0) = +1; differentiable, with the gradient
/// straight through to `weight` (equation (1) of the paper).
///
/// # Shapes
///
/// - `x`: `[batch, in, height, width]`
/// - `weight`: `[out, in, kernel, kernel]`, latent real values
/// - result: `[batch, out, height', width']`
///
/// # Panics
///
/// When the channels of `x` and `weight` differ, or the tensors live on different devices.
pub fn binary_conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    scale: f32,
    options: ConvOptions<2>,
) -> Tensor<4> {
    dispatch(x, weight, Some(scale), options)
}

/// Convolves `x` with `weight`; shapes and panics as for [`binary_conv2d`].
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, options: ConvOptions<2>) -> Tensor<4> {
    dispatch(x, weight, None, options)
}

fn dispatch(
    x: Tensor<4>,
    weight: Tensor<4>,
    scale: Option<f32>,
    options: ConvOptions<2>,
) -> Tensor<4> {
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(<Dispatch as ConvOps>::conv2d_forward(
        x, weight, scale, options,
    ))
}
