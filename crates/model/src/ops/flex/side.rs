//! Feature maps whose channels lie side by side: tensors of the usual shape, `[batch, channels, height, width]`, whose
//! strides say how they lie. So every operation reads them right, and those of blocks as they are.

use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use kernels::{Images, nhwc};

use super::{FlexTensor, context, tensor};

pub(super) fn images(shape: &Shape) -> Images {
    let [batch, channels, height, width] = shape.dims();
    Images {
        batch,
        channels,
        height,
        width,
    }
}

/// Whether the channels lie side by side.
pub(super) fn is_side(tensor: &FlexTensor) -> bool {
    let layout = tensor.layout();
    let Ok([_, channels, height, width]) = <[usize; 4]>::try_from(&layout.shape()[..]) else {
        return false;
    };
    let strides = [height * width * channels, 1, width * channels, channels];
    let sides = layout.shape().iter().zip(layout.strides());
    let fits = |((&size, &found), stride): ((&usize, &isize), usize)| {
        size == 1 || found == stride as isize
    };
    sides.zip(strides).all(fits) && !layout.is_contiguous()
}

/// f32 values of a map with channels side by side.
pub(super) struct Side(FlexTensor);

impl Side {
    /// Turned where they do not lie so.
    pub(super) fn new(values: FlexTensor) -> Self {
        assert_eq!(values.dtype(), DType::F32, "the networks compute in f32");
        if is_side(&values) {
            return Self(values);
        }
        let values = super::Values::new(values);
        let images = images(&values.0.shape());
        Self(side_tensor(&images, |to| {
            nhwc::to_nhwc(context(), &images, values.slice(), to)
        }))
    }

    pub(super) fn into_tensor(self) -> FlexTensor {
        self.0
    }

    pub(super) fn shape(&self) -> Shape {
        self.0.shape()
    }

    pub(super) fn slice(&self) -> &[f32] {
        let start = self.0.layout().start_offset();
        &self.0.storage()[start..][..self.0.layout().num_elements()]
    }
}

/// A tensor of a map that `fill` writes with channels side by side.
pub(super) fn side_tensor(images: &Images, fill: impl FnOnce(&mut [f32])) -> FlexTensor {
    let shape = [images.batch, images.height, images.width, images.channels];
    tensor(shape, fill).permute(&[0, 3, 1, 2])
}

/// As planes.
pub(super) fn planes(values: &FlexTensor) -> FlexTensor {
    let images = images(&values.shape());
    let start = values.layout().start_offset();
    let from = &values.storage()[start..][..images.len()];
    tensor(values.shape(), |to| {
        nhwc::to_nchw(context(), &images, from, to)
    })
}
