//! Convolutions on Flex.

use burn::backend::{Flex, TensorMetadata};
use burn::tensor::Shape;
use burn::tensor::ops::ConvOptions;
use kernels::Conv2d;

use super::{FlexTensor, Values, context, tensor};
use crate::ops::ConvOps;

/// The sizes of a convolution.
///
/// # Panics
///
/// When it is one that no network of this crate has: rectangular, dilated or grouped.
fn sizes(x: &Shape, weight: &Shape, options: &ConvOptions<2>) -> Conv2d {
    let [batch, in_channels, height, width] = x.dims();
    let [out_channels, weight_channels, kernel, columns] = weight.dims();
    let [stride, padding] = [options.stride[0], options.padding[0].0];
    assert_eq!(
        in_channels, weight_channels,
        "channels of input and weights"
    );
    let square = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
    assert!(
        kernel == columns && *options == square,
        "a square convolution: {options:?}"
    );
    Conv2d {
        batch,
        in_channels,
        out_channels,
        height,
        width,
        kernel,
        stride,
        padding,
    }
}

impl ConvOps for Flex {
    fn conv2d_forward(
        x: FlexTensor,
        weight: FlexTensor,
        scale: Option<f32>,
        options: ConvOptions<2>,
    ) -> FlexTensor {
        let sizes = sizes(&x.shape(), &weight.shape(), &options);
        let (x, weight) = (Values::new(x), Values::new(weight));
        let (x, weight) = (x.slice(), weight.slice());
        let shape = [
            sizes.batch,
            sizes.out_channels,
            sizes.out_height(),
            sizes.out_width(),
        ];
        tensor(shape, |y| match scale {
            Some(scale) => kernels::sign_conv2d(context(), &sizes, x, weight, scale, y),
            None => kernels::conv2d(context(), &sizes, x, weight, y),
        })
    }

    fn conv2d_input_grad(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        scale: Option<f32>,
        options: ConvOptions<2>,
    ) -> FlexTensor {
        let sizes = sizes(&x.shape(), &weight.shape(), &options);
        let (weight, grad) = (Values::new(weight), Values::new(grad));
        let (weight, grad) = (weight.slice(), grad.slice());
        tensor(x.shape(), |to| match scale {
            Some(scale) => {
                kernels::sign_conv2d_input_grad(context(), &sizes, grad, weight, scale, to);
            }
            None => kernels::conv2d_input_grad(context(), &sizes, grad, weight, to),
        })
    }

    fn conv2d_weight_grad(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        options: ConvOptions<2>,
    ) -> FlexTensor {
        let sizes = sizes(&x.shape(), &weight.shape(), &options);
        let (x, grad) = (Values::new(x), Values::new(grad));
        tensor(weight.shape(), |to| {
            kernels::conv2d_weight_grad(context(), &sizes, x.slice(), grad.slice(), to);
        })
    }
}
