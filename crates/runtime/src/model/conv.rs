//! A convolution: its shape, and its weights as they are stored.

use alloc::vec::Vec;

use graph::{Quantized, Scale, Storage};

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
#[non_exhaustive]
pub enum Weights {
    /// scale · ±1.
    Signs {
        /// The factor.
        scale: Scale,
        /// The signs; see [`Conv`] for their order.
        bits: Vec<u8>,
    },
    /// scale · −1, 0 or +1.
    Ternary {
        /// The factor.
        scale: Scale,
        /// 1 for +1; 0 for −1 and 0. The order is that of signs.
        signs: Vec<u8>,
        /// 1 for −1 and +1, 0 for 0.
        nonzero: Vec<u8>,
    },
    /// scale · −127…127.
    Int8 {
        /// The factor.
        scale: Scale,
        /// The integers, in the order `[out][in][kernel row][kernel column]`.
        values: Vec<i8>,
    },
    /// Real weights in the order `[out][in][kernel row][kernel column]`: the full-precision
    /// baseline, and the first and last convolution of the PyTorch port.
    Real(Vec<f32>),
}

impl Weights {
    /// Integer weights as this storage has them; `row_len` of them for each output channel.
    ///
    /// # Panics
    ///
    /// When `row_len` is 0 or the storage is [`Storage::Float`].
    pub fn of(quantized: Quantized, storage: Storage, row_len: usize) -> Self {
        let Quantized { scale, values } = quantized;
        let plane = |is: fn(i8) -> bool| Conv::pack(values.iter().map(|&value| is(value)), row_len);
        match storage {
            Storage::Signs => Self::Signs {
                scale,
                bits: plane(|value| value > 0),
            },
            Storage::Ternary => Self::Ternary {
                scale,
                signs: plane(|value| value > 0),
                nonzero: plane(|value| value != 0),
            },
            Storage::Int8 => Self::Int8 { scale, values },
            _ => panic!("integers are not stored as {storage:?}"),
        }
    }

    /// How they are stored.
    pub fn storage(&self) -> Storage {
        match self {
            Self::Signs { .. } => Storage::Signs,
            Self::Ternary { .. } => Storage::Ternary,
            Self::Int8 { .. } => Storage::Int8,
            Self::Real(_) => Storage::Float,
        }
    }

    /// What integers are multiplied with; `None` for real weights.
    pub fn scale(&self) -> Option<&Scale> {
        match self {
            Self::Signs { scale, .. } | Self::Ternary { scale, .. } | Self::Int8 { scale, .. } => {
                Some(scale)
            }
            Self::Real(_) => None,
        }
    }

    /// The kind of weights that is stored so, where nothing else tells it.
    pub fn likely_kind(&self) -> graph::Weights {
        let storage = self.storage();
        match self {
            Self::Signs {
                scale: Scale::Channels(_),
                ..
            } => graph::Weights::BWN,
            _ => {
                let mut kinds = graph::Weights::ALL.iter().copied();
                let kind = kinds.find(|kind| kind.storage() == storage);
                kind.expect("a kind for every storage")
            }
        }
    }
}

impl Conv {
    /// Weights of one output channel: in_channels · kernel².
    pub fn row_len(&self) -> usize {
        self.in_channels * self.kernel * self.kernel
    }

    /// Bytes of one output channel's bits.
    pub fn row_bytes(&self) -> usize {
        self.row_len().div_ceil(8)
    }

    /// Weights in all.
    pub fn weight_count(&self) -> usize {
        self.out_channels * self.row_len()
    }

    /// The scale and the signs, or `None` where the weights are more than signs.
    pub fn signs(&self) -> Option<(&Scale, &[u8])> {
        match &self.weights {
            Weights::Signs { scale, bits } => Some((scale, bits)),
            _ => None,
        }
    }

    fn bit(&self, bits: &[u8], out_channel: usize, index: usize) -> bool {
        let byte = bits[out_channel * self.row_bytes() + index / 8];
        (byte >> (index % 8)) & 1 == 1
    }

    /// Whether the weight `index` of an output channel's row is positive.
    ///
    /// # Panics
    ///
    /// When there is no such weight.
    pub fn is_positive(&self, out_channel: usize, index: usize) -> bool {
        match &self.weights {
            Weights::Signs { bits, .. } => self.bit(bits, out_channel, index),
            Weights::Ternary { signs, .. } => self.bit(signs, out_channel, index),
            Weights::Int8 { values, .. } => values[out_channel * self.row_len() + index] > 0,
            Weights::Real(weights) => weights[out_channel * self.row_len() + index] > 0.0,
        }
    }

    /// The weight `index` of an output channel's row before its scale; `None` for real weights.
    ///
    /// # Panics
    ///
    /// When there is no such weight.
    pub fn integer(&self, out_channel: usize, index: usize) -> Option<i8> {
        let sign = |positive| if positive { 1 } else { -1 };
        match &self.weights {
            Weights::Signs { bits, .. } => Some(sign(self.bit(bits, out_channel, index))),
            Weights::Ternary { signs, nonzero, .. } => {
                match self.bit(nonzero, out_channel, index) {
                    true => Some(sign(self.bit(signs, out_channel, index))),
                    false => Some(0),
                }
            }
            Weights::Int8 { values, .. } => Some(values[out_channel * self.row_len() + index]),
            Weights::Real(_) => None,
        }
    }

    /// The integers of an output channel's row; `None` for real weights.
    ///
    /// # Panics
    ///
    /// When there is no such channel.
    pub fn integers(&self, out_channel: usize) -> Option<impl Iterator<Item = i8> + '_> {
        self.weights.scale()?;
        let integer = move |index| self.integer(out_channel, index).unwrap_or(0);
        Some((0..self.row_len()).map(integer))
    }

    /// Weights of an output channel as numbers, scale · integer or real, in the order of the row.
    ///
    /// # Panics
    ///
    /// When there is no such channel.
    pub fn row(&self, out_channel: usize) -> impl Iterator<Item = f32> + '_ {
        assert!(out_channel < self.out_channels, "no channel {out_channel}");
        let start = out_channel * self.row_len();
        let scale = self
            .weights
            .scale()
            .map_or(1.0, |scale| scale.of(out_channel));
        (0..self.row_len()).map(move |index| match &self.weights {
            Weights::Real(weights) => weights[start + index],
            _ => scale * f32::from(self.integer(out_channel, index).unwrap_or(0)),
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
