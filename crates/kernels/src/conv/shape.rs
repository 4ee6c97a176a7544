//! The sizes of a convolution.

/// The sizes of a convolution. Kernels are square; padding is by zeros, the same on all sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2d {
    /// Images.
    pub batch: usize,
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// Rows of an input image.
    pub height: usize,
    /// Columns of an input image.
    pub width: usize,
    /// Side of the kernel, at least 1.
    pub kernel: usize,
    /// Step from one output pixel to the next, at least 1.
    pub stride: usize,
    /// Zeros around the input.
    pub padding: usize,
}

impl Conv2d {
    /// Rows of an output image.
    pub fn out_height(&self) -> usize {
        self.out_size(self.height)
    }

    /// Columns of an output image.
    pub fn out_width(&self) -> usize {
        self.out_size(self.width)
    }

    /// Floats of the input, `[batch, in_channels, height, width]`.
    pub fn input_len(&self) -> usize {
        self.batch * self.in_channels * self.height * self.width
    }

    /// Floats of the weights, `[out_channels, in_channels, kernel, kernel]`.
    pub fn weight_len(&self) -> usize {
        self.out_channels * self.in_channels * self.kernel * self.kernel
    }

    /// Floats of the output, `[batch, out_channels, out_height, out_width]`.
    pub fn output_len(&self) -> usize {
        self.batch * self.out_channels * self.out_pixels()
    }

    /// Multiplications of one pass, those with the padding included.
    pub fn macs(&self) -> usize {
        self.batch * self.out_pixels() * self.weight_len()
    }

    /// The convolution of the output's gradient that is the input's, at a stride of 1.
    pub(crate) fn turned(&self) -> Self {
        Self {
            in_channels: self.out_channels,
            out_channels: self.in_channels,
            height: self.out_height(),
            width: self.out_width(),
            padding: 2 - self.padding,
            ..*self
        }
    }

    pub(crate) fn out_pixels(&self) -> usize {
        self.out_height() * self.out_width()
    }

    /// `kernel · kernel`.
    pub(crate) fn taps(&self) -> usize {
        self.kernel * self.kernel
    }

    fn out_size(&self, size: usize) -> usize {
        (size + 2 * self.padding)
            .checked_sub(self.kernel)
            .map_or(0, |rest| rest / self.stride + 1)
    }

    pub(crate) fn assert_lens(&self, x: usize, w: usize, y: usize) {
        assert!(
            self.kernel > 0 && self.stride > 0,
            "a kernel and a stride of 1 or more, found {self:?}"
        );
        assert_eq!(x, self.input_len(), "input of {self:?}");
        assert_eq!(w, self.weight_len(), "weights of {self:?}");
        assert_eq!(y, self.output_len(), "output of {self:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_sizes() {
        let shape = Conv2d {
            batch: 2,
            in_channels: 3,
            out_channels: 4,
            height: 7,
            width: 1,
            kernel: 3,
            stride: 2,
            padding: 1,
        };
        assert_eq!((shape.out_height(), shape.out_width()), (4, 1));
        assert_eq!(shape.macs(), 2 * 4 * 4 * 27);
        assert_eq!(
            Conv2d {
                padding: 0,
                ..shape
            }
            .output_len(),
            0
        );
    }
}
