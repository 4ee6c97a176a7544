//! What becomes of the raw pixels before the first convolution.

use std::fmt;
use std::str::FromStr;

use crate::ModelError;

/// The batch norm of the input. The author's published networks learn its scale and offset, and
/// have a ReLU after it in MATLAB but none in Keras.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputNorm {
    /// `fixed`: scale 1 and offset 0, as in every other batch norm.
    Fixed,
    /// `learned`: scale and offset are trained.
    Learned,
    /// `learned-relu`: they are trained, and a ReLU follows.
    LearnedRelu,
}

impl InputNorm {
    /// Every kind, in the order in which help texts list them.
    pub const ALL: [Self; 3] = [Self::Fixed, Self::Learned, Self::LearnedRelu];

    /// The word for it in flags and configs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Learned => "learned",
            Self::LearnedRelu => "learned-relu",
        }
    }
}

impl fmt::Display for InputNorm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for InputNorm {
    type Err = ModelError;

    fn from_str(word: &str) -> Result<Self, ModelError> {
        Self::ALL
            .into_iter()
            .find(|norm| norm.name() == word)
            .ok_or_else(|| ModelError::UnknownInputNorm { found: word.into() })
    }
}
