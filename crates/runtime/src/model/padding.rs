//! Where an image is padded before a convolution or a pool.

/// The rule that shares out the padding. Both give ⌈size / stride⌉ outputs; they differ only where
/// the stride is 2 and the size even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// (kernel − 1) / 2 on all sides: the paper, MATLAB, PyTorch, and this project's trainer.
    Symmetric,
    /// As little as needed, the odd pixel at the bottom and right: 'same' of Keras.
    BottomRight,
}

impl Padding {
    /// How many outputs a side of `size` pixels has.
    pub fn output(self, size: usize, stride: usize) -> usize {
        size.div_ceil(stride)
    }

    /// How many pixels of padding stand before (above, left of) a side of `size` pixels. Those
    /// after it are as many as the last output reaches over the end.
    pub fn before(self, size: usize, kernel: usize, stride: usize) -> usize {
        match self {
            Self::Symmetric => (kernel - 1) / 2,
            Self::BottomRight => {
                let outputs = self.output(size, stride);
                ((outputs - 1) * stride + kernel).saturating_sub(size) / 2
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keras_pads_an_even_size_at_the_end_only() {
        let before = |size, kernel, stride| {
            [Padding::Symmetric, Padding::BottomRight].map(|rule| rule.before(size, kernel, stride))
        };
        assert_eq!(before(32, 3, 1), [1, 1]);
        assert_eq!(before(32, 1, 1), [0, 0]);
        assert_eq!(before(32, 3, 2), [1, 0]);
        assert_eq!(before(7, 3, 2), [1, 1]);
        // 224 pixels, 112 outputs: 222 + 7 - 224 = 5 pixels in all, 2 of them before.
        assert_eq!(before(224, 7, 2), [3, 2]);
        assert_eq!(before(1, 3, 2), [1, 1]);
        assert_eq!(before(1, 1, 2), [0, 0]);
        assert_eq!(Padding::Symmetric.output(7, 2), 4);
    }
}
