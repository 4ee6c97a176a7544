//! A convolution: its shape, and its weights as sign bits.

use alloc::vec::Vec;

/// A convolution without bias, k×k.
///
/// # Bit order
///
/// Weights run in the order `[out][in][kernel row][kernel column]`, as PyTorch has them. Those of
/// one output channel are a row of bits, a 1 for +1 and a 0 for −1. A row begins at a whole byte
/// and its bits fill a byte from the least significant one upwards; what is left of its last byte
/// is 0. So weight (o, i, y, x) is bit `(i·k + y)·k + x` of row o, which is
///
/// ```text
/// (bits[o · row_bytes + bit / 8] >> (bit % 8)) & 1        row_bytes = ⌈in·k·k / 8⌉
/// ```
///
/// Rows of whole bytes cost 100 bytes over all of 20-10 (3,342,240 in place of 3,342,140), and a
/// reader can take any output channel without the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Channels read.
    pub in_channels: usize,
    /// Channels given.
    pub out_channels: usize,
    /// Side of the square kernel, odd.
    pub kernel: usize,
    /// 1 or 2.
    pub stride: usize,
    /// The weights.
    pub weights: Weights,
}

/// The weights of a [`Conv`].
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// scale · ±1.
    Signs {
        /// The factor.
        scale: Scale,
        /// The signs; see [`Conv`] for their order.
        bits: Vec<u8>,
    },
    /// Real weights in the order `[out][in][kernel row][kernel column]`. Only networks from
    /// elsewhere have them: the PyTorch port keeps its first and last convolution so.
    Real(Vec<f32>),
}

/// What the signs of a convolution are multiplied with.
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    /// One factor for the layer, as the paper has it.
    Layer(f32),
    /// One per output channel, as Rastegari et al. 2016 have it.
    Channels(Vec<f32>),
}

impl Scale {
    /// The mean |w| of each row of `row_len` weights, as Rastegari et al. 2016 have it.
    ///
    /// # Panics
    ///
    /// When `row_len` is 0.
    pub fn mean_of_rows(weights: &[f32], row_len: usize) -> Self {
        Self::Channels(weights.chunks(row_len).map(Self::mean).collect())
    }

    /// The mean |w| of these weights.
    pub fn mean(weights: &[f32]) -> f32 {
        let sum: f64 = weights.iter().map(|&w| f64::from(w).abs()).sum();
        (sum / weights.len() as f64) as f32
    }

    /// The factor of an output channel.
    ///
    /// # Panics
    ///
    /// When there is no such channel.
    pub fn of(&self, out_channel: usize) -> f32 {
        match self {
            Self::Layer(scale) => *scale,
            Self::Channels(scales) => scales[out_channel],
        }
    }
}

impl Conv {
    /// Weights of one output channel: in_channels · kernel².
    pub fn row_len(&self) -> usize {
        self.in_channels * self.kernel * self.kernel
    }

    /// Bytes of one output channel's sign bits.
    pub fn row_bytes(&self) -> usize {
        self.row_len().div_ceil(8)
    }

    /// Weights in all.
    pub fn weight_count(&self) -> usize {
        self.out_channels * self.row_len()
    }

    /// The scale and the signs, or `None` where the weights are real.
    pub fn signs(&self) -> Option<(&Scale, &[u8])> {
        match &self.weights {
            Weights::Signs { scale, bits } => Some((scale, bits)),
            Weights::Real(_) => None,
        }
    }

    /// Whether the weight `index` of an output channel's row is positive, or its sign bit is 1.
    ///
    /// # Panics
    ///
    /// When there is no such weight.
    pub fn is_positive(&self, out_channel: usize, index: usize) -> bool {
        match &self.weights {
            Weights::Signs { bits, .. } => {
                let byte = bits[out_channel * self.row_bytes() + index / 8];
                (byte >> (index % 8)) & 1 == 1
            }
            Weights::Real(weights) => weights[out_channel * self.row_len() + index] > 0.0,
        }
    }

    /// Weights of an output channel as numbers, ±scale or real, in the order of the row.
    ///
    /// # Panics
    ///
    /// When there is no such channel.
    pub fn row(&self, out_channel: usize) -> impl Iterator<Item = f32> + '_ {
        assert!(out_channel < self.out_channels, "no channel {out_channel}");
        let start = out_channel * self.row_len();
        (0..self.row_len()).map(move |index| match &self.weights {
            Weights::Signs { scale, .. } if self.is_positive(out_channel, index) => {
                scale.of(out_channel)
            }
            Weights::Signs { scale, .. } => -scale.of(out_channel),
            Weights::Real(weights) => weights[start + index],
        })
    }

    /// Packs signs, `true` for +1, into the bit order above: `row_len` of them for each output
    /// channel.
    ///
    /// # Panics
    ///
    /// When `row_len` is 0.
    pub fn pack(signs: impl IntoIterator<Item = bool>, row_len: usize) -> Vec<u8> {
        assert!(row_len > 0, "rows of no weights");
        let mut bits = Vec::new();
        for (index, sign) in signs.into_iter().enumerate() {
            let bit = index % row_len % 8;
            if bit == 0 {
                bits.push(0);
            }
            if let (true, Some(byte)) = (sign, bits.last_mut()) {
                *byte |= 1 << bit;
            }
        }
        bits
    }
}
