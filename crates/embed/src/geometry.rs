//! How the C code cuts a convolution: groups of inputs, and the rows that it reads.

use runtime::Padding;
use runtime::integer::Layer;

/// Columns that are computed together.
pub(crate) const BLOCK: usize = 8;
/// Sums of subsets of a group's four inputs.
pub(crate) const ENTRIES: usize = 16;
/// Channels from which a 3×3 kernel shares the tables of its channels among its taps. With fewer, groups would be
/// filled up with nothing.
const WHOLE: usize = 8;
/// Words of the tables at a time, 12 KiB of them.
const TABLE_WORDS: usize = 3 << 10;
/// The most groups of taps at a time: their bits fill eight bytes.
const MAX_TAP_GROUPS: usize = 16;

/// How a convolution is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    /// Rows and columns of padding before the image.
    pub before: [usize; 2],
    /// Groups are of four channels, each with the nine taps of a 3×3 kernel; else of four taps.
    pub whole: bool,
    /// Groups of four inputs, an even number.
    pub groups: usize,
    /// How many of them at a time, an even number. Sums of their inputs stay below 2¹⁶.
    pub chunk: usize,
    /// Columns of a padded row.
    pub padded: usize,
    /// Channels of a padded row.
    pub channels: usize,
    /// Words of the tables.
    pub table_words: usize,
}

impl Geometry {
    pub(crate) fn of(layer: &Layer, padding: Padding) -> Self {
        let [inputs, height, width] = layer.from;
        let (kernel, stride) = (layer.kernel, layer.stride);
        let before = [height, width].map(|size| padding.before(size, kernel, stride));
        let whole = kernel == 3 && inputs >= WHOLE;
        let row_len = inputs * kernel * kernel;
        let (channels, groups) = match whole {
            true => (inputs.next_multiple_of(8), inputs.next_multiple_of(8) / 4),
            false => (inputs, row_len.div_ceil(4).next_multiple_of(2)),
        };
        let columns = (BLOCK - 1) * stride + 3;
        let (group_words, most) = match whole {
            // Six groups of 4 · 9 inputs of 255 make 55,080.
            true => (3 * ENTRIES * columns, 6),
            false => (ENTRIES * BLOCK, MAX_TAP_GROUPS),
        };
        let chunk = (TABLE_WORDS / group_words / 2 * 2)
            .clamp(2, most)
            .min(groups);
        let blocks = layer.to[2].div_ceil(BLOCK);
        let read = (blocks * BLOCK - 1) * stride + kernel;
        Self {
            before,
            whole,
            groups,
            chunk,
            padded: read.max(before[1] + width),
            channels,
            table_words: chunk * group_words,
        }
    }
}
