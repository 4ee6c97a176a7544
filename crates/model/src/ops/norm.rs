//! Batch normalisation by the batch's own moments with the ReLU that follows it, as one operation.
//!
//! ```text
//! x̂ = (x − mean) / sqrt(variance + ε),   y = γ·x̂ + β,   with a ReLU max(y, 0)
//! ```
//!
//! The backward pass takes `x` and the moments and computes `x̂` and what the ReLU cut off again,
//! so a network keeps one tensor per norm, not three.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Backend, Dispatch, TensorMetadata, backend_extension, get_or_init_device_settings,
};
use burn::tensor::{Shape, Tensor};

/// Batch normalisation in training, for a backend. Shapes: `x` and `grad`
/// `[batch, channels, height, width]`, everything else `[channels]`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(feature = "cube"),
    Remote: cfg(feature = "remote"),
    Fusion: cfg(feature = "cube"),
    Autodiff,
)]
pub trait NormOps: Backend {
    /// The normalised batch, and its mean and biased variance per channel. `skipped` is for autodiff alone: see
    /// [`batch_norm_relu`].
    #[fusion(default)]
    fn norm_relu_forward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
        relu: bool,
        _skipped: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let norm = Self::batch_norm_train(x, gamma, beta, f64::from(epsilon));
        let output = if relu {
            Self::relu(norm.output)
        } else {
            norm.output
        };
        (output, norm.mean, norm.variance)
    }

    /// The gradients with respect to `x`, `gamma` and `beta`, given that of the output, `grad`.
    #[fusion(default)]
    #[allow(
        clippy::too_many_arguments,
        reason = "what the forward pass took and gave"
    )]
    fn norm_relu_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        epsilon: f32,
        relu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let grad = if relu {
            let y = Self::batch_norm(
                x.clone(),
                gamma.clone(),
                beta,
                mean.clone(),
                variance.clone(),
                f64::from(epsilon),
            );
            let bool_dtype = get_or_init_device_settings::<Self>(&y.device()).bool_dtype;
            let cut = Self::float_lower_equal_elem(y, 0.0.into(), bool_dtype);
            Self::float_mask_fill(grad, cut, 0.0.into())
        } else {
            grad
        };
        let grads =
            Self::batch_norm_train_backward(x, gamma, mean, variance, f64::from(epsilon), grad);
        (grads.x_grad, grads.gamma_grad, grads.beta_grad)
    }

    /// A batch normalised by given moments.
    #[fusion(default)]
    fn norm_relu_fixed(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        epsilon: f32,
        relu: bool,
    ) -> FloatTensor<Self> {
        let y = Self::batch_norm(x, gamma, beta, mean, variance, f64::from(epsilon));
        if relu { Self::relu(y) } else { y }
    }

    /// [`norm_relu_backward`](Self::norm_relu_backward) with `skip_grad`, of the shape of `x`, added to the gradient
    /// with respect to `x`.
    #[fusion(default)]
    #[allow(
        clippy::too_many_arguments,
        reason = "what the forward pass took and gave"
    )]
    fn norm_relu_skipped_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        skip_grad: FloatTensor<Self>,
        epsilon: f32,
        relu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let (x, gamma, beta) =
            Self::norm_relu_backward(x, gamma, beta, mean, variance, grad, epsilon, relu);
        (Self::float_add(x, skip_grad), gamma, beta)
    }
}

super::default_bodies!(NormOps);

#[derive(Debug)]
struct NormBackward;

/// What the backward pass of a batch norm needs.
#[derive(Clone, Debug)]
struct NormState<T: Clone> {
    x: NodeId,
    gamma: NodeId,
    beta: NodeId,
    mean: T,
    variance: T,
    epsilon: f32,
    relu: bool,
    skipped: bool,
}

