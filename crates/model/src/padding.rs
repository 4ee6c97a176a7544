//! Where the zeros stand when a convolution halves the size.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Tensor;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::{AvgPoolOptions, PadMode};

use crate::ModelError;

/// Zero padding of the 3×3 windows with stride 2. At stride 1 both are the same: one pixel on all sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// `symmetric`: one pixel on all sides, as MATLAB and PyTorch have it.
    Symmetric,
    /// `bottom-right`: an even size gets its one pixel at the end, as Keras does it (`padding="same"`).
    BottomRight,
}

impl Padding {
    /// Every kind, in the order in which help texts list them.
    pub const ALL: [Self; 2] = [Self::Symmetric, Self::BottomRight];

    /// The word for it in flags and configs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Symmetric => "symmetric",
            Self::BottomRight => "bottom-right",
        }
    }
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Padding {
    type Err = ModelError;

    fn from_str(word: &str) -> Result<Self, ModelError> {
        Self::ALL
            .into_iter()
            .find(|padding| padding.name() == word)
            .ok_or_else(|| ModelError::UnknownPadding { found: word.into() })
    }
}

/// Pads as Keras does for 3×3 windows with stride 2, so that none is left to do.
pub(crate) fn pad_bottom_right(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let pads = [height, width].map(|size| {
        if size.is_multiple_of(2) {
            (0, 1)
        } else {
            (1, 1)
        }
    });
    x.pad(pads, PadMode::Constant(0.0))
}

/// The skip path of a block that halves the size: a 3×3 average pool with stride 2 that divides by the pixels
/// inside the image, then as many channels of zeros. `[batch, c, h, w]` becomes `[batch, 2c, ⌈h/2⌉, ⌈w/2⌉]`.
pub(crate) fn shortcut_bottom_right(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let device = x.device();
    let options = AvgPoolOptions::new([3, 3]).with_stride([2, 2]);
    let pool = |x: Tensor<4>| avg_pool2d(pad_bottom_right(x), options.clone());
    let inside = pool(Tensor::ones([1, 1, height, width], &device));
    let pooled = pool(x) / inside;
    Tensor::cat(vec![pooled.clone(), pooled.zeros_like()], 1)
}
