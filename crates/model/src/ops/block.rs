//! A residual block as one operation: two batch norms with ReLU, each with a convolution after it, and the skip connection.
//!
//! ```text
//! h = conv(relu(norm(x))),   y = conv(relu(norm(h))) + skip(x)
//! ```
//!
//! The first convolution may halve the size and double the channels; the skip path is then [`shortcut`](super::shortcut).
//! Moments of `x` come from whoever made it, and the block gives those of `y`. What is kept for the backward pass is `x` and `h`: what norms
//! and ReLU make of them is computed again.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Shape, Tensor};

use super::{ConvOps, NormOps, ShortcutOps};

/// Sizes and settings of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// The first convolution's stride, 1 or 2.
    pub stride: usize,
    /// What the convolutions' signs are multiplied with, where the weights count as signs.
    pub scales: [Option<f32>; 2],
    /// Added to the variance.
    pub epsilons: [f32; 2],
}

impl Block {
    fn options(&self, conv: usize) -> ConvOptions<2> {
        let stride = if conv == 0 { self.stride } else { 1 };
        ConvOptions::new([stride; 2], [1, 1], [1, 1], 1)
    }
}

/// Residual blocks in training, for a backend. Shapes: `x` `[batch, channels, height, width]`, weights
/// `[out, in, 3, 3]`, everything of norms `[channels]`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Remote: cfg(feature = "remote"),
    Fusion: cfg(feature = "cube"),
    Autodiff,
)]
pub trait BlockOps: ConvOps + NormOps + ShortcutOps {
    /// The mean and the biased variance of each channel.
    #[fusion(default)]
    fn moments_forward(x: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let channels = Shape::new([x.shape()[1]]);
        let (device, dtype) = (x.device(), x.dtype());
        let ones = Self::float_ones(channels.clone(), &device, dtype.into());
        let zeros = Self::float_zeros(channels, &device, dtype.into());
        let (_, mean, variance) = Self::norm_relu_forward(x, ones, zeros, 1.0, false, false);
        (mean, variance)
    }

    /// `y`, its mean and variance, `h`, and its mean and variance.
    #[fusion(default)]
    #[allow(
        clippy::too_many_arguments,
        clippy::type_complexity,
        reason = "a block's tensors"
    )]
    fn block_forward(
        x: FloatTensor<Self>,
        gamma_x: FloatTensor<Self>,
        beta_x: FloatTensor<Self>,
        mean_x: FloatTensor<Self>,
        variance_x: FloatTensor<Self>,
        weight_x: FloatTensor<Self>,
        gamma_h: FloatTensor<Self>,
        beta_h: FloatTensor<Self>,
        weight_h: FloatTensor<Self>,
        block: Block,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let [first, second] = [0, 1].map(|conv| block.options(conv));
        let a = normed::<Self>(
            x.clone(),
            [gamma_x, beta_x, mean_x, variance_x],
            block.epsilons[0],
        );
        let h = Self::conv2d_forward(a, weight_x, block.scales[0], first);
        let (a, mean_h, variance_h) =
            Self::norm_relu_forward(h.clone(), gamma_h, beta_h, block.epsilons[1], true, false);
        let y = Self::conv2d_forward(a, weight_h, block.scales[1], second);
        let skip = if block.stride == 1 {
            x
        } else {
            Self::shortcut_forward(x)
        };
        let y = Self::float_add(y, skip);
        let (mean_y, variance_y) = Self::moments_forward(y.clone());
        (y, mean_y, variance_y, h, mean_h, variance_h)
    }

    /// The gradients with respect to `x`, and scale, offset and weights of the first norm and convolution and of the second,
    /// given that of the output, `grad`.
    #[fusion(default)]
    #[allow(
        clippy::too_many_arguments,
        clippy::type_complexity,
        reason = "a block's tensors"
    )]
    fn block_backward(
        x: FloatTensor<Self>,
        gamma_x: FloatTensor<Self>,
        beta_x: FloatTensor<Self>,
        mean_x: FloatTensor<Self>,
        variance_x: FloatTensor<Self>,
        weight_x: FloatTensor<Self>,
        h: FloatTensor<Self>,
        gamma_h: FloatTensor<Self>,
        beta_h: FloatTensor<Self>,
        mean_h: FloatTensor<Self>,
        variance_h: FloatTensor<Self>,
        weight_h: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        block: Block,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let [first, second] = [0, 1].map(|conv| block.options(conv));
        let skip_grad = match block.stride {
            1 => grad.clone(),
            _ => Self::shortcut_backward(x.clone(), grad.clone()),
        };
        let norm = [&gamma_h, &beta_h, &mean_h, &variance_h].map(Clone::clone);
        let a = normed::<Self>(h.clone(), norm, block.epsilons[1]);
        let grad_weight_h =
            Self::conv2d_weight_grad(a.clone(), weight_h.clone(), grad.clone(), second.clone());
        let grad = Self::conv2d_input_grad(a, weight_h, grad, block.scales[1], second);
        let (grad, grad_gamma_h, grad_beta_h) = Self::norm_relu_backward(
            h,
            gamma_h,
            beta_h,
            mean_h,
            variance_h,
            grad,
            block.epsilons[1],
            true,
        );
        let norm = [&gamma_x, &beta_x, &mean_x, &variance_x].map(Clone::clone);
        let a = normed::<Self>(x.clone(), norm, block.epsilons[0]);
        let grad_weight_x =
            Self::conv2d_weight_grad(a.clone(), weight_x.clone(), grad.clone(), first.clone());
        let grad = Self::conv2d_input_grad(a, weight_x, grad, block.scales[0], first);
        let (grad, grad_gamma_x, grad_beta_x) = Self::norm_relu_skipped_backward(
            x,
            gamma_x,
            beta_x,
            mean_x,
            variance_x,
            grad,
            skip_grad,
            block.epsilons[0],
            true,
        );
        (
            grad,
            grad_gamma_x,
            grad_beta_x,
            grad_weight_x,
            grad_gamma_h,
            grad_beta_h,
            grad_weight_h,
        )
    }
}

