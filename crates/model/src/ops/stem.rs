//! The first convolution with the norm of the images before it, as one operation.
//!
//! Nothing lies between them, so the norm is never written, and the gradients by its scale and offset need none by its
//! output: they are made of those by the weights.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Dispatch, backend_extension};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};

use super::{BlockOps, Half, Moments};

/// A norm by the batch's moments and a 3×3 convolution in training, for a backend. Shapes: `x` and `grad`
/// `[batch, channels, height, width]`, `weight` `[out, in, 3, 3]`, everything of norms `[channels]`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Remote: cfg(feature = "remote"),
    Fusion: cfg(feature = "cube"),
    Autodiff,
)]
pub trait StemOps: BlockOps {
    /// The convolution, its mean and variance, and those of `x`.
    #[fusion(default)]
    #[allow(
        clippy::type_complexity,
        reason = "the output and two pairs of moments"
    )]
    fn stem_forward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: Option<f32>,
        epsilon: f32,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let (a, mean_x, variance_x) =
            Self::norm_relu_forward(x, gamma, beta, epsilon, false, false);
        let y = Self::conv2d_forward(a, weight, scale, options());
        let (mean_y, variance_y) = Self::moments_forward(y.clone());
        (y, mean_y, variance_y, mean_x, variance_x)
    }

    /// The gradients with respect to scale, offset and weights, given that of the output.
    #[fusion(default)]
    #[allow(
        clippy::too_many_arguments,
        reason = "what the forward pass took and gave"
    )]
    fn stem_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        scale: Option<f32>,
        epsilon: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let numbers = [&gamma, &beta, &mean, &variance].map(Clone::clone);
        let [g, b, m, v] = numbers;
        let a = Self::batch_norm(x.clone(), g, b, m, v, f64::from(epsilon));
        let grad_weight =
            Self::conv2d_weight_grad(a.clone(), weight.clone(), grad.clone(), options());
        let grad = Self::conv2d_input_grad(a, weight, grad, scale, options());
        let (_, grad_gamma, grad_beta) =
            Self::norm_relu_backward(x, gamma, beta, mean, variance, grad, epsilon, false);
        (grad_gamma, grad_beta, grad_weight)
    }

    /// The gradient with respect to `x`, which few ask for.
    #[fusion(default)]
    #[allow(
        clippy::too_many_arguments,
        reason = "what the forward pass took and gave"
    )]
    fn stem_input_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        scale: Option<f32>,
        epsilon: f32,
    ) -> FloatTensor<Self> {
        let grad = Self::conv2d_input_grad(x.clone(), weight, grad, scale, options());
        Self::norm_relu_backward(x, gamma, beta, mean, variance, grad, epsilon, false).0
    }
}

super::default_bodies!(StemOps);

fn options() -> ConvOptions<2> {
    ConvOptions::new([1, 1], [1, 1], [1, 1], 1)
}

#[derive(Debug)]
struct StemBackward;

/// What the backward pass needs: of inputs their nodes.
#[derive(Clone, Debug)]
struct StemState<T: Clone> {
    /// `x`, scale, offset and weights.
    inputs: [NodeId; 4],
    mean: T,
    variance: T,
    scale: Option<f32>,
    epsilon: f32,
}

impl<B: StemOps> Backward<B, 4> for StemBackward {
    type State = StemState<FloatTensor<B>>;

    fn backward(
        self,
        ops: Ops<Self::State, 4>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let StemState {
            inputs,
            mean,
            variance,
            scale,
            epsilon,
        } = ops.state;
        let [x, gamma, beta, weight] =
            inputs.map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let [node_x, nodes @ ..] = ops.parents;
        if let Some(node) = node_x {
            let all = [&x, &gamma, &beta, &mean, &variance, &weight, &grad].map(Clone::clone);
            let [x, gamma, beta, mean, variance, weight, grad] = all;
            let grad = B::stem_input_backward(
                x, gamma, beta, mean, variance, weight, grad, scale, epsilon,
            );
            grads.register::<B>(node.id, grad);
        }
        let (gamma, beta, weight) =
            B::stem_backward(x, gamma, beta, mean, variance, weight, grad, scale, epsilon);
        for (node, grad) in nodes.into_iter().zip([gamma, beta, weight]) {
            if let Some(node) = node {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}

impl<B: StemOps, C: CheckpointStrategy> StemOps for Autodiff<B, C> {
    fn stem_forward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        scale: Option<f32>,
        epsilon: f32,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let inputs = [x, gamma, beta, weight];
        let nodes = inputs.each_ref().map(|input| input.node());
        let forward = |inputs: [FloatTensor<Self>; 4]| {
            let [x, gamma, beta, weight] = inputs.map(|input| input.into_primitive());
            let (y, mean_y, variance_y, mean, variance) =
                B::stem_forward(x, gamma, beta, weight, scale, epsilon);
            (y, [mean_y, variance_y, mean, variance])
        };
        let (y, moments) = match StemBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut prepared) => {
                let states = inputs.each_ref().map(|input| prepared.checkpoint(input));
                let (y, moments) = forward(inputs);
                let state = StemState {
                    inputs: states,
                    mean: moments[2].clone(),
                    variance: moments[3].clone(),
                    scale,
                    epsilon,
                };
                (prepared.finish(state, y), moments)
            }
            OpsKind::UnTracked(prepared) => {
                let (y, moments) = forward(inputs);
                (prepared.finish(y), moments)
            }
        };
        let [mean_y, variance_y, mean, variance] =
            moments.map(|moments| FloatTensor::<Self>::new(moments));
        (y, mean_y, variance_y, mean, variance)
    }
}

/// The convolution of a batch through its norm.
#[derive(Clone, Debug)]
pub struct Stemmed {
    /// The convolution.
    pub output: Tensor<4>,
    /// Its moments.
    pub moments: Moments,
    /// Those of the batch.
    pub input: Moments,
}

/// A 3×3 convolution with padding of a batch that is normed by its own moments; differentiable. With a scale the weights count as
/// `scale · sign(weight)`.
///
/// # Panics
///
/// When the shapes do not fit.
pub fn stem(x: Tensor<4>, half: Half, scale: Option<f32>, epsilon: f64) -> Stemmed {
    let (y, mean_y, variance_y, mean, variance) = <Dispatch as StemOps>::stem_forward(
        x.into_dispatch(),
        half.gamma.into_dispatch(),
        half.beta.into_dispatch(),
        half.weight.into_dispatch(),
        scale,
        epsilon as f32,
    );
    Stemmed {
        output: Tensor::from_dispatch(y),
        moments: [mean_y, variance_y].map(Tensor::from_dispatch),
        input: [mean, variance].map(Tensor::from_dispatch),
    }
}

/// Whether [`stem`] is faster than its parts for images of these sizes: on the kernels of this crate, with one channel or three.
pub fn stem_pays(device: &Device, x: [usize; 4], outputs: usize) -> bool {
    #[cfg(feature = "flex")]
    if super::flex::is_flex(device) {
        return super::flex::stem_pays(x, outputs);
    }
    let _ = (device, x, outputs);
    false
}
