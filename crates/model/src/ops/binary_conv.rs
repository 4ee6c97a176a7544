//! The 1-bit convolution of equation (1) of the paper as one differentiable operation.
//!
//! Forward, with latent real weights `W` and one constant `scale` per layer:
//!
//! ```text
//! Ŵ = scale · sign(W),   sign(w) = +1 for w ≥ 0 (so also for ±0), −1 otherwise
//! y = conv2d(x, Ŵ)
//! ```
//!
//! Backward: the gradient with respect to `x` is that of a convolution with `Ŵ`; the gradient with
//! respect to `Ŵ` goes to `W` unchanged (straight-through estimator: no clipping, no scaling).
//!
//! All three products are methods of one backend extension, each with a default body of plain
//! backend operations, so that every backend has them and any backend may override one with a
//! kernel that uses the ±1 structure.

#![cfg_attr(
    feature = "ndarray",
    allow(
        deprecated,
        reason = "burn-ndarray is deprecated upstream, and a supported feature here"
    )
)]

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

/// The products of a 1-bit convolution, for a backend.
///
/// Shapes: `x` `[batch, in, height, width]`, `weight` `[out, in, kernel, kernel]`, `grad` and the
/// result of [`binary_conv2d`](Self::binary_conv2d) `[batch, out, height', width']`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "cube"),
    Autodiff,
)]
pub trait BinaryConvOps: Backend {
    /// `conv2d(x, scale · sign(weight))`.
    #[fusion(default)]
    fn binary_conv2d(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: f32,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        Self::conv2d(x, scaled_sign::<Self>(weight, scale), None, options)
    }

    /// The gradient with respect to `x`, given the output's gradient `grad`. Shape of `x`.
    #[fusion(default)]
    fn binary_conv2d_input_grad(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        scale: f32,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        Self::conv2d_x_backward(x, scaled_sign::<Self>(weight, scale), grad, options)
    }

    /// The gradient with respect to `scale · sign(weight)`, which the latent weights receive
    /// unchanged. Shape of `weight`, whose values do not matter.
    #[fusion(default)]
    fn binary_conv2d_weight_grad(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        Self::conv2d_weight_backward(x, weight, grad, options)
    }
}

/// `scale · sign(weight)` with sign(0) = +1: `2·scale·[weight ≥ 0] − scale`, which is exact.
fn scaled_sign<B: Backend>(weight: FloatTensor<B>, scale: f32) -> FloatTensor<B> {
    let dtype = weight.dtype();
    let device = weight.device();
    let bool_dtype = get_or_init_device_settings::<B>(&device).bool_dtype;
    let positive = B::float_greater_equal_elem(weight, 0.0.into(), bool_dtype);
    let positive = B::bool_into_float(positive, dtype.into());
    let doubled = B::float_mul_scalar(positive, (2.0 * scale).into());
    B::float_sub_scalar(doubled, scale.into())
}

#[cfg(feature = "flex")]
impl BinaryConvOps for burn::backend::Flex {}

#[cfg(feature = "ndarray")]
impl BinaryConvOps for burn::backend::NdArray {}

#[cfg(feature = "cube")]
impl BinaryConvOps for burn_cubecl::CubeBackend {}

#[derive(Debug)]
struct BinaryConv2dBackward;

impl<B: BinaryConvOps> Backward<B, 2> for BinaryConv2dBackward {
    type State = (NodeId, NodeId, f32, ConvOptions<2>);

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
            let grad = B::binary_conv2d_input_grad(
                x.clone(),
                weight.clone(),
                grad.clone(),
                scale,
                options.clone(),
            );
            grads.register::<B>(node.id, grad);
        }
        if let Some(node) = node_weight {
            let grad = B::binary_conv2d_weight_grad(x, weight, grad, options);
            grads.register::<B>(node.id, grad);
        }
    }
}

impl<B: BinaryConvOps, C: CheckpointStrategy> BinaryConvOps for Autodiff<B, C> {
    fn binary_conv2d(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: f32,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        let prepared = BinaryConv2dBackward
            .prepare::<C>([x.node(), weight.node()])
            .compute_bound()
            .stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let state = (
                    prepared.checkpoint(&x),
                    prepared.checkpoint(&weight),
                    scale,
                    options.clone(),
                );
                let output =
                    B::binary_conv2d(x.into_primitive(), weight.into_primitive(), scale, options);
                prepared.finish(state, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::binary_conv2d(
                x.into_primitive(),
                weight.into_primitive(),
                scale,
                options,
            )),
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
    Tensor::from_dispatch(<Dispatch as BinaryConvOps>::binary_conv2d(
        x.into_dispatch(),
        weight.into_dispatch(),
        scale,
        options,
    ))
}
