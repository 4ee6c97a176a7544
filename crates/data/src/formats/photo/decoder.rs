//! Pictures that are decoded on several threads within bounds.

use super::{Decoded, Header};
use crate::own::parallel::Gate;

/// Decodes pictures on as many threads as call it; large ones wait for each other.
pub struct Decoder {
    gate: Gate,
}

impl Decoder {
    /// One that takes about so many bytes at most for the pictures that are being decoded. A picture that takes more
    /// alone is decoded alone.
    pub fn new(max_bytes: u64) -> Self {
        Self {
            gate: Gate::new(max_bytes),
        }
    }

    /// What `see` makes of the picture of a file's content.
    ///
    /// # Errors
    ///
    /// What was found in place of a picture within bounds, as a phrase.
    pub fn decode<T>(&self, file: &[u8], see: impl FnOnce(&Decoded) -> T) -> Result<T, String> {
        let header = Header::read(file)?;
        let cost = header.cost();
        self.gate
            .pass(cost, || header.decode().map(|decoded| see(&decoded)))
    }
}
