//! The first convolution on Flex.

use burn::backend::{Flex, TensorMetadata};
use kernels::nhwc::{self, Normed};
use kernels::{BatchNorm, Conv2d, Images};

use super::block::channels;
use super::side::{Side, side_tensor};
use super::{FlexTensor, Values, context, short};
use crate::ops::StemOps;

fn sizes([batch, in_channels, height, width]: [usize; 4], out_channels: usize) -> Conv2d {
    Conv2d {
        batch,
        in_channels,
        out_channels,
        height,
        width,
        kernel: 3,
        stride: 1,
        padding: 1,
    }
}

/// Whether it is faster than its parts.
pub(in crate::ops) fn stem_pays(x: [usize; 4], outputs: usize) -> bool {
    nhwc::is_stem(&sizes(x, outputs))
}

/// The weights that count.
pub(super) fn effective(weight: FlexTensor, scale: Option<f32>) -> Vec<f32> {
    let weight = Values::new(weight);
    match scale {
        None => weight.slice().to_vec(),
        Some(scale) => {
            let mut signs = vec![0.0; weight.slice().len()];
            kernels::scaled_sign(context(), weight.slice(), scale, &mut signs);
            signs
        }
    }
}

fn norm<'a>(sizes: &Conv2d, gamma: &'a Values, beta: &'a Values, epsilon: f32) -> BatchNorm<'a> {
    BatchNorm {
        batch: sizes.batch,
        channels: sizes.in_channels,
        pixels: sizes.height * sizes.width,
        gamma: Some(gamma.slice()),
        beta: Some(beta.slice()),
        epsilon,
        relu: false,
    }
}

impl StemOps for Flex {
    fn stem_forward(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        weight: FlexTensor,
        scale: Option<f32>,
        epsilon: f32,
    ) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
        let sizes = sizes(x.shape().dims(), weight.shape()[0]);
        let weight = effective(weight, scale);
        let [x, gamma, beta] = [x, gamma, beta].map(Values::new);
        let norm = norm(&sizes, &gamma, &beta, epsilon);
        let [mut mean, mut var] = [0, 1].map(|_| vec![0.0; sizes.in_channels]);
        kernels::batch_moments(context(), &norm, x.slice(), &mut mean, &mut var);
        let [mut mean_y, mut var_y] = [0, 1].map(|_| vec![0.0; sizes.out_channels]);
        let images = Images {
            batch: sizes.batch,
            channels: sizes.out_channels,
            height: sizes.height,
            width: sizes.width,
        };
        let normed = Normed {
            norm,
            mean: &mean,
            var: &var,
        };
        let y = side_tensor(&images, |y| {
            let (m, v) = (&mut mean_y, &mut var_y);
            nhwc::stem_conv2d(context(), &sizes, x.slice(), &normed, &weight, y, m, v);
        });
        let [mean_y, var_y] = channels([mean_y, var_y]);
        let [mean, var] = channels([mean, var]);
        (y, mean_y, var_y, mean, var)
    }

    fn stem_backward(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        scale: Option<f32>,
        epsilon: f32,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let shape = weight.shape();
        let sizes = sizes(x.shape().dims(), shape[0]);
        let weight = effective(weight, scale);
        let [x, gamma, beta, mean, var] = [x, gamma, beta, mean, variance].map(Values::new);
        let normed = Normed {
            norm: norm(&sizes, &gamma, &beta, epsilon),
            mean: mean.slice(),
            var: var.slice(),
        };
        let grad = Side::new(grad);
        let mut grad_w = vec![0.0; weight.len()];
        let [mut grad_gamma, mut grad_beta] = [0, 1].map(|_| vec![0.0; sizes.in_channels]);
        nhwc::stem_conv2d_grad(
            context(),
            &sizes,
            x.slice(),
            &normed,
            &weight,
            grad.slice(),
            &mut grad_w,
            &mut grad_gamma,
            &mut grad_beta,
        );
        let [grad_gamma, grad_beta] = channels([grad_gamma, grad_beta]);
        (grad_gamma, grad_beta, short(grad_w, shape))
    }
}
