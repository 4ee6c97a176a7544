//! Everything that can go wrong, in one closed list.

use std::io;
use std::path::PathBuf;

use data::DataError;
use runtime::{RuntimeError, printable};

/// What went wrong while importing or exporting a network.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // The messages say what the fields hold.
pub enum ConvertError {
    /// The file is no MATLAB file, or a damaged one.
    #[error(transparent)]
    Read(#[from] DataError),

    /// The operating system refused to read a file.
    #[error("{path}: cannot read: {source}; check that the path exists and its permissions")]
    Io { path: PathBuf, source: io::Error },

    /// A variable or tensor of the file is missing, or not as its layout has it.
    #[error(
        "{path}: `{}`: expected {expected}, found {}; is the file of another layout, or \
         another program?",
        printable(name),
        printable(found)
    )]
    Variable {
        path: PathBuf,
        name: String,
        expected: String,
        found: String,
    },

    /// The file as a whole is none of the known layouts.
    #[error(
        "{path}: expected {expected}, found {}; give a file of one of these layouts",
        printable(found)
    )]
    Layout {
        path: PathBuf,
        expected: String,
        found: String,
    },

    /// A state dict of our own form that was saved again without what describes it.
    #[error(
        "{path}: expected the metadata that `trainer export --to safetensors` wrote beside such tensors (`{tensor}`), found \
         none; save it again with the metadata of the first file: `save_file(tensors, path, \
         metadata=safe_open(first, \"pt\").metadata())`"
    )]
    NoMetadata { path: PathBuf, tensor: String },

    /// The name that was given is none.
    #[error(
        "--net: expected a name such as wrn-20-10, plain-20-4, srelu-20-10 or resnet-18-2.5, found \
         `{found}`; use one"
    )]
    NetName { found: String },

    /// The name that was given is not that of what the file holds.
    #[error("{path}: expected {expected}, as --net says, found {found}; correct or drop --net")]
    OtherNet {
        path: PathBuf,
        expected: String,
        found: String,
    },

    /// What the file holds makes no network.
    #[error(
        "{path}: {source}; if the network has no skip connections, say so with --net plain-DEPTH-WIDTH"
    )]
    Model { path: PathBuf, source: RuntimeError },

    /// The file is damaged, or says of itself what is not known.
    #[error("{path}: {source}")]
    Container { path: PathBuf, source: RuntimeError },

    /// A network that the form of the file cannot hold.
    #[error("{part}: expected {expected}, found {found}; {hint}")]
    Export {
        part: String,
        expected: String,
        found: String,
        hint: &'static str,
    },
}
