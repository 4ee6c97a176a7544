//! The skip path of a down-sampling block on Flex.

use burn::backend::{Flex, TensorMetadata};

use super::side::images;
use super::{FlexTensor, Values, context, tensor};
use crate::ops::ShortcutOps;

impl ShortcutOps for Flex {
    fn shortcut_forward(x: FlexTensor) -> FlexTensor {
        let images = images(&x.shape());
        let small = images.shortcut();
        let shape = [small.batch, small.channels, small.height, small.width];
        tensor(shape, |y| {
            kernels::avg_pool_shortcut(context(), &images, Values::new(x).slice(), y);
        })
    }

    fn shortcut_backward(x: FlexTensor, grad: FlexTensor) -> FlexTensor {
        let images = images(&x.shape());
        tensor(x.shape(), |grad_x| {
            kernels::avg_pool_shortcut_grad(context(), &images, Values::new(grad).slice(), grad_x);
        })
    }
}
