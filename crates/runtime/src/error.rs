//! Everything that can go wrong, in one closed list.
//!
//! Each message names the file, the tensor or the part, what was expected, what was found, and the
//! way out. What comes out of a file is made harmless to a terminal first.

use alloc::string::{String, ToString};
#[cfg(feature = "std")]
use std::{boxed::Box, io, path::PathBuf};

use crate::brief;

/// What went wrong while building, reading, writing or running a network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // The messages say what the fields hold.
pub enum RuntimeError {
    /// The parts of a network do not fit together.
    #[error("model: {part}: expected {expected}, found {}", brief(found))]
    Model {
        part: String,
        expected: String,
        found: String,
    },

    /// The nodes make no network.
    #[error("model: {}", brief(&.0.to_string()))]
    Graph(#[from] graph::GraphError),

    /// 8-bit activations were asked for, and nobody has found their steps.
    #[error(
        "model: activation_scales: expected one per convolution, for 8-bit activations, found none"
    )]
    NotCalibrated,

    /// The bytes are no safetensors container, or a damaged one.
    #[error(
        "header: expected {expected}, found {}; this is no safetensors file, or a damaged one",
        brief(found)
    )]
    Header { expected: String, found: String },

    /// The bytes are a file of another kind.
    #[error("expected a safetensors file, such as a packed one, found {found}")]
    OtherFile { found: crate::format::FileKind },

    /// A word of the header's metadata is missing or says something unknown.
    #[error("metadata `{key}`: expected {expected}, found {}", brief(found))]
    Metadata {
        key: String,
        expected: String,
        found: String,
    },

    /// The file holds something else than its checksum was made of.
    #[error(
        "checksum: expected {}, as the file says, found {found}; the file is damaged",
        brief(expected)
    )]
    Checksum { expected: String, found: String },

    /// A tensor is missing, of another type or shape, or not expected at all.
    #[error(
        "tensor `{}`: expected {expected}, found {}",
        brief(name),
        brief(found)
    )]
    Tensor {
        name: String,
        expected: String,
        found: String,
    },

    /// There is not the memory to compute in.
    #[error("memory: expected {} MiB to compute in, found less", needed.div_ceil(1 << 20))]
    Memory { needed: u64 },

    /// An image is not of the network's size.
    #[error("image: expected {expected} bytes ({shape}), found {found}")]
    Image {
        expected: usize,
        shape: String,
        found: usize,
    },

    /// The room for logits is no whole number of images'.
    #[error("logits: expected {classes} numbers for each image, found {found} in all")]
    Logits { classes: usize, found: usize },

    /// A picture is not of the size that the network reads, or has other channels.
    #[error("picture: expected {expected}, found {found}")]
    Picture { expected: String, found: String },

    /// The network computes with numbers for which 32-bit floats soon are too small, so its answer would mean nothing.
    #[error(
        "results: expected at most {expected:e}, found {found:e}; the network's numbers are too large"
    )]
    TooLarge { expected: f32, found: f32 },

    /// What should be a probability is none.
    #[cfg(feature = "faults")]
    #[error("probability {found}: expected 0 to 1")]
    Probability { found: f64 },

    /// The operating system refused to read, write or rename a file.
    #[cfg(feature = "std")]
    #[error(
        "{}: {}; {}",
        path.display(),
        aside::refusal(&alloc::format!("cannot {doing}"), source),
        crate::way_out(source)
    )]
    Io {
        path: PathBuf,
        doing: &'static str,
        source: io::Error,
    },

    /// What went wrong with the content of a file.
    #[cfg(feature = "std")]
    #[error("{}: {source}", path.display())]
    InFile {
        path: PathBuf,
        source: Box<RuntimeError>,
    },
}
