//! The sum at the end of a skip connection on Flex.

use burn::backend::{Flex, TensorMetadata};

use super::{FlexTensor, Values, context};
use crate::ops::AddOps;

impl AddOps for Flex {
    fn add_forward(y: FlexTensor, x: FlexTensor) -> FlexTensor {
        assert_eq!(y.shape(), x.shape(), "the terms of a sum");
        let [mut y, x] = [y, x].map(Values::new);
        kernels::add(context(), x.slice(), y.slice_mut());
        y.0
    }
}
