//! Everything that can go wrong with a run's settings and files, in one closed list.

use std::io;
use std::path::{Path, PathBuf};

use data::DataError;
use graph::GraphError;
use word_list::{Brief, Cut, Meant, nearest};

use crate::Steps;
use crate::config::SETTINGS;

/// What is wrong with a run's settings or files: the file or key, what was expected, what was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // The messages say what the fields hold.
pub enum RunError {
    /// The operating system refused to read or write a file or folder.
    #[error("{}: {}", path.display(), aside::refusal(&format!("{action} failed"), source))]
    Io {
        path: PathBuf,
        action: &'static str,
        source: io::Error,
    },

    /// A file of a run does not hold what its name says.
    #[error("{}: expected {expected}, found: {}", path.display(), Brief(found))]
    Damaged {
        path: PathBuf,
        expected: String,
        found: String,
    },

    /// The score of a finished run cannot be read. The run itself may be whole.
    #[error("{}: expected the result of a run, found: {}", path.display(), Brief(source.to_string()))]
    DamagedResult {
        path: PathBuf,
        source: serde_json::Error,
    },

    /// A trained network other than the one that was scored.
    #[error(
        "{}: expected the network of result.json, with the SHA-256 {expected}, found {found}",
        path.display()
    )]
    OtherModel {
        path: PathBuf,
        expected: String,
        found: String,
    },

    /// A folder that should hold a run holds none.
    #[error("{}: expected the folder of a run, found no config.toml in it", path.display())]
    NoRun { path: PathBuf },

    /// A folder that a new run should go into holds one.
    #[error("{}: expected a folder without a run, found one", path.display())]
    Occupied { path: PathBuf },

    /// A folder that a new run should go into holds something else.
    #[error("{}: expected an empty folder, or none yet, found {} in it", path.display(), found.join(", "))]
    NotEmpty { path: PathBuf, found: Vec<String> },

    /// A folder that a new run should go into is that of its images, or lies in it.
    #[error("{}: expected a folder apart from the images, found one within {}", path.display(), images.display())]
    WithinImages { path: PathBuf, images: PathBuf },

    /// Two processes must not train one run.
    #[error("{}: another process{} is training this run", path.display(), number(*holder))]
    Locked {
        path: PathBuf,
        /// The number of that process, where the lock tells it.
        holder: Option<u32>,
    },

    /// Something would be written in the place of a file of a run.
    #[error("{}: expected another name, found that of a run's file, which would be lost", path.display())]
    FileOfRun { path: PathBuf },

    /// Something would be written over the file that it is made from.
    #[error("{}: expected another name, found the file that is read, which would be lost in part", path.display())]
    SourceFile { path: PathBuf },

    /// Images that the run's network does not take, or whose classes are others.
    #[error("dataset: expected {}, found {}", Brief(expected), Brief(found))]
    OtherClasses { expected: String, found: String },

    /// A config that describes another network than the run has.
    #[error(
        "config.toml: expected the network that network.json holds, found another: {}",
        Brief(difference)
    )]
    OtherNetwork { difference: String },

    /// Another network to learn from than the run had.
    #[error(
        "`teacher`: expected the run's teacher, {}, found {}",
        Brief(expected),
        Brief(found)
    )]
    OtherTeacher { expected: String, found: String },

    /// Data that are not those of the run.
    #[error("dataset `{}`: {}", Brief(dataset), Brief(difference))]
    OtherData { dataset: String, difference: String },

    /// Batches that make another number of steps an epoch than those of the run.
    #[error(
        "`batch_size`: expected the run's batches of {} images, {} an epoch, found batches of {}, {} an epoch, which would shift the learning rate",
        expected.batch_size, expected.per_epoch, found.batch_size, found.per_epoch
    )]
    OtherSteps { expected: Steps, found: Steps },

    /// A setting that no run has; `origin` is the file or whatever else it came from.
    #[error("{}: {}", Brief(origin), Brief(problem))]
    Setting { origin: String, problem: String },

    /// A key that no run has; `origin` is the file or whatever else it came from.
    #[error("{}: unknown key `{key}`{}", Brief(origin), Meant(nearest.as_deref()))]
    Key {
        origin: String,
        key: String,
        nearest: Option<String>,
    },

    /// A text that should set a key, and has no `=`.
    #[error("{}: expected key=value", Brief(origin))]
    Assignment { origin: String },

    /// A word that is not one of a list.
    #[error("{what}: expected one of {known}, found `{found}`{}", Meant(nearest.as_deref()))]
    Word {
        what: &'static str,
        known: String,
        found: String,
        nearest: Option<String>,
    },

    /// A value that no run could use.
    #[error("{}: expected {expected}", given_or(given.as_deref(), key, found))]
    Value {
        key: &'static str,
        expected: String,
        found: String,
        /// Where and how it was given, where that is known.
        given: Option<String>,
    },

    /// The network that the settings describe cannot be.
    #[error(transparent)]
    Graph(#[from] GraphError),

    /// The images cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// A value as it was given, or by its key.
fn given_or(given: Option<&str>, key: &str, found: &str) -> String {
    match given {
        Some(given) => Brief(given).to_string(),
        None => format!("`{key}` = {}", Brief(found)),
    }
}

fn number(process: Option<u32>) -> String {
    process.map_or_else(String::new, |number| format!(" ({number})"))
}

impl RunError {
    /// A word that is none of `known`.
    pub(crate) fn word(what: &'static str, known: &[&str], found: &str) -> Self {
        Self::Word {
            what,
            known: known.join(", "),
            found: Cut(found).to_string(),
            nearest: nearest(known.iter().copied(), found).map(str::to_owned),
        }
    }

    /// A key that no run has.
    pub(crate) fn key(origin: &str, key: &str) -> Self {
        let known = SETTINGS.iter().map(|setting| setting.key);
        Self::Key {
            origin: origin.into(),
            key: Cut(key).to_string(),
            nearest: nearest(known, key).map(str::to_owned),
        }
    }

    /// A failed access to a file or folder.
    pub fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.into(),
            action,
            source,
        }
    }

    /// A file that is not what its name says.
    pub(crate) fn damaged(path: &Path, expected: &str, found: impl ToString) -> Self {
        Self::Damaged {
            path: path.into(),
            expected: expected.into(),
            found: found.to_string(),
        }
    }
}
