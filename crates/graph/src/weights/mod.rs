//! Kinds of weights: what a convolution's real weights `W` become in the forward and the backward
//! pass, how they are stored, and what they cost. A file each; [`Weights::ALL`] lists them.
//!
//! How an arithmetic computes them is its own affair: it sees a [`Storage`] and a [`Scale`].

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::GraphError;

/// A kind of weights. The handle is small and copied freely; two are equal when their names are.
#[derive(Clone, Copy)]
pub struct Weights(&'static dyn Kind);

/// The modules of the kinds, and the list of them.
macro_rules! kinds {
    ($($module:ident::$kind:ident),+ $(,)?) => {
        $(mod $module;)+

        impl Weights {
            /// Every kind, in the order in which help texts list them.
            pub const ALL: &'static [Self] = &[$(Self(&$module::$kind)),+];
        }
    };
}

kinds! {
    one_bit::OneBit,
    full::Full,
    ternary::Ternary,
    eight_bit::EightBit,
    bwn::Bwn,
    bwn_layer::BwnLayer,
    binaryconnect::BinaryConnect,
}

impl Weights {
    /// `1bit`, the paper's.
    pub const ONE_BIT: Self = Self(&one_bit::OneBit);
    /// `32bit`, the full-precision baseline.
    pub const FULL: Self = Self(&full::Full);
    /// `bwn`: signs with a scale per output channel.
    pub const BWN: Self = Self(&bwn::Bwn);
}

/// What a file in this folder says of a kind of weights.
pub trait Kind: Sync {
    /// The word for it in files and settings.
    fn name(&self) -> &'static str;

    /// What it is, and its source, in one line of a help text.
    fn about(&self) -> &'static str;

    /// How the weights of the trained network are stored.
    fn storage(&self) -> Storage;

    /// Scales of a convolution with `out` output channels in the trained network.
    fn scales(&self, out: usize) -> usize;

    /// The weights that count, as integers and scales; `None` where they are the real ones.
    ///
    /// `latent` is in the order `[out][in][kernel row][kernel column]`.
    fn quantize(&self, kernel: &Kernel, latent: &[f32]) -> Option<Quantized>;

    /// How training computes with them.
    fn training(&self) -> Training {
        Training::Straight
    }

    /// For [`Training::Straight`], what makes of the gradient with respect to the weights that count
    /// that of the latent ones; `None` where it passes unchanged (straight through).
    fn gradient(&self) -> Option<Gradient> {
        None
    }

    /// What the latent weights are clipped to after each step, if they are: −1…1 for 1.
    fn clip(&self) -> Option<f64> {
        None
    }
}

/// Changes a gradient, given the latent weights; both are in the order
/// `[out][in][kernel row][kernel column]`.
pub type Gradient = fn(kernel: &Kernel, latent: &[f32], gradient: &mut [f32]);

/// How training computes with a kind of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Training {
    /// With what [`Kind::quantize`] gives, anew at each step, and the gradient of [`Kind::gradient`].
    Straight,
    /// With the real weights.
    Real,
    /// With their signs, times the deviation of He's initialisation; the gradient passes unchanged.
    Sign,
    /// With their signs, times the mean |W|; the gradient passes through both, through the signs
    /// where |w| ≤ 1.
    MeanSign {
        /// A mean for each output channel, in place of one for the layer.
        per_channel: bool,
    },
    /// With their signs alone; the gradient passes unchanged.
    PlainSign,
}

/// How a weight is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Storage {
    /// A sign bit: −1 or +1.
    Signs,
    /// A sign bit, and one that tells whether it counts: −1, 0, +1.
    Ternary,
    /// An integer from −127 to 127.
    Int8,
    /// A 32-bit number.
    Float,
}

impl Storage {
    /// Bits of a weight.
    pub fn bits(self) -> usize {
        match self {
            Self::Signs => 1,
            Self::Ternary => 2,
            Self::Int8 => 8,
            Self::Float => 32,
        }
    }
}

/// Integer weights with what they are multiplied with.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantized {
    /// The factor.
    pub scale: Scale,
    /// The integers, in the order of the latent weights.
    pub values: Vec<i8>,
}

impl Quantized {
    /// The weights that count, as numbers: scale · integer.
    pub fn effective(&self) -> impl Iterator<Item = f32> + '_ {
        let row_len = match &self.scale {
            Scale::Layer(_) => self.values.len(),
            Scale::Channels(scales) => self.values.len() / scales.len().max(1),
        };
        let rows = self.values.chunks(row_len.max(1)).enumerate();
        rows.flat_map(move |(row, values)| {
            let scale = self.scale.of(row);
            values.iter().map(move |&value| scale * f32::from(value))
        })
    }
}

