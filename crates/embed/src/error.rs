//! Everything that can go wrong.

use std::io;
use std::path::PathBuf;

use runtime::RuntimeError;

/// Why a network could not be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // The messages say what the fields hold.
pub enum EmbedError {
    /// The network is not one that integers can compute.
    #[error("{0}")]
    Model(RuntimeError),

    /// A layer or the memory is larger than the C code can number.
    #[error("{part}: expected at most {max}, found {found}")]
    Large {
        part: String,
        max: usize,
        found: usize,
    },

    /// A class name does not fit into a string of C.
    #[error(
        "class name {index}: expected at most {max} bytes without a 0 (U+0000) among them, found {found}"
    )]
    ClassName {
        index: usize,
        max: usize,
        found: String,
    },

    /// Nothing can be called so in C.
    #[error(
        "name {:?}: expected 1 to 32 characters of a-z, 0-9 and _, a letter first, and not the name of a system header, found {found}",
        runtime::brief(name)
    )]
    Name { name: String, found: String },

    /// No package of npm can be called so.
    #[error(
        "name {:?}: expected a name of npm's, such as my-parts or @me/parts: up to 214 characters of a-z, 0-9, -, _ and ., \
         a letter or digit first, and not that of a module of Node, found {found}",
        runtime::brief(name)
    )]
    PackageName { name: String, found: String },

    /// The folder has something in it that no export wrote.
    #[error("{}: expected a new or empty folder, or one of an earlier export, found {found}", path.display())]
    Folder { path: PathBuf, found: String },

    /// A program that is needed is not there, or failed.
    #[error("{program}, needed for {purpose}: expected it to work, found {found}")]
    Tool {
        program: String,
        purpose: &'static str,
        found: String,
        /// What Debian calls it.
        package: &'static str,
    },

    /// The operating system refused to read, write or rename.
    #[error(
        "{}: {}; {}",
        path.display(),
        aside::refusal(&format!("cannot {doing}"), source),
        runtime::way_out(source)
    )]
    Io {
        path: PathBuf,
        doing: &'static str,
        source: io::Error,
    },
}
