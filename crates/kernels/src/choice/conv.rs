//! The algorithm of a convolution in training.

use word_list::word_list;

use crate::conv::winograd::{PIXELS, POINTS, TAPS};
use crate::{Conv2d, Isa};

word_list! {
    /// How a convolution is computed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Algorithm {
        /// A blocked matrix product that packs pixels straight from the image.
        Dense = "dense",
        /// Winograd F(4×4, 3×3): a quarter of the multiplications.
        Winograd = "winograd",
        /// Table look-up: additions alone, for weights of ±1.
        Lookup = "look-up",
    }
}

/// What is computed of a convolution, and with which weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConvOp {
    /// [`conv2d`](crate::conv2d)
    Forward,
    /// [`conv2d_input_grad`](crate::conv2d_input_grad)
    InputGrad,
    /// [`conv2d_weight_grad`](crate::conv2d_weight_grad)
    WeightGrad,
    /// [`sign_conv2d`](crate::sign_conv2d)
    SignForward,
    /// [`sign_conv2d_input_grad`](crate::sign_conv2d_input_grad)
    SignInputGrad,
}

impl Algorithm {
    /// The one that runs.
    pub fn choose(isa: Isa, op: ConvOp, shape: &Conv2d) -> Self {
        choose(isa.has_register_transpose(), op, shape)
    }

    /// Whether it can compute this at all, fast or not.
    pub fn fits(self, op: ConvOp, shape: &Conv2d) -> bool {
        let any = shape.input_len() > 0 && shape.output_len() > 0;
        let Conv2d {
            kernel,
            stride,
            padding,
            ..
        } = *shape;
        match (self, op) {
            (Self::Dense, _) => true,
            // The input gradient is padded by 2 less the padding.
            (Self::Winograd, ConvOp::InputGrad | ConvOp::SignInputGrad) => {
                any && kernel == 3 && stride == 1 && padding <= 2
            }
            (Self::Winograd, _) => any && kernel == 3 && stride == 1,
            (Self::Lookup, ConvOp::SignForward) => {
                any && kernel == 3 && padding == 1 && matches!(stride, 1 | 2)
            }
            // At stride 2 each of four phases would use a table once per tap, which gains nothing.
            (Self::Lookup, ConvOp::SignInputGrad) => {
                any && kernel == 3 && padding == 1 && stride == 1
            }
            (Self::Lookup, _) => false,
        }
    }
}

/// Of the instructions only one thing matters.
fn choose(has_register_transpose: bool, op: ConvOp, shape: &Conv2d) -> Algorithm {
    let winograd = Algorithm::Winograd.fits(op, shape) && is_winograd_profitable(shape);
    // Winograd saves more multiplications than look-ups do where the way to tiles and back is done within registers,
    // and until the points of the kernels, which are no signs, outgrow the cache.
    let better = winograd && has_register_transpose && !is_wide(shape);
    if Algorithm::Lookup.fits(op, shape) && is_lookup_profitable(shape) && !better {
        Algorithm::Lookup
    } else if winograd {
        Algorithm::Winograd
    } else {
        Algorithm::Dense
    }
}

/// From 16 channels on Winograd was faster, on measurements. Of few pixels it cannot be: each of the kernels costs 324
/// multiply-adds to transform, and each tile 36 where a pixel costs 9.
fn is_winograd_profitable(shape: &Conv2d) -> bool {
    let channels = shape.in_channels >= 16 && shape.out_channels >= 16;
    let tiles = shape.out_height().div_ceil(PIXELS) * shape.out_width().div_ceil(PIXELS);
    let kernels = POINTS * TAPS;
    let fewer = kernels + shape.batch * tiles * POINTS < shape.batch * shape.out_pixels() * TAPS;
    channels && fewer
}

/// Few outputs do not pay for the tables, few inputs not for the sums' way to memory. From 16 on both do, at any size
/// of image.
fn is_lookup_profitable(shape: &Conv2d) -> bool {
    shape.in_channels >= 16 && shape.out_channels >= 16
}

/// Whether a 3×3 convolution at a stride of 1 goes through tiles on maps with channels side by side, with what comes before and after
/// it. Nothing is turned there, so tiles pay on all instructions.
pub(crate) fn is_fused(shape: &Conv2d) -> bool {
    let blocks = [shape.in_channels, shape.out_channels];
    let blocks = blocks
        .iter()
        .all(|channels| channels.is_multiple_of(crate::nhwc::CHANNELS));
    let fits = Algorithm::Winograd.fits(ConvOp::InputGrad, shape) && shape.padding == 1;
    fits && blocks && is_winograd_profitable(shape) && is_narrow(shape)
}

