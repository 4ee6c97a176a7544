//! What a single file is, for those who go through folders themselves.

use super::passed::leftover;
use super::sniff::{self, Kind, sniff};

/// Whether a file calls itself a picture in a format that is read.
pub fn claims_picture(name: &str) -> bool {
    sniff::claims_picture(name)
}

/// Whether a file begins as a picture in a format that is read.
pub fn is_picture(beginning: &[u8]) -> bool {
    sniff(beginning) == Kind::Picture
}

/// Whether a file or folder of this name is hidden, or left there by a system.
pub fn is_leftover(name: &str) -> bool {
    leftover(name).is_some()
}
