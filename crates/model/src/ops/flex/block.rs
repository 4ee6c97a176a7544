//! Residual blocks on Flex.

use burn::backend::{Flex, TensorMetadata};
use kernels::nhwc::{self, Normed, Skipped, Source};
use kernels::{BatchNorm, Conv2d, Images};

use super::side::{Side, images, side_tensor};
use super::slabs::Buffer;
use super::stem::effective;
use super::{FlexTensor, Values, context, short};
use crate::ops::{Block, BlockOps};

/// A norm's and a convolution's numbers.
struct Half {
    gamma: Values,
    beta: Values,
    /// Those that count.
    weight: Vec<f32>,
    mean: Vec<f32>,
    var: Vec<f32>,
    epsilon: f32,
    sizes: Conv2d,
}

impl Half {
    fn new(
        [gamma, beta, weight]: [FlexTensor; 3],
        [mean, var]: [Vec<f32>; 2],
        scale: Option<f32>,
        epsilon: f32,
        stride: usize,
        input: &Images,
    ) -> Self {
        let [out_channels, in_channels, kernel, _] = weight.shape().dims();
        assert_eq!(in_channels, input.channels, "channels of input and weights");
        let weight = effective(weight, scale);
        Self {
            gamma: Values::new(gamma),
            beta: Values::new(beta),
            weight,
            mean,
            var,
            epsilon,
            sizes: Conv2d {
                batch: input.batch,
                in_channels,
                out_channels,
                height: input.height,
                width: input.width,
                kernel,
                stride,
                padding: 1,
            },
        }
    }

    fn normed(&self) -> Normed<'_> {
        Normed {
            norm: BatchNorm {
                batch: self.sizes.batch,
                channels: self.sizes.in_channels,
                pixels: self.sizes.height * self.sizes.width,
                gamma: Some(self.gamma.slice()),
                beta: Some(self.beta.slice()),
                epsilon: self.epsilon,
                relu: true,
            },
            mean: &self.mean,
            var: &self.var,
        }
    }

    /// The convolution of `x`, through the norm, with its moments.
    fn forward(&self, x: &Side, skip: Option<&[f32]>) -> (FlexTensor, [Vec<f32>; 2]) {
        let source = Source::Normed {
            x: x.slice(),
            normed: self.normed(),
        };
        let channels = self.sizes.out_channels;
        let [mut mean, mut var] = [0, 1].map(|_| vec![0.0; channels]);
        let images = Images {
            channels,
            batch: self.sizes.batch,
            height: self.sizes.out_height(),
            width: self.sizes.out_width(),
        };
        let y = side_tensor(&images, |y| {
            nhwc::conv2d(
                context(),
                &self.sizes,
                source,
                &self.weight,
                skip,
                y,
                &mut mean,
                &mut var,
            );
        });
        (y, [mean, var])
    }

    /// The gradient by the norm's output, as far as the ReLU lets it through, and those by scale, offset and weights.
    fn backward(&self, x: &Side, grad: Source<'_>, grad_x: &mut [f32]) -> [Vec<f32>; 3] {
        let channels = self.sizes.in_channels;
        let [mut grad_gamma, mut grad_beta] = [0, 1].map(|_| vec![0.0; channels]);
        let mut grad_w = vec![0.0; self.weight.len()];
        nhwc::conv2d_grads(
            context(),
            &self.sizes,
            grad,
            &self.weight,
            x.slice(),
            &self.normed(),
            grad_x,
            &mut grad_gamma,
            &mut grad_beta,
            &mut grad_w,
        );
        [grad_gamma, grad_beta, grad_w]
    }

    fn grads(&self, [gamma, beta, weight]: [Vec<f32>; 3]) -> [FlexTensor; 3] {
        let Conv2d {
            in_channels,
            out_channels,
            ..
        } = self.sizes;
        [
            short(gamma, [in_channels]),
            short(beta, [in_channels]),
            short(weight, [out_channels, in_channels, 3, 3]),
        ]
    }
}

fn numbers(tensors: [FlexTensor; 2]) -> [Vec<f32>; 2] {
    tensors.map(|tensor| Values::new(tensor).slice().to_vec())
}

/// Moments as tensors.
pub(super) fn channels([mean, var]: [Vec<f32>; 2]) -> [FlexTensor; 2] {
    [mean, var].map(|numbers| {
        let len = numbers.len();
        short(numbers, [len])
    })
}

/// Whether a block is faster than its parts.
pub(in crate::ops) fn block_pays(
    [batch, channels, height, width]: [usize; 4],
    weights: [[usize; 2]; 2],
    stride: usize,
) -> bool {
    let sizes = |[out_channels, in_channels]: [usize; 2], [height, width]: [usize; 2]| Conv2d {
        batch,
        in_channels,
        out_channels,
        height,
        width,
        kernel: 3,
        stride: 1,
        padding: 1,
    };
    let [first, second] = weights;
    let half = [height.div_ceil(2), width.div_ceil(2)];
    let (joined, inner) = match stride {
        1 => (channels, [height, width]),
        _ => (2 * channels, half),
    };
    let fits = first[1] == channels && second == [joined, first[0]] && first[0] == joined;
    // A convolution that halves the size goes as that after it.
    fits && channels.is_multiple_of(nhwc::CHANNELS)
        && nhwc::pays(&sizes(second, inner))
        && (stride == 2 || nhwc::pays(&sizes(first, inner)))
}