super::default_bodies!(BlockOps);

/// By known moments, with the ReLU.
fn normed<B: Backend>(
    x: FloatTensor<B>,
    [gamma, beta, mean, variance]: [FloatTensor<B>; 4],
    epsilon: f32,
) -> FloatTensor<B> {
    B::relu(B::batch_norm(
        x,
        gamma,
        beta,
        mean,
        variance,
        f64::from(epsilon),
    ))
}

#[derive(Debug)]
struct BlockBackward;

/// What the backward pass of a block needs: of inputs their nodes.
#[derive(Clone, Debug)]
struct BlockState<T: Clone> {
    /// `x`, scale, offset and weights of the first norm and convolution, and of the second.
    inputs: [NodeId; 7],
    moments_x: [T; 2],
    h: T,
    moments_h: [T; 2],
    block: Block,
}

impl<B: BlockOps> Backward<B, 7> for BlockBackward {
    type State = BlockState<FloatTensor<B>>;

    fn backward(
        self,
        ops: Ops<Self::State, 7>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let BlockState {
            inputs,
            moments_x: [mean_x, variance_x],
            h,
            moments_h: [mean_h, variance_h],
            block,
        } = ops.state;
        let [x, gamma_x, beta_x, weight_x, gamma_h, beta_h, weight_h] =
            inputs.map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let (x, gamma_x, beta_x, weight_x, gamma_h, beta_h, weight_h) = B::block_backward(
            x, gamma_x, beta_x, mean_x, variance_x, weight_x, h, gamma_h, beta_h, mean_h,
            variance_h, weight_h, grad, block,
        );
        let all = [x, gamma_x, beta_x, weight_x, gamma_h, beta_h, weight_h];
        for (node, grad) in ops.parents.into_iter().zip(all) {
            if let Some(node) = node {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}

impl<B: BlockOps, C: CheckpointStrategy> BlockOps for Autodiff<B, C> {
    fn moments_forward(x: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (mean, variance) = B::moments_forward(x.into_primitive());
        (
            FloatTensor::<Self>::new(mean),
            FloatTensor::<Self>::new(variance),
        )
    }

    fn block_forward(
        x: FloatTensor<Self>,
        gamma_x: FloatTensor<Self>,
        beta_x: FloatTensor<Self>,
        mean_x: FloatTensor<Self>,
        variance_x: FloatTensor<Self>,
        weight_x: FloatTensor<Self>,
        gamma_h: FloatTensor<Self>,
        beta_h: FloatTensor<Self>,
        weight_h: FloatTensor<Self>,
        block: Block,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let inputs = [x, gamma_x, beta_x, weight_x, gamma_h, beta_h, weight_h];
        let nodes = inputs.each_ref().map(|input| input.node());
        let moments_x = [mean_x, variance_x].map(|moments| moments.into_primitive());
        let forward = |inputs: [FloatTensor<Self>; 7],
                       [mean_x, variance_x]: [FloatTensor<B>; 2]| {
            let [x, gamma_x, beta_x, weight_x, gamma_h, beta_h, weight_h] =
                inputs.map(|input| input.into_primitive());
            B::block_forward(
                x, gamma_x, beta_x, mean_x, variance_x, weight_x, gamma_h, beta_h, weight_h, block,
            )
        };
        let (y, mean_y, variance_y, h, mean_h, variance_h) =
            match BlockBackward.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(mut prepared) => {
                    let states = inputs.each_ref().map(|input| prepared.checkpoint(input));
                    let (y, mean_y, variance_y, h, mean_h, variance_h) =
                        forward(inputs, moments_x.clone());
                    let state = BlockState {
                        inputs: states,
                        moments_x,
                        h: h.clone(),
                        moments_h: [mean_h.clone(), variance_h.clone()],
                        block,
                    };
                    (
                        prepared.finish(state, y),
                        mean_y,
                        variance_y,
                        h,
                        mean_h,
                        variance_h,
                    )
                }
                OpsKind::UnTracked(prepared) => {
                    let (y, mean_y, variance_y, h, mean_h, variance_h) = forward(inputs, moments_x);
                    (
                        prepared.finish(y),
                        mean_y,
                        variance_y,
                        h,
                        mean_h,
                        variance_h,
                    )
                }
            };
        let [mean_y, variance_y, h, mean_h, variance_h] =
            [mean_y, variance_y, h, mean_h, variance_h]
                .map(|tensor| FloatTensor::<Self>::new(tensor));
        (y, mean_y, variance_y, h, mean_h, variance_h)
    }
}

/// The mean and the biased variance of each channel, `[channels]`; without a gradient.
pub type Moments = [Tensor<1>; 2];

/// The [`Moments`] of a batch.
pub fn moments(x: Tensor<4>) -> Moments {
    let (mean, variance) = <Dispatch as BlockOps>::moments_forward(x.into_dispatch());
    [mean, variance].map(Tensor::from_dispatch)
}

/// A norm that learns, or not, and the convolution after it.
#[derive(Clone, Debug)]
pub struct Half {
    /// `[in]`
    pub gamma: Tensor<1>,
    /// `[in]`
    pub beta: Tensor<1>,
    /// `[out, in, 3, 3]`
    pub weight: Tensor<4>,
}

/// What a block gives.
#[derive(Clone, Debug)]
pub struct Blocked {
    /// Its output.
    pub output: Tensor<4>,
    /// The output's moments.
    pub moments: Moments,
    /// Those of the map between the convolutions.
    pub hidden: Moments,
}

/// A residual block on `x`, whose moments are known; differentiable. Weights count as a [`Block`] says.
///
/// # Panics
///
/// When the shapes do not fit.
pub fn residual_block(x: Tensor<4>, moments: Moments, halves: [Half; 2], block: Block) -> Blocked {
    let [mean, variance] = moments.map(Tensor::into_dispatch);
    let [first, second] = halves;
    let (y, mean_y, variance_y, _, mean_h, variance_h) = <Dispatch as BlockOps>::block_forward(
        x.into_dispatch(),
        first.gamma.into_dispatch(),
        first.beta.into_dispatch(),
        mean,
        variance,
        first.weight.into_dispatch(),
        second.gamma.into_dispatch(),
        second.beta.into_dispatch(),
        second.weight.into_dispatch(),
        block,
    );
    Blocked {
        output: Tensor::from_dispatch(y),
        moments: [mean_y, variance_y].map(Tensor::from_dispatch),
        hidden: [mean_h, variance_h].map(Tensor::from_dispatch),
    }
}

/// Whether [`residual_block`] is faster than its parts for maps of these sizes: on the kernels of this crate, with channels that are few enough.
/// `weights` are the output and input channels of its convolutions.
pub fn block_pays(device: &Device, x: [usize; 4], weights: [[usize; 2]; 2], stride: usize) -> bool {
    #[cfg(feature = "flex")]
    if super::flex::is_flex(device) {
        return super::flex::block_pays(x, weights, stride);
    }
    let _ = (device, x, weights, stride);
    false
}
