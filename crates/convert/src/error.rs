//! Everything that can go wrong, in one closed list.

use std::io;
use std::path::PathBuf;

use data::DataError;
use runtime::{RuntimeError, brief};

use crate::FileKind;

/// What went wrong while importing or exporting a network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // The messages say what the fields hold.
pub enum ConvertError {
    /// The file is no MATLAB file, or a damaged one.
    #[error(transparent)]
    Read(#[from] DataError),

    /// The operating system refused to read a file.
    #[error(
        "{path}: {}; {}",
        runtime::refusal("cannot read", source),
        runtime::way_out(source)
    )]
    Io { path: PathBuf, source: io::Error },

    /// A variable or tensor of the file is missing, or not as its layout has it.
    #[error(
        "{path}: `{}`: expected {expected}, found {}; is the file of another layout, or \
         another program?",
        brief(name),
        brief(found)
    )]
    Variable {
        path: PathBuf,
        name: String,
        expected: String,
        found: String,
    },

    /// The file as a whole is none of the known layouts.
    #[error("{path}: expected {expected}, found {}", brief(found))]
    Layout {
        path: PathBuf,
        expected: String,
        found: String,
    },

    /// The file is of another kind.
    #[error("{path}: expected {expected}, found {found}")]
    OtherFile {
        path: PathBuf,
        expected: &'static str,
        found: FileKind,
    },

    /// A convolution of real weights in a state dict that should be packed.
    #[error(
        "{path}: `{}`: expected {expected}, all of one size, found F32 of many sizes, as before \
         packing",
        brief(name)
    )]
    NotPacked {
        path: PathBuf,
        name: String,
        expected: String,
    },

    /// A state dict of our own form that was saved again without what describes it.
    #[error(
        "{path}: expected metadata with the format `{format}`, which belongs to such tensors \
         (`{tensor}`), found none"
    )]
    NoMetadata {
        path: PathBuf,
        format: &'static str,
        tensor: String,
    },

    /// The name that was given is not that of what the file holds.
    #[error("{path}: expected {expected}, the network that was named, found {found}")]
    OtherNet {
        path: PathBuf,
        expected: String,
        found: String,
    },

    /// What the file holds makes no network.
    #[error("{path}: {source}")]
    Model { path: PathBuf, source: RuntimeError },

    /// The file is damaged, or says of itself what is not known.
    #[error("{path}: {source}")]
    Container { path: PathBuf, source: RuntimeError },

    /// A node that the form of the file has no operation for.
    #[error("node `{node}`: expected an operation that {form} has, found {operation}")]
    Operation {
        node: String,
        form: &'static str,
        operation: &'static str,
    },

    /// A version of ONNX's operators that a file cannot have.
    #[error("ONNX file: expected an opset from {min} to {max}, found {found}")]
    Opset { min: u32, max: u32, found: u32 },

    /// A node that the PyTorch port has no name for.
    #[error(
        "node `{node}`: expected a first convolution, pairs of them, and a last one, as PyTorch's \
         names have it, found {found}"
    )]
    NoName { node: String, found: String },

    /// Latent weights of a network without its training.
    #[error("latent weights: expected those of the run, found the deployed network alone")]
    NoTraining,

    /// Latent weights and moments of another network.
    #[error("latent weights and moments: expected those of the network, {expected}, found {found}")]
    OtherTraining { expected: String, found: String },

    /// The file would be larger than its readers accept.
    #[error("{form} file: expected at most {max} bytes, found {found}")]
    TooLarge {
        form: &'static str,
        max: usize,
        found: usize,
    },

    /// The network's words make a header that could not be read again.
    #[error("class names and provenance: {0}")]
    Header(RuntimeError),
}