impl<B: NormOps> Backward<B, 3> for NormBackward {
    type State = NormState<FloatTensor<B>>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let state = ops.state;
        // Taken from where it is kept, so that it is not added in a pass of its own. A leaf's gradient stays there.
        let skip_grad = ops.parents[0]
            .as_ref()
            .filter(|node| state.skipped && node.order > 0)
            .map(|node| grads.consume::<B>(node));
        let [x, gamma, beta] = [state.x, state.gamma, state.beta]
            .map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let (mean, variance, epsilon, relu) =
            (state.mean, state.variance, state.epsilon, state.relu);
        let (x, gamma, beta) = match skip_grad {
            Some(skip_grad) => B::norm_relu_skipped_backward(
                x, gamma, beta, mean, variance, grad, skip_grad, epsilon, relu,
            ),
            None => B::norm_relu_backward(x, gamma, beta, mean, variance, grad, epsilon, relu),
        };
        for (node, grad) in ops.parents.into_iter().zip([x, gamma, beta]) {
            if let Some(node) = node {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}

impl<B: NormOps, C: CheckpointStrategy> NormOps for Autodiff<B, C> {
    fn norm_relu_forward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
        relu: bool,
        skipped: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [x.node(), gamma.node(), beta.node()];
        match NormBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut prepared) => {
                let [x_state, gamma_state, beta_state] =
                    [&x, &gamma, &beta].map(|tensor| prepared.checkpoint(tensor));
                let [x, gamma, beta] = [x, gamma, beta].map(|tensor| tensor.into_primitive());
                let (y, mean, variance) =
                    B::norm_relu_forward(x, gamma, beta, epsilon, relu, skipped);
                let state = NormState {
                    x: x_state,
                    gamma: gamma_state,
                    beta: beta_state,
                    mean: mean.clone(),
                    variance: variance.clone(),
                    epsilon,
                    relu,
                    skipped,
                };
                let y = prepared.finish(state, y);
                (
                    y,
                    FloatTensor::<Self>::new(mean),
                    FloatTensor::<Self>::new(variance),
                )
            }
            OpsKind::UnTracked(prepared) => {
                let [x, gamma, beta] = [x, gamma, beta].map(|tensor| tensor.into_primitive());
                let (y, mean, variance) =
                    B::norm_relu_forward(x, gamma, beta, epsilon, relu, skipped);
                let y = prepared.finish(y);
                (
                    y,
                    FloatTensor::<Self>::new(mean),
                    FloatTensor::<Self>::new(variance),
                )
            }
        }
    }
}

/// A normalised batch with the moments that it was normalised by.
#[derive(Clone, Debug)]
pub struct Normalized {
    /// Shape of the input.
    pub output: Tensor<4>,
    /// Mean per channel, `[channels]`; without a gradient.
    pub mean: Tensor<1>,
    /// Biased variance per channel, `[channels]`; without a gradient.
    pub variance: Tensor<1>,
}

/// Normalises a batch by its own moments, with a ReLU after it if `relu`; differentiable.
///
/// # Shapes
///
/// - `x`: `[batch, channels, height, width]`
/// - `gamma`, `beta`: `[channels]`
///
/// With `skipped`, `x` has one more use, as the skip connection of a block that begins with this norm: what the
/// other use makes of `x` is [`add`](super::add)ed to what becomes of the output. So in the backward pass the gradient
/// by the skip connection is there first, and this norm adds to it.
///
/// # Panics
///
/// When the shapes do not fit; in the backward pass, when `skipped` is said of an `x` that is not.
pub fn batch_norm_relu(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    relu: bool,
    skipped: bool,
) -> Normalized {
    let channels = Shape::new([x.dims()[1]]);
    assert_eq!(
        [gamma.shape(), beta.shape()],
        [channels.clone(), channels],
        "scale and offset"
    );
    let (output, mean, variance) = <Dispatch as NormOps>::norm_relu_forward(
        x.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        epsilon as f32,
        relu,
        skipped,
    );
    Normalized {
        output: Tensor::from_dispatch(output),
        mean: Tensor::from_dispatch(mean),
        variance: Tensor::from_dispatch(variance),
    }
}

/// Normalises a batch by given moments, with a ReLU after it if `relu`: what a trained network does.
///
/// # Shapes
///
/// - `x`: `[batch, channels, height, width]`
/// - `scale` (γ and β) and `moments` (mean and variance): `[channels]`
///
/// # Panics
///
/// When the shapes do not fit.
pub fn batch_norm_fixed(
    x: Tensor<4>,
    scale: [Tensor<1>; 2],
    moments: [Tensor<1>; 2],
    epsilon: f64,
    relu: bool,
) -> Tensor<4> {
    let channels = Shape::new([x.dims()[1]]);
    for numbers in scale.iter().chain(&moments) {
        assert_eq!(numbers.shape(), channels, "a number for each channel");
    }
    let [gamma, beta] = scale.map(Tensor::into_dispatch);
    let [mean, variance] = moments.map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as NormOps>::norm_relu_fixed(
        x.into_dispatch(),
        gamma,
        beta,
        mean,
        variance,
        epsilon as f32,
        relu,
    ))
}
