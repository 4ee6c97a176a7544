//! Batch normalisation on Flex.

use burn::backend::{Flex, TensorMetadata};
use burn::tensor::Shape;
use kernels::BatchNorm;

use super::{FlexTensor, Values, context, short, tensor};
use crate::ops::NormOps;

/// The sizes and settings of a batch norm.
fn norm<'a>(
    x: &Shape,
    gamma: &'a Values,
    beta: &'a Values,
    epsilon: f32,
    relu: bool,
) -> BatchNorm<'a> {
    let [batch, channels, height, width] = x.dims();
    let (gamma, beta) = (Some(gamma.slice()), Some(beta.slice()));
    BatchNorm {
        batch,
        channels,
        pixels: height * width,
        gamma,
        beta,
        epsilon,
        relu,
    }
}

impl NormOps for Flex {
    fn norm_relu_forward(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f32,
        relu: bool,
        _: bool,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let shape = x.shape();
        let [x, gamma, beta] = [x, gamma, beta].map(Values::new);
        let norm = norm(&shape, &gamma, &beta, epsilon, relu);
        let [mut mean, mut variance] = [0, 1].map(|_| vec![0.0; norm.channels]);
        let y = tensor(shape, |y| {
            kernels::batch_norm(context(), &norm, x.slice(), y, &mut mean, &mut variance);
        });
        let channels = [norm.channels];
        (y, short(mean, channels), short(variance, channels))
    }

    fn norm_relu_fixed(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        epsilon: f32,
        relu: bool,
    ) -> FlexTensor {
        let shape = x.shape();
        let [x, gamma, beta, mean, variance] = [x, gamma, beta, mean, variance].map(Values::new);
        let norm = norm(&shape, &gamma, &beta, epsilon, relu);
        let (mean, variance) = (mean.slice(), variance.slice());
        tensor(shape, |y| {
            kernels::batch_norm_apply(context(), &norm, x.slice(), y, mean, variance);
        })
    }

    fn norm_relu_backward(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        grad: FlexTensor,
        epsilon: f32,
        relu: bool,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let moments = [mean, variance];
        backward([x, gamma, beta], moments, grad, None, epsilon, relu)
    }

    fn norm_relu_skipped_backward(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        grad: FlexTensor,
        skip_grad: FlexTensor,
        epsilon: f32,
        relu: bool,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let (moments, skip_grad) = ([mean, variance], Some(skip_grad));
        backward([x, gamma, beta], moments, grad, skip_grad, epsilon, relu)
    }
}

fn backward(
    inputs: [FlexTensor; 3],
    moments: [FlexTensor; 2],
    grad: FlexTensor,
    skip_grad: Option<FlexTensor>,
    epsilon: f32,
    relu: bool,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let shape = inputs[0].shape();
    let [x, gamma, beta] = inputs.map(Values::new);
    let [mean, variance] = moments.map(Values::new);
    let (mut grad, skip_grad) = (Values::new(grad), skip_grad.map(Values::new));
    let norm = norm(&shape, &gamma, &beta, epsilon, relu);
    let [mut grad_gamma, mut grad_beta] = [0, 1].map(|_| vec![0.0; norm.channels]);
    kernels::batch_norm_grad(
        context(),
        &norm,
        x.slice(),
        skip_grad.as_ref().map(Values::slice),
        mean.slice(),
        variance.slice(),
        grad.slice_mut(),
        &mut grad_gamma,
        &mut grad_beta,
    );
    let channels = [norm.channels];
    (
        grad.0,
        short(grad_gamma, channels),
        short(grad_beta, channels),
    )
}