impl BlockOps for Flex {
    fn moments_forward(x: FlexTensor) -> (FlexTensor, FlexTensor) {
        let images = images(&x.shape());
        let [mut mean, mut var] = [0, 1].map(|_| vec![0.0; images.channels]);
        nhwc::moments(
            context(),
            &images,
            Side::new(x).slice(),
            &mut mean,
            &mut var,
        );
        let [mean, var] = channels([mean, var]);
        (mean, var)
    }

    fn block_forward(
        x: FlexTensor,
        gamma_x: FlexTensor,
        beta_x: FlexTensor,
        mean_x: FlexTensor,
        variance_x: FlexTensor,
        weight_x: FlexTensor,
        gamma_h: FlexTensor,
        beta_h: FlexTensor,
        weight_h: FlexTensor,
        block: Block,
    ) -> (
        FlexTensor,
        FlexTensor,
        FlexTensor,
        FlexTensor,
        FlexTensor,
        FlexTensor,
    ) {
        let [scale_x, scale_h] = block.scales;
        let [epsilon_x, epsilon_h] = block.epsilons;
        let x = Side::new(x);
        let input = images(&x.shape());
        let moments = numbers([mean_x, variance_x]);
        let first = Half::new(
            [gamma_x, beta_x, weight_x],
            moments,
            scale_x,
            epsilon_x,
            block.stride,
            &input,
        );
        let (h, moments_h) = first.forward(&x, None);
        let h = Side::new(h);
        let hidden = images(&h.shape());
        let inputs = [gamma_h, beta_h, weight_h];
        let second = Half::new(inputs, moments_h.clone(), scale_h, epsilon_h, 1, &hidden);
        let (y, moments_y) = match block.stride {
            1 => second.forward(&h, Some(x.slice())),
            _ => {
                let mut skip = Buffer::new(input.shortcut().len());
                nhwc::shortcut(context(), &input, x.slice(), skip.as_mut_slice());
                second.forward(&h, Some(skip.as_mut_slice()))
            }
        };
        let [mean_y, variance_y] = channels(moments_y);
        let [mean_h, variance_h] = channels(moments_h);
        (y, mean_y, variance_y, h.into_tensor(), mean_h, variance_h)
    }

    fn block_backward(
        x: FlexTensor,
        gamma_x: FlexTensor,
        beta_x: FlexTensor,
        mean_x: FlexTensor,
        variance_x: FlexTensor,
        weight_x: FlexTensor,
        h: FlexTensor,
        gamma_h: FlexTensor,
        beta_h: FlexTensor,
        mean_h: FlexTensor,
        variance_h: FlexTensor,
        weight_h: FlexTensor,
        grad: FlexTensor,
        block: Block,
    ) -> (
        FlexTensor,
        FlexTensor,
        FlexTensor,
        FlexTensor,
        FlexTensor,
        FlexTensor,
        FlexTensor,
    ) {
        let [scale_x, scale_h] = block.scales;
        let [epsilon_x, epsilon_h] = block.epsilons;
        let [x, h, grad] = [x, h, grad].map(Side::new);
        let [input, hidden] = [&x, &h].map(|map| images(&map.shape()));
        let moments = numbers([mean_x, variance_x]);
        let first = Half::new(
            [gamma_x, beta_x, weight_x],
            moments,
            scale_x,
            epsilon_x,
            block.stride,
            &input,
        );
        let moments = numbers([mean_h, variance_h]);
        let second = Half::new(
            [gamma_h, beta_h, weight_h],
            moments,
            scale_h,
            epsilon_h,
            1,
            &hidden,
        );

        let mut grad_h = Buffer::new(hidden.len());
        let plain = Source::Plain(grad.slice());
        let grads_h = second.backward(&h, plain, grad_h.as_mut_slice());
        let through = Source::Gradient {
            grad: grad_h.as_mut_slice(),
            x: h.slice(),
            normed: second.normed(),
            grad_gamma: &grads_h[0],
            grad_beta: &grads_h[1],
        };
        let mut grads_x = Default::default();
        let grad_x = side_tensor(&input, |grad_x| {
            grads_x = first.backward(&x, through, grad_x);
            let [gamma, beta, _] = &grads_x;
            let skip = Some(match block.stride {
                1 => Skipped::Same(grad.slice()),
                _ => Skipped::Pooled(&input, grad.slice()),
            });
            nhwc::norm_grad(
                context(),
                &first.normed(),
                x.slice(),
                gamma,
                beta,
                skip,
                grad_x,
            );
        });
        let [gamma_x, beta_x, weight_x] = first.grads(grads_x);
        let [gamma_h, beta_h, weight_h] = second.grads(grads_h);
        (grad_x, gamma_x, beta_x, weight_x, gamma_h, beta_h, weight_h)
    }
}
