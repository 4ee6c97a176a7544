//! Everything that can go wrong, in one closed list.
//!
//! Each message names the file (or the value), what was expected and what was found. What to do
//! about it depends on whose file it is: the program says that.

use std::io;
use std::path::{Path, PathBuf};

use word_list::{Brief, Counted, Cut, Meant, nearest};

use crate::memory::Shortage;
use crate::own::ArrayFault;
use crate::{BadFile, Foreign};

/// What went wrong while loading, making, batching or downloading data.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // The messages say what the fields hold.
#[non_exhaustive]
pub enum DataError {
    /// The operating system refused to read, write or rename a file.
    #[error("{path}: {}", aside::refusal(&format!("cannot {doing}"), source))]
    Io {
        path: PathBuf,
        doing: &'static str,
        source: io::Error,
    },

    /// None of the forms of a dataset's file is on disk.
    #[error(
        "{dataset}: expected {}, found nothing there{}",
        join(looked_for),
        beside(in_folder, there)
    )]
    Missing {
        dataset: &'static str,
        looked_for: Vec<PathBuf>,
        in_folder: PathBuf,
        /// The first few names in that folder.
        there: Vec<String>,
    },

    /// The path is there but is a folder, a pipe or the like.
    #[error("{path}: expected a regular file, found {found}")]
    NotAFile { path: PathBuf, found: &'static str },

    /// A gzip or tar stream cannot be decoded.
    #[error("{path}: expected {expected}, found damage: {source}")]
    Corrupt {
        path: PathBuf,
        expected: &'static str,
        source: io::Error,
    },

    /// An archive ends before its end is marked: files may be missing.
    #[error(
        "{path}: expected {expected} that ends with a block of zeros, found none after {}: it is cut off",
        Counted(*files, "file")
    )]
    CutOff {
        path: PathBuf,
        expected: &'static str,
        /// Those that are whole.
        files: usize,
    },

    /// A file of a kind that is known and not read.
    #[error(
        "{path}: expected class folders, a .zip, .tar or .tar.gz of them, or a file of images and labels, found {what}"
    )]
    Foreign { path: PathBuf, what: Foreign },

    /// An array that holds no images or labels as they are read.
    #[error(
        "{path}: array {}: expected {expected}, found {}",
        Brief(array),
        Brief(found)
    )]
    Array {
        path: PathBuf,
        array: String,
        expected: String,
        found: String,
        fault: ArrayFault,
    },

    /// A header claims more elements than the file has bytes.
    #[error(
        "{path}: expected {}, as its header says, found {found} bytes: the header claims more than the file has",
        Brief(claim)
    )]
    Claim {
        path: PathBuf,
        claim: String,
        found: u64,
    },

    /// A file ends too early.
    #[error("{path}: expected {}, found only {found}; the file is cut short", bytes(*expected))]
    Truncated {
        path: PathBuf,
        expected: u64,
        found: u64,
    },

    /// A file goes on after its last image or label, or is longer than it may be.
    #[error("{path}: expected at most {}, found more", bytes(*expected))]
    Oversized { path: PathBuf, expected: u64 },

    /// The first four bytes are not those of the format.
    #[error("{path}: expected the magic number {expected:#010x} ({what}), found {found:#010x}")]
    Magic {
        path: PathBuf,
        what: &'static str,
        expected: u32,
        found: u32,
    },

    /// A header announces images of another size.
    #[error(
        "{path}: expected images of {} x {} pixels, found {} x {} in the header",
        expected[0], expected[1], found[0], found[1]
    )]
    Dimensions {
        path: PathBuf,
        expected: [u32; 2],
        found: [u32; 2],
    },

    /// A header announces no images at all, or absurdly many.
    #[error("{path}: expected 1 to {max} {what}, found {found}")]
    Count {
        path: PathBuf,
        what: &'static str,
        max: u64,
        found: u64,
    },

    /// The size of a file is no multiple of its records' size.
    #[error("{path}: expected one or more whole records of {}, found {}", bytes(*record as u64), bytes(*found))]
    Records {
        path: PathBuf,
        record: usize,
        found: u64,
    },

    /// A label names a class that does not exist.
    #[error("{path}: expected labels below {classes}, found {found} at image {index}")]
    Label {
        path: PathBuf,
        index: usize,
        classes: usize,
        found: u16,
    },

    /// An image file and a label file do not belong together.
    #[error(
        "{images} and {labels}: expected as many images as labels, found {} and {}",
        Counted(*image_count as usize, "image"),
        Counted(*label_count as usize, "label")
    )]
    CountMismatch {
        images: PathBuf,
        image_count: u64,
        labels: PathBuf,
        label_count: u64,
    },

    /// Something inside a file is not as its format has it.
    #[error(
        "{path}: {}: expected {}, found {}",
        Brief(place),
        Brief(expected),
        Brief(found)
    )]
    Malformed {
        path: PathBuf,
        place: String,
        expected: String,
        found: String,
    },

    /// An archive lacks a file.
    #[error("{path}: expected an entry `{}`, found none", Brief(entry))]
    EntryMissing { path: PathBuf, entry: String },

    /// An archive holds a file twice, or something other than a file under its name.
    #[error("{path}: expected one regular file `{}`, found {found}", Brief(entry))]
    Entry {
        path: PathBuf,
        entry: String,
        found: &'static str,
    },

    /// The list of class names does not fit the dataset.
    #[error(
        "{path}: expected {expected} lines of UTF-8, one class name each, found {}",
        Brief(found)
    )]
    ClassNames {
        path: PathBuf,
        expected: usize,
        found: String,
    },

    /// The parts given to [`Images::new`](crate::Images::new) do not fit together.
    #[error("images in memory: expected {expected}, found {found}; give matching parts")]
    Images { expected: String, found: String },

    /// A split that leaves one side empty, or without an image of each class.
    #[error("validation part: expected {min} to {max} images to set aside, found {found} of {len}")]
    Split {
        len: usize,
        min: usize,
        max: usize,
        found: usize,
    },

    /// A class has too few images to be split.
    #[error(
        "class {}: expected at least {}, one to hold out for the {part} part, found {found}",
        Brief(class), Counted(*expected, "image")
    )]
    ClassSize {
        class: String,
        expected: usize,
        found: usize,
        /// What the class would be split for: `test` or `validation`.
        part: &'static str,
    },

    /// A class without a picture to learn it from.
    #[error(
        "{path}: class {}: expected a training image that can be read, found none of {}",
        Brief(class), Counted(*files, "file")
    )]
    EmptyClass {
        path: PathBuf,
        class: String,
        files: usize,
    },

    /// Nothing at a path can be trained on.
    #[error(
        "{path}: expected pictures in a folder for each class, or a dataset in a known format, found {}",
        contents(*pictures, *files, found)
    )]
    NoImages {
        path: PathBuf,
        /// Pictures that lie in no folder.
        pictures: usize,
        files: usize,
        /// The first few names.
        found: Vec<String>,
    },

    /// Files that cannot be read, all of them.
    #[error("{path}: {} cannot be read:\n{}", Counted(files.len(), "file"), bad_lines(files))]
    Unreadable {
        path: PathBuf,
        files: Vec<BadFile>,
        /// What would be wrong with the images that are left without them.
        left: Option<Box<DataError>>,
    },

    /// Pictures of several sizes, and none is asked for.
    #[error(
        "{path}: expected pictures of one size, found {different} sizes from {} to {}: {}; {} would suit them",
        by(min), by(max), common(found, *different), by(suggested)
    )]
    Sizes {
        path: PathBuf,
        /// Height and width of the commonest, and how many have them.
        found: Vec<([u32; 2], usize)>,
        different: usize,
        min: [u32; 2],
        max: [u32; 2],
        suggested: [usize; 2],
    },

    /// What a file holds would take more memory than there is.
    #[error("{path}: {shortage}")]
    Shortage { path: PathBuf, shortage: Shortage },

    /// What would take more memory than it may, and has no files to stay in.
    #[error("{path}: expected what takes at most {} of memory, found {}", bytes(*expected), bytes(*found))]
    Memory {
        path: PathBuf,
        expected: u64,
        found: u64,
    },

    /// An option outside its range.
    #[error(
        "option `{option}`: expected {expected}, found {}; change the option",
        Brief(found)
    )]
    Option {
        option: &'static str,
        expected: String,
        found: String,
    },

    /// A word that is not one of a list.
    #[error("{what}: expected one of {known}, found `{}`{}", Brief(found), Meant(nearest.as_deref()))]
    Name {
        what: &'static str,
        known: String,
        found: String,
        nearest: Option<String>,
    },

    /// The manifest of downloads is malformed.
    #[error(
        "manifest: expected {}, found {}; correct the manifest",
        Brief(expected),
        Brief(found)
    )]
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
        "{path}: expected no other download into this folder, found one running; wait for it to end, or end it"
    )]
    Busy { path: PathBuf },

    /// One address could not deliver a file.
    #[error(
        "{}: expected {}, found {}; try again later or use a mirror",
        Brief(url),
        Brief(expected),
        Brief(found)
    )]
    Download {
        url: String,
        expected: String,
        found: String,
    },

    /// No address could deliver a file.
    #[error(
        "{path}: expected one of {} addresses to deliver the file, found that all failed:\n{}",
        attempts.len(),
        lines(attempts)
    )]
    AllMirrorsFailed {
        path: PathBuf,
        attempts: Vec<DataError>,
    },
}

