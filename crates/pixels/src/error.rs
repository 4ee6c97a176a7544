//! What can be wrong with a picture or with what is wanted of it.

use alloc::string::{String, ToString};
use core::fmt;

/// A picture or a preprocessing that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PixelsError {
    /// A side without pixels, or with too many.
    Side {
        /// Which side of what.
        what: &'static str,
        /// The pixels that it has.
        found: u64,
    },
    /// Another number of bytes than the sides and channels make.
    Bytes {
        /// Width × height × channels.
        expected: u64,
        /// The bytes that there are.
        found: u64,
    },
    /// A number of channels that there is not.
    Channels {
        /// Of what.
        what: &'static str,
        /// The numbers that there are.
        expected: &'static str,
        /// The number that was given.
        found: u64,
    },
    /// A number that is no orientation.
    Orientation {
        /// The number that was given.
        found: u16,
    },
    /// A word that is not in its list.
    Word {
        /// What it should be the word of.
        what: &'static str,
        /// The words that there are.
        expected: &'static [&'static str],
        /// The word that was given.
        found: String,
    },
}

impl PixelsError {
    /// A word that is none of `words`.
    pub fn word(what: &'static str, words: &'static [&'static str], found: &str) -> Self {
        Self::Word {
            what,
            expected: words,
            found: found.to_string(),
        }
    }
}

impl fmt::Display for PixelsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Side { what, found } => {
                write!(
                    f,
                    "{what}: expected 1 to {} pixels, found {found}",
                    crate::MAX_SIDE
                )
            }
            Self::Bytes { expected, found } => {
                write!(
                    f,
                    "the picture's pixels: expected {expected} bytes, found {found}"
                )
            }
            Self::Channels {
                what,
                expected,
                found,
            } => {
                write!(f, "{what}: expected {expected} channels, found {found}")
            }
            Self::Orientation { found } => {
                write!(f, "EXIF orientation: expected 1 to 8, found {found}")
            }
            Self::Word {
                what,
                expected,
                found,
            } => {
                write!(
                    f,
                    "{what} `{found}`: expected one of {}",
                    expected.join(", ")
                )
            }
        }
    }
}

impl core::error::Error for PixelsError {}
