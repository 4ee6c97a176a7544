//! A network from a file, and what was decided on the way.

use std::fmt;

use runtime::Model;

/// A network from a file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Imported {
    /// The network.
    pub model: Model,
    /// What the file leaves open and how it was taken, for whoever gave the file.
    pub notes: Vec<Note>,
}

impl From<Model> for Imported {
    fn from(model: Model) -> Self {
        Self {
            model,
            notes: Vec::new(),
        }
    }
}

/// Something that a file leaves open; its text tells how it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// Of real weights of many sizes only the signs were kept.
    SignsOnly {
        /// How many convolutions have such weights.
        convs: usize,
        /// Of so many.
        of: usize,
        /// How many weights they have.
        weights: usize,
    },
    /// Real weights of many sizes were kept as they are, in place of their signs.
    RealKept {
        /// How many convolutions have such weights.
        convs: usize,
        /// Of so many.
        of: usize,
        /// How many weights they have.
        weights: usize,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignsOnly { convs, of, weights } => write!(
                f,
                "{convs} of {of} convolutions hold 32-bit weights of many sizes: only the signs of \
                 these {weights} weights are kept, which is right for a network that was trained with \
                 binary weights, and makes another network of any other"
            ),
            Self::RealKept { convs, of, weights } => write!(
                f,
                "{convs} of {of} convolutions hold 32-bit weights of many sizes: these {weights} \
                 weights are kept as they are, which makes another network of one that was trained \
                 with binary weights"
            ),
        }
    }
}