impl DataError {
    /// Whether a dataset's files hold other data than the dataset has: other classes or sizes.
    pub fn is_of_other_data(&self) -> bool {
        use DataError::{ClassNames, Count, Dimensions, Label};
        matches!(
            self,
            ClassNames { .. } | Count { .. } | Dimensions { .. } | Label { .. }
        )
    }

    /// No form of a dataset's file is there. What lies in `folder` is told, or in the folder above
    /// if there is none.
    pub(crate) fn missing(dataset: &'static str, looked_for: Vec<PathBuf>, folder: &Path) -> Self {
        const SHOWN: usize = 8;
        let folder = folder
            .ancestors()
            .take(2)
            .find(|folder| folder.is_dir())
            .unwrap_or(folder);
        let listed = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .take(1000);
        let mut there: Vec<String> = listed
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        there.sort_unstable();
        if there.len() > SHOWN {
            there.truncate(SHOWN);
            there.push("…".into());
        }
        Self::Missing {
            dataset,
            looked_for,
            in_folder: folder.to_owned(),
            there,
        }
    }

    /// A word that is none of `known`.
    pub(crate) fn word(what: &'static str, known: &[&str], found: &str) -> Self {
        Self::Name {
            what,
            known: known.join(", "),
            found: Cut(found).to_string(),
            nearest: nearest(known.iter().copied(), found).map(str::to_owned),
        }
    }

