//! Everything that can go wrong, in one closed list.
//!
//! Each message names the file (or the value), what was expected, what was found, and the way out.

use std::io;
use std::path::{Path, PathBuf};

use crate::near::nearest;

/// What went wrong while loading, making, batching or downloading data.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // The messages say what the fields hold.
#[non_exhaustive]
pub enum DataError {
    /// The operating system refused to read, write or rename a file.
    #[error("{path}: cannot {doing}: {source}; check that the path exists and its permissions")]
    Io {
        path: PathBuf,
        doing: &'static str,
        source: io::Error,
    },

    /// None of the forms of a dataset's file is on disk.
    #[error("{dataset}: expected {}, found nothing there", join(looked_for))]
    Missing {
        dataset: &'static str,
        looked_for: Vec<PathBuf>,
    },

    /// The path is there but is a folder, a pipe or the like.
    #[error("{path}: expected a regular file, found {found}; move it away and fetch the dataset")]
    NotAFile { path: PathBuf, found: &'static str },

    /// A gzip or tar stream cannot be decoded.
    #[error(
        "{path}: expected {expected}, found damage: {source}; delete the file and fetch it again"
    )]
    Corrupt {
        path: PathBuf,
        expected: &'static str,
        source: io::Error,
    },

    /// A file ends too early.
    #[error(
        "{path}: expected {expected} bytes, found only {found}; the file is cut short: delete it \
         and fetch it again"
    )]
    Truncated {
        path: PathBuf,
        expected: u64,
        found: u64,
    },

    /// A file goes on after its last image or label, or unpacks to more than it may.
    #[error(
        "{path}: expected at most {expected} bytes, found more; this is not the file it claims to \
         be: delete it and fetch it again"
    )]
    Oversized { path: PathBuf, expected: u64 },

    /// The first four bytes are not those of the format.
    #[error(
        "{path}: expected the magic number {expected:#010x} ({what}), found {found:#010x}; is it \
         another file under this name? Fetch the dataset again"
    )]
    Magic {
        path: PathBuf,
        what: &'static str,
        expected: u32,
        found: u32,
    },

    /// A header announces images of another size.
    #[error(
        "{path}: expected images of {} x {} pixels, found {} x {} in the header; is it another \
         dataset under this name? Fetch the dataset again",
        expected[0], expected[1], found[0], found[1]
    )]
    Dimensions {
        path: PathBuf,
        expected: [u32; 2],
        found: [u32; 2],
    },

    /// A header announces no images at all, or absurdly many.
    #[error("{path}: expected 1 to {max} {what}, found {found}; fetch the dataset again")]
    Count {
        path: PathBuf,
        what: &'static str,
        max: u64,
        found: u64,
    },

    /// The size of a file is no multiple of its records' size.
    #[error(
        "{path}: expected one or more whole records of {record} bytes, found {found} bytes; the \
         file is damaged: delete it and fetch it again"
    )]
    Records {
        path: PathBuf,
        record: usize,
        found: u64,
    },

    /// A label names a class that does not exist.
    #[error(
        "{path}: expected labels below {classes}, found {found} at image {index}; the file is \
         damaged or of another dataset: fetch it again"
    )]
    Label {
        path: PathBuf,
        index: usize,
        classes: usize,
        found: u16,
    },

    /// An image file and a label file do not belong together.
    #[error(
        "{images}: expected {label_count} images, as many as {labels} has labels, found \
         {image_count}; fetch both files again"
    )]
    CountMismatch {
        images: PathBuf,
        image_count: u64,
        labels: PathBuf,
        label_count: u64,
    },

    /// Something inside a file is not as its format has it.
    #[error(
        "{path}: {place}: expected {expected}, found {found}; the file is damaged or another one \
         under this name: get it again"
    )]
    Malformed {
        path: PathBuf,
        place: String,
        expected: String,
        found: String,
    },

    /// An archive lacks a file.
    #[error(
        "{path}: expected an entry `{entry}`, found none; delete the archive and fetch it again"
    )]
    EntryMissing { path: PathBuf, entry: String },

    /// An archive holds a file twice, or something other than a file under its name.
    #[error(
        "{path}: expected one regular file `{entry}`, found {found}; delete the archive and fetch \
         it again"
    )]
    Entry {
        path: PathBuf,
        entry: String,
        found: &'static str,
    },

    /// The list of class names does not fit the dataset.
    #[error(
        "{path}: expected {expected} lines of UTF-8, one class name each, found {found}; fetch the \
         dataset again"
    )]
    ClassNames {
        path: PathBuf,
        expected: usize,
        found: String,
    },

    /// The parts given to [`Images::new`](crate::Images::new) do not fit together.
    #[error("images in memory: expected {expected}, found {found}; give matching parts")]
    Images { expected: String, found: String },

    /// A validation split that leaves one side empty.
    #[error(
        "validation split: expected 1 to {} images to set aside, found {found} of {len}; choose \
         a size inside that range",
        len.saturating_sub(1)
    )]
    Split { len: usize, found: usize },

    /// An option outside its range.
    #[error("option `{option}`: expected {expected}, found {found}; change the option")]
    Option {
        option: &'static str,
        expected: String,
        found: String,
    },

    /// A word that is not one of a list.
    #[error("{what}: expected one of {known}, found `{found}`{}; use one of those words", perhaps(nearest.as_deref()))]
    Name {
        what: &'static str,
        known: String,
        found: String,
        nearest: Option<String>,
    },

    /// The manifest of downloads is malformed.
    #[error("manifest: expected {expected}, found {found}; correct the manifest")]
    Manifest { expected: String, found: String },

    /// A file's checksum is not that of the manifest.
    #[error("{path}: expected {algorithm} {expected}, found {found}; {hint}")]
    Checksum {
        path: PathBuf,
        algorithm: &'static str,
        expected: String,
        found: String,
        hint: &'static str,
    },

    /// Another download into the same folder is under way.
    #[error(
        "{path}: expected no other download into this folder, found one running; wait for it to \
         end, or end it"
    )]
    Busy { path: PathBuf },

    /// One address could not deliver a file.
    #[error("{url}: expected {expected}, found {found}; try again later or use a mirror")]
    Download {
        url: String,
        expected: String,
        found: String,
    },

    /// No address could deliver a file.
    #[error(
        "{path}: expected one of {} addresses to deliver it, found that all failed:\n{}",
        attempts.len(),
        lines(attempts)
    )]
    AllMirrorsFailed {
        path: PathBuf,
        attempts: Vec<DataError>,
    },
}

impl DataError {
    /// A word that is none of `known`.
    pub(crate) fn word(what: &'static str, known: &[&str], found: &str) -> Self {
        Self::Name {
            what,
            known: known.join(", "),
            found: found.to_owned(),
            nearest: nearest(known, found).map(str::to_owned),
        }
    }

    /// Wraps an [`io::Error`] with the path and what was being done to it, as `read` or `rename`.
    pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            path: path.to_owned(),
            doing,
            source,
        }
    }
}

fn perhaps(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |word| format!(", perhaps for `{word}`"))
}

fn join(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    shown.join(" or ")
}

fn lines(attempts: &[DataError]) -> String {
    let shown: Vec<String> = attempts
        .iter()
        .map(|attempt| format!("  {attempt}"))
        .collect();
    shown.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_dataset_names_both_forms() {
        let error = DataError::Missing {
            dataset: "cifar10",
            looked_for: vec![
                "d/cifar-10-batches-bin".into(),
                "d/cifar-10-binary.tar.gz".into(),
            ],
        };
        assert_eq!(
            error.to_string(),
            "cifar10: expected d/cifar-10-batches-bin or d/cifar-10-binary.tar.gz, found nothing there"
        );
    }
}
