//! Everything that can go wrong, in one closed list.
//!
//! Each message names the part or the tensor, what was expected, what was found, and the way out.

use alloc::string::String;

/// What went wrong while building, reading, writing or running a network.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // The messages say what the fields hold.
pub enum RuntimeError {
    /// The parts of a network do not fit together.
    #[error("model: {part}: expected {expected}, found {found}; give matching parts")]
    Model {
        part: String,
        expected: String,
        found: String,
    },
}
