//! The kinds of weights that a network can be trained with.

use std::fmt;
use std::str::FromStr;

use crate::ModelError;

/// How many bits a convolution's weight has in the forward and backward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// `1bit`: the sign, times one constant per layer.
    OneBit,
    /// `32bit`: the same network with plain convolutions, for comparison.
    Full,
}

impl Weights {
    /// Every kind, in the order in which help texts list them.
    pub const ALL: [Self; 2] = [Self::OneBit, Self::Full];

    /// The word for it in flags, configs and file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneBit => "1bit",
            Self::Full => "32bit",
        }
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