/// Where the maps' way to memory costs more than the sums. Of wider ones the passes that are saved are little, and what is read
/// twice within a block, a gradient and the input of the norm that it goes through, no longer stays near: 64 → 64 at side 32 takes a tenth longer.
fn is_narrow(shape: &Conv2d) -> bool {
    let kernels = shape.in_channels * shape.out_channels;
    kernels <= 32 * 32 || (kernels <= 64 * 64 && shape.out_pixels() <= 16 * 16)
}

/// Whether both gradients of such a convolution are computed an image at a time, so that what they read comes from memory once: where
/// the points of the kernels and the sums of the weights' stay in the second-level cache beside an image.
pub(crate) fn are_gradients_joined(shape: &Conv2d) -> bool {
    shape.stride == 1 && shape.in_channels * shape.out_channels <= 32 * 32
}

/// Whether a point of all kernels is more than stays in the second-level cache beside the tiles': above 256 KB.
fn is_wide(shape: &Conv2d) -> bool {
    shape.in_channels * shape.out_channels > 256 * 256
}

/// Tiles of Winograd whose points are multiplied together: as measured, so that they and the sums stay near. More where
/// the kernels' points do not stay there either: they are fetched less often.
pub(crate) fn winograd_tiles(shape: &Conv2d) -> usize {
    if is_wide(shape) { 64 } else { 16 }
}

#[cfg(test)]
mod tests {
    use super::Algorithm::{Dense, Lookup, Winograd};
    use super::*;

    const OPS: [ConvOp; 5] = [
        ConvOp::Forward,
        ConvOp::InputGrad,
        ConvOp::WeightGrad,
        ConvOp::SignForward,
        ConvOp::SignInputGrad,
    ];

    fn shape([in_channels, out_channels, size, stride]: [usize; 4]) -> Conv2d {
        Conv2d {
            batch: 125,
            in_channels,
            out_channels,
            height: size,
            width: size,
            kernel: 3,
            stride,
            padding: 1,
        }
    }

    /// The layers of 20-1, 20-4 and 20-10, in the order of [`OPS`].
    #[test]
    fn the_networks_layers() {
        let dense = [Dense; 5];
        let winograd = [Winograd; 5];
        let looked_up = [Winograd, Winograd, Winograd, Lookup, Lookup];
        let halved = [Dense, Dense, Dense, Lookup, Dense];
        for (layer, plain, transposed) in [
            ([3, 16, 32, 1], dense, dense),
            ([16, 16, 32, 1], looked_up, winograd),
            ([16, 32, 32, 2], halved, halved),
            ([64, 64, 8, 1], looked_up, winograd),
            ([256, 256, 8, 1], looked_up, winograd),
            ([320, 320, 16, 1], looked_up, looked_up),
            ([320, 640, 16, 2], halved, halved),
        ] {
            for (transpose, expected) in [(false, plain), (true, transposed)] {
                let found = OPS.map(|op| choose(transpose, op, &shape(layer)));
                assert_eq!(found, expected, "{layer:?}, register transpose {transpose}");
            }
        }
    }

    #[test]
    fn blocks_of_narrow_layers_are_fused() {
        for (layer, expected) in [
            ([16, 16, 32, 1], true),
            ([32, 32, 16, 1], true),
            ([64, 64, 8, 1], true),
            ([64, 64, 16, 1], true),
            ([64, 64, 32, 1], false),
            ([128, 128, 16, 1], false),
            ([20, 20, 32, 1], false),
            ([16, 32, 32, 2], false),
        ] {
            assert_eq!(is_fused(&shape(layer)), expected, "{layer:?}");
        }
    }

    #[test]
    fn what_is_chosen_fits() {
        for (batch, channels, size, kernel, stride, padding) in [
            (0, 16, 8, 3, 1, 1),
            (5, 0, 8, 3, 1, 1),
            (5, 16, 8, 3, 1, 0),
            (5, 16, 8, 3, 1, 2),
            (5, 16, 8, 3, 1, 5),
            (5, 16, 8, 3, 2, 0),
            (5, 16, 8, 3, 3, 1),
            (5, 16, 2, 3, 1, 0),
            (5, 16, 8, 1, 1, 0),
            (5, 16, 8, 5, 1, 2),
            (1, 16, 1, 3, 1, 1),
        ] {
            let shape = Conv2d {
                batch,
                kernel,
                padding,
                ..shape([channels, channels, size, stride])
            };
            for op in OPS {
                for transpose in [false, true] {
                    assert!(choose(transpose, op, &shape).fits(op, &shape), "{shape:?}");
                }
            }
        }
    }
}