    /// Wraps an [`io::Error`] with the path and what was being done to it, as `read` or `rename`.
    pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match Shortage::of(&source) {
            Some(shortage) => Self::short(path)(shortage),
            None => Self::Io {
                path: path.to_owned(),
                doing,
                source,
            },
        }
    }

    /// What became of decoding a file: damage, unless it is the disk that failed, or memory that lacks.
    pub(crate) fn decoding(path: &Path, expected: &'static str, source: io::Error) -> Self {
        if source.raw_os_error().is_some() || Shortage::of(&source).is_some() {
            return Self::io(path, "read")(source);
        }
        Self::Corrupt {
            path: path.to_owned(),
            expected,
            source,
        }
    }

    /// There is not the memory for a file.
    pub(crate) fn short(path: &Path) -> impl FnOnce(Shortage) -> Self {
        move |shortage| Self::Shortage {
            path: path.to_owned(),
            shortage,
        }
    }
}

fn join(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    shown.join(" or ")
}

fn beside(folder: &Path, there: &[String]) -> String {
    match there {
        [] => String::new(),
        _ => format!("; {} has {}", folder.display(), there.join(", ")),
    }
}

fn contents(pictures: usize, files: usize, found: &[String]) -> String {
    match (pictures, found) {
        (_, []) => "no files".into(),
        (0, _) => {
            let more = if files > found.len() { ", …" } else { "" };
            format!("{}: {}{more}", Counted(files, "file"), found.join(", "))
        }
        (1, _) => "1 picture that lies in no folder of a class".into(),
        _ => format!("{pictures} pictures that lie in no folder of a class"),
    }
}

fn bytes(count: u64) -> Counted<'static> {
    Counted(count as usize, "byte")
}

/// The most files that a message names.
const MAX_LISTED: usize = 20;

fn bad_lines(files: &[BadFile]) -> String {
    let line = |bad: &BadFile| format!("  {}: {}", Brief(&bad.path), Brief(&bad.reason));
    let mut lines: Vec<String> = files.iter().take(MAX_LISTED).map(line).collect();
    if files.len() > MAX_LISTED {
        lines.push(format!("  and {} more", files.len() - MAX_LISTED));
    }
    lines.join("\n")
}

/// A size as width by height, as it is written everywhere.
fn by<T: std::fmt::Display>([height, width]: &[T; 2]) -> String {
    format!("{width}x{height}")
}

fn common(found: &[([u32; 2], usize)], different: usize) -> String {
    let shown: Vec<String> = found
        .iter()
        .take(5)
        .map(|(size, count)| format!("{count} of {}", by(size)))
        .collect();
    let more = if different > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
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
    fn of_many_files_that_cannot_be_read_some_are_named() {
        let error = |count: usize| {
            let files = (0..count).map(|number| BadFile {
                path: format!("{number}\n.png"),
                reason: "it is empty".into(),
            });
            let error = DataError::Unreadable {
                path: "d".into(),
                files: files.collect(),
                left: None,
            };
            error.to_string()
        };
        let all = error(MAX_LISTED);
        assert_eq!(all.lines().count(), 1 + MAX_LISTED, "{all}");
        assert!(all.ends_with(r"  19\n.png: it is empty"), "{all}");
        let some = error(100_000);
        assert_eq!(some.lines().count(), 2 + MAX_LISTED, "{some}");
        assert!(some.ends_with("\n  and 99980 more"), "{some}");
    }

    #[test]
    fn a_missing_dataset_names_both_forms() {
        let error = DataError::Missing {
            dataset: "cifar10",
            looked_for: vec![
                "d/cifar-10-batches-bin".into(),
                "d/cifar-10-binary.tar.gz".into(),
            ],
            in_folder: "d".into(),
            there: vec!["cifar.zip".into()],
        };
        assert_eq!(
            error.to_string(),
            "cifar10: expected d/cifar-10-batches-bin or d/cifar-10-binary.tar.gz, found nothing there; \
             d has cifar.zip"
        );
    }
}
