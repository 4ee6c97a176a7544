//! The kinds of weights that a network can be trained with.

use std::fmt;
use std::str::FromStr;

use crate::ModelError;

/// What a convolution's real weights `W` become in the forward and the backward pass, and how the
/// gradient gets back to them.
///
/// `bwn`, `bwn-layer` and `binaryconnect` are the rivals that the paper compares with (its
/// sections 2 and 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// `1bit`: the sign, times one constant per layer.
    OneBit,
    /// `32bit`: the same network with plain convolutions, for comparison.
    Full,
    /// `bwn`: the sign, times the mean |W| of each output channel (Rastegari et al. 2016).
    Bwn,
    /// `bwn-layer`: the sign, times the mean |W| of the layer.
    BwnLayer,
    /// `binaryconnect`: the sign alone, of weights that are clipped to −1…1 after each step
    /// (Courbariaux et al. 2015).
    BinaryConnect,
}

impl Weights {
    /// Every kind, in the order in which help texts list them.
    pub const ALL: [Self; 5] = [
        Self::OneBit,
        Self::Full,
        Self::Bwn,
        Self::BwnLayer,
        Self::BinaryConnect,
    ];

    /// The word for it in flags, configs and file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneBit => "1bit",
            Self::Full => "32bit",
            Self::Bwn => "bwn",
            Self::BwnLayer => "bwn-layer",
            Self::BinaryConnect => "binaryconnect",
        }
    }

    /// Bits of a weight in the trained network.
    pub fn bits(self) -> usize {
        if self == Self::Full { 32 } else { 1 }
    }

    /// What the latent weights are clipped to after each step, if they are: −1…1 for 1.
    pub fn clip(self) -> Option<f64> {
        (self == Self::BinaryConnect).then_some(1.0)
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Weights {
    type Err = ModelError;

    fn from_str(word: &str) -> Result<Self, ModelError> {
        Self::ALL
            .into_iter()
            .find(|weights| weights.name() == word)
            .ok_or_else(|| ModelError::UnknownWeights { found: word.into() })
    }
}
