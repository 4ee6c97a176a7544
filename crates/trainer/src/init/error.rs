//! What can be wrong with trained weights that a run should start from.

use std::io;
use std::path::PathBuf;

use convert::ConvertError;
use run::RunError;
use runtime::{RuntimeError, printable};

use crate::Error;

/// What is wrong with trained weights that a run should start from, or with the parts that should
/// not learn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // The messages say what the fields hold.
pub enum InitError {
    /// The operating system refused to read the file.
    #[error("{}: {}", path.display(), aside::refusal("reading failed", source))]
    Io { path: PathBuf, source: io::Error },

    /// A file of another form.
    #[error(
        "{}: expected the folder of a run, a packed file, or a state dict as safetensors, found {}",
        path.display(), printable(found)
    )]
    Form { path: PathBuf, found: String },

    /// A packed file that cannot be read.
    #[error("{}: {source}", path.display())]
    Packed { path: PathBuf, source: RuntimeError },

    /// A state dict that cannot be read.
    #[error(transparent)]
    Dict(#[from] ConvertError),

    /// A run that cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),

    /// A run's network that cannot be read.
    #[error(transparent)]
    Network(#[from] Error),

    /// The weights are another network's.
    #[error(
        "{}: node `{node}`: expected {expected}, as in the network to train, found {}",
        path.display(), printable(found)
    )]
    OtherNetwork {
        path: PathBuf,
        node: String,
        expected: String,
        found: String,
    },

    /// A network to learn from that is for something else.
    #[error("{}: expected {expected}, found {}", path.display(), printable(found))]
    OtherTask {
        path: PathBuf,
        expected: String,
        found: String,
    },

    /// What is wrong with a network to learn from.
    #[error("{0}")]
    Teacher(Box<InitError>),

    /// The last stage should learn alone, and there is no stage before it.
    #[error(
        "net {net}: expected a network of several stages, found one that halves no image between convolutions"
    )]
    NoStage { net: String },

    /// A layer that is drawn anew, and should not learn.
    #[error(
        "`{node}`: expected trained weights, since it does not learn, found a layer that is drawn anew: {why}"
    )]
    Untrained { node: String, why: String },
}
