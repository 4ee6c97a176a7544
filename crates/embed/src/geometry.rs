//! How the C code cuts a convolution: groups of inputs, and the rows that it reads.

use runtime::Padding;
use runtime::integer::{Layer, LayerWeights};

/// Columns that are computed together.
pub(crate) const BLOCK: usize = 8;
/// Sums of subsets of a group's four inputs.
pub(crate) const ENTRIES: usize = 16;
/// Channels from which a 3×3 kernel shares the tables of its channels among its taps. With fewer, groups would be
/// filled up with nothing.
const WHOLE: usize = 8;
/// Words of the tables at a time, 8 KiB of them.
const TABLE_WORDS: usize = 2 << 10;
/// The most groups of taps at a time: their bits fill eight bytes.
const MAX_TAP_GROUPS: usize = 16;

/// How a layer's weights are stored, and its sums computed; the C code knows it as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A plane of signs, or two planes of −1, 0 and +1, for look-up.
    Planes {
        /// Groups are of four channels, each with the nine taps of a 3×3 kernel; else of four taps.
        whole: bool,
        /// Two planes.
        ternary: bool,
    },
    /// Integers of 8 bits, for multiplication.
    Integers,
}

impl Form {
    fn of(layer: &Layer) -> Self {
        let ternary = match &layer.weights {
            LayerWeights::Signs(_) => false,
            LayerWeights::Int8(values) if values.iter().all(|value| (-1..=1).contains(value)) => {
                true
            }
            _ => return Self::Integers,
        };
        let whole = layer.kernel == 3 && layer.from[0] >= WHOLE;
        Self::Planes { whole, ternary }
    }

    pub(crate) fn is_whole(self) -> bool {
        matches!(self, Self::Planes { whole: true, .. })
    }

    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Planes { whole, ternary } => u8::from(whole) + 2 * u8::from(ternary),
            Self::Integers => 4,
        }
    }
}

/// How a convolution is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    /// Rows and columns of padding before the image.
    pub before: [usize; 2],
    /// How weights are stored.
    pub form: Form,
    /// Groups of four inputs, an even number; none where sums are computed by multiplication.
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
        let form = Form::of(layer);
        let whole = form.is_whole();
        let row_len = inputs * kernel * kernel;
        let (channels, groups) = match whole {
            true => (inputs.next_multiple_of(8), inputs.next_multiple_of(8) / 4),
            false => (inputs, row_len.div_ceil(4).next_multiple_of(2)),
        };
        let columns = (BLOCK - 1) * stride + 3;
        let (group_words, max) = match whole {
            // Six groups of 4 · 9 inputs of 255 make 55,080.
            true => (3 * ENTRIES * columns, 6),
            false => (ENTRIES * BLOCK, MAX_TAP_GROUPS),
        };
        let groups = if form == Form::Integers { 0 } else { groups };
        let chunk = (TABLE_WORDS / group_words / 2 * 2)
            .clamp(2, max)
            .min(groups);
        let blocks = layer.to[2].div_ceil(BLOCK);
        let read = (blocks * BLOCK - 1) * stride + kernel;
        Self {
            before,
            form,
            groups,
            chunk,
            padded: read.max(before[1] + width),
            channels,
            table_words: chunk * group_words,
        }
    }
}