/// What the integers of a convolution are multiplied with.
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
        let sum: f64 = weights.iter().map(|&w| f64::from(w.abs())).sum();
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

/// The size of a convolution's weights, and how they start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kernel {
    /// Output channels.
    pub out: usize,
    /// Input channels.
    pub inputs: usize,
    /// Side of the square kernel.
    pub size: usize,
    /// Variance of a weight times the weights behind an output: 2 as He et al. 2015 have it, 4 in
    /// networks without skip connections.
    pub gain: f64,
}

impl Kernel {
    /// `sqrt(gain / (size² · inputs))`: the initial standard deviation, and the constant that scales
    /// the signs of a 1-bit layer (equation (1) of the paper).
    pub fn deviation(&self) -> f64 {
        libm::sqrt(self.gain / (self.size * self.size * self.inputs) as f64)
    }

    /// Weights of one output channel.
    pub fn row_len(&self) -> usize {
        self.inputs * self.size * self.size
    }

    /// Weights in all.
    pub fn weights(&self) -> usize {
        self.out * self.row_len()
    }
}

/// +1 for w ≥ 0, so also for ±0; −1 otherwise.
fn signs(latent: &[f32]) -> Vec<i8> {
    latent
        .iter()
        .map(|&w| if w >= 0.0 { 1 } else { -1 })
        .collect()
}

impl core::ops::Deref for Weights {
    type Target = dyn Kind;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl Weights {
    /// The word for it in files and settings.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Bits of a weight in the trained network.
    pub fn bits(self) -> usize {
        self.0.storage().bits()
    }
}

impl PartialEq for Weights {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Weights {}

impl fmt::Debug for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Weights {
    type Err = GraphError;

    fn from_str(word: &str) -> Result<Self, GraphError> {
        Self::ALL
            .iter()
            .copied()
            .find(|weights| weights.name() == word)
            .ok_or_else(|| {
                let words: Vec<&str> = Self::ALL.iter().map(|weights| weights.name()).collect();
                GraphError::word("weights", &words, word)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    const KERNEL: Kernel = Kernel {
        out: 2,
        inputs: 3,
        size: 1,
        gain: 2.0,
    };

    #[test]
    fn names_round_trip_and_are_told_apart() {
        for (index, weights) in Weights::ALL.iter().enumerate() {
            assert_eq!(weights.to_string().parse::<Weights>().unwrap(), *weights);
            let same = Weights::ALL.iter().filter(|other| *other == weights);
            assert_eq!(same.count(), 1, "{index}");
        }
        let error = "2bit".parse::<Weights>().unwrap_err().to_string();
        assert!(
            error.contains("`2bit`") && error.contains("8bit"),
            "{error}"
        );
    }

    /// What every kind must hold to: as many integers as weights, within what its storage can hold,
    /// as many scales as it says, and finite numbers, whatever the weights.
    #[test]
    fn every_kind_fits_its_storage() {
        let cases = [
            [0.5, -0.25, 0.0, 3.0, -1.0, 1e-3],
            [0.0; 6],
            [-1.0; 6],
            [f32::MIN_POSITIVE, -1e-40, 0.0, 1e30, -1e30, 1e30],
        ];
        for weights in Weights::ALL {
            for latent in &cases {
                let Some(quantized) = weights.quantize(&KERNEL, latent) else {
                    assert_eq!(weights.storage(), Storage::Float);
                    continue;
                };
                assert_eq!(quantized.values.len(), latent.len(), "{weights}");
                let within = |&value: &i8| match weights.storage() {
                    Storage::Signs => value.abs() == 1,
                    Storage::Ternary => value.abs() <= 1,
                    _ => value >= -127,
                };
                assert!(quantized.values.iter().all(within), "{weights}");
                let scales = match &quantized.scale {
                    Scale::Layer(scale) => core::slice::from_ref(scale),
                    Scale::Channels(scales) => scales,
                };
                assert!(scales.iter().all(|scale| scale.is_finite()), "{weights}");
                // BinaryConnect's 1 is not stored.
                assert!(weights.scales(2) == scales.len() || weights.scales(2) == 0);
                let effective: Vec<f32> = quantized.effective().collect();
                assert!(
                    effective.iter().all(|w| w.is_finite()),
                    "{weights}: {effective:?}"
                );
            }
        }
    }
}
