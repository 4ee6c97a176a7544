//! How a command ends when it does not succeed.

use std::fmt;
use std::io;
use std::path::Path;

/// A failure with its exit status: 1 when the work failed, 2 when it was asked for wrongly.
///
/// The message names the file or key, what was expected, what was found, and the way out.
#[derive(Debug)]
pub enum Error {
    /// The command or its configuration cannot mean anything: exit status 2.
    Usage(String),
    /// The command was right and could not be carried out: exit status 1.
    Failed(String),
    /// A run was stopped and saved, which has been said: by the dashboard, with exit status 0, or by this signal, which
    /// the program then ends by.
    Stopped(Option<i32>),
    /// The command came to no good end, and its output says why: exit status 1.
    Told,
}

impl Error {
    /// A failed access to a file or folder.
    pub fn io(action: &str, path: &Path, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "check the permissions",
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "free some space; what was saved before is intact"
            }
            io::ErrorKind::FileTooLarge => {
                "raise the limit of file sizes (ulimit -f); what was saved before is intact"
            }
            io::ErrorKind::NotADirectory => "expected a folder there; name one",
            io::ErrorKind::IsADirectory => "expected a file there; name one",
            // What `aside` refuses: a link, a pipe.
            io::ErrorKind::InvalidInput => "move it away; no run has written it",
            io::ErrorKind::InvalidData => "expected text in UTF-8; is it the right file?",
            _ => "check what is there, or name another place",
        };
        let path = crate::named(path);
        let refusal = aside::refusal(&format!("{action} failed"), error);
        Self::Failed(format!("{path}: {refusal}; {hint}"))
    }

    /// The process' exit status.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) | Self::Told => 1,
            Self::Stopped(None) => 0,
            Self::Stopped(Some(signal)) => 128 + *signal as u8,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Failed(message) => f.write_str(message),
            Self::Stopped(_) => f.write_str("the run was stopped"),
            Self::Told => f.write_str("the output says what is wrong"),
        }
    }
}

impl std::error::Error for Error {}

impl From<data::DataError> for Error {
    fn from(error: data::DataError) -> Self {
        let way_out = way_out(&error);
        Self::Failed(format!("{error}{way_out}"))
    }
}

/// What to do where memory lacks.
const MORE_MEMORY: &str = "; end other programs, or raise the limit (ulimit -v, or a container's)";

/// What to do about data.
fn way_out(error: &data::DataError) -> String {
    use data::DataError::{
        AllMirrorsFailed, Array, Claim, ClassNames, ClassSize, Corrupt, CountMismatch, CutOff,
        Dimensions, EmptyClass, Entry, EntryMissing, Foreign, Io, Label, Magic, Memory, Missing,
        NoImages, NotAFile, Shortage, Sizes, Split, Truncated, Unreadable,
    };
    match error {
        Missing { dataset, .. } => {
            let get = match data::Manifest::embedded().files(dataset) {
                Ok(_) => format!("run `onebit fetch {dataset}`"),
                Err(_) => "put it there as datasets/README.md says".into(),
            };
            format!("; {get}, or name the folder that holds the data with `--data DIR`")
        }
        Io { source, .. } => format!("; {}", runtime::way_out(source)),
        CutOff { .. } => {
            "; copy or download it again; if it is all there is, unpack it and pack that anew with `tar`".into()
        }
        Foreign { what, .. } => foreign(*what).into(),
        Array { fault, .. } => array(*fault).into(),
        NotAFile { .. } | Corrupt { .. } | Truncated { .. } | Claim { .. }
        | CountMismatch { .. } | EntryMissing { .. } | Entry { .. } => "; put the complete files there".into(),
        Magic { .. } | Dimensions { .. } | Label { .. } | ClassNames { .. } => {
            "; name other data in such files by their path, with `--dataset PATH`".into()
        }
        Unreadable { left: Some(why), .. } => {
            format!(
                "\nrepair them; leaving them out is not enough: {why}{}",
                way_out(why)
            )
        }
        Unreadable { .. } => "\nrepair or remove them, or leave them out with `--skip-bad`".into(),
        Sizes { suggested: [height, width], .. } if height == width => {
            format!("; choose one, as with `--size {width}`")
        }
        Sizes { suggested: [height, width], .. } => {
            format!("; choose one, as with `--size {width}x{height}`")
        }
        NoImages { .. } => "; put the pictures of each class into a folder of its own".into(),
        ClassSize { part: "validation", .. } => {
            "; add images of it, or train without a validation part by `--validation 0`".into()
        }
        ClassSize { .. } => {
            "; add images of it, or take its folder out: a class needs two images, and three with a validation part".into()
        }
        Split { .. } => {
            "; choose a number in that range with `--validation`, a share such as 0.1, or 0 for none".into()
        }
        EmptyClass { .. } => "; repair its files, or take its folder out".into(),
        Memory { .. } => format!("; take fewer images or, with `--size`, smaller ones{}", MORE_MEMORY.replacen("; ", ", or ", 1)),
        Shortage { .. } => MORE_MEMORY.into(),
        AllMirrorsFailed { .. } => {
            "\ncheck the network and run the command again (it resumes), or put the file there by hand".into()
        }
        _ => String::new(),
    }
}

/// The way out from a file of a kind that is not read.
fn foreign(what: data::Foreign) -> &'static str {
    use data::Foreign::{Address, Hdf5, Matlab, Npy};
    match what {
        Npy => {
            "; save images and labels together, as with `numpy.savez(\"set.npz\", images=x, labels=y)`"
        }
        Matlab | Hdf5 => {
            "; write images and labels into a .npz, as with `numpy.savez(\"set.npz\", images=x, labels=y)`"
        }
        Address => "; download it first, and name the file or folder here",
        _ if what.is_packed() => {
            "; unpack it and name the folder, or pack that anew as .zip or .tar.gz"
        }
        _ => "",
    }
}

/// The way out from an array that holds no images or labels as they are read.
fn array(fault: data::ArrayFault) -> &'static str {
    use data::ArrayFault::{
        ColumnMajor, Labels, Large, OneHot, Rounded, Shape, Type, Unit, Values,
    };
    match fault {
        Unit => "; bring them to bytes with `(255 * x).round().astype(\"uint8\")`",
        Rounded => "; bring them to bytes with `x.round().astype(\"uint8\")`",
        Values => "; bring them to whole numbers of 0 to 255, as pictures have them",
        OneHot => {
            "; give each image the number of its class: one-hot labels with `y.argmax(axis=1)`"
        }
        Labels => "; give whole numbers, as with `y.astype(\"int64\")`",
        Large => {
            "; number the classes from 0 on, as with `numpy.unique(y, return_inverse=True)[1]`"
        }
        ColumnMajor => "; save it as `numpy.ascontiguousarray(x)`",
        Shape => "; bring them to that shape with `x.reshape(…)`",
        Type => "; save images as uint8 and labels as whole numbers",
        _ => "",
    }
}

impl From<graph::GraphError> for Error {
    fn from(error: graph::GraphError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<runtime::RuntimeError> for Error {
    fn from(error: runtime::RuntimeError) -> Self {
        use runtime::RuntimeError::{
            Header, Image, InFile, Memory, Metadata, NotCalibrated, OtherFile, Probability, Tensor,
        };
        let inner = match &error {
            InFile { source, .. } => source,
            other => other,
        };
        let way_out = match inner {
            NotCalibrated => {
                "; find them with `onebit export --model FILE --to onebit --calibrate DATASET --out FILE`"
            }
            Header { .. } | OtherFile { .. } => {
                "; give a file that `onebit export --to onebit` wrote"
            }
            Metadata { .. } | Tensor { .. } => "; export the network again",
            Image { .. } => "; give an image of that size",
            Memory { .. } => MORE_MEMORY,
            Probability { .. } => "; give the share of bits that flip",
            _ => "",
        };
        Self::Failed(format!("{error}{way_out}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_data_that_are_not_read_come_with_the_way_out() {
        use data::{ArrayFault, DataError, Foreign};
        let text = |error| Error::from(error).to_string();
        let foreign = |what| {
            text(DataError::Foreign {
                path: "x".into(),
                what,
            })
        };
        for (what, words) in [
            (
                Foreign::Bzip2,
                ["bzip2", "pack that anew as .zip or .tar.gz"],
            ),
            (Foreign::EncryptedZip, ["encrypted", "unpack it"]),
            (Foreign::ZipMethod(14), ["lzma", "unpack it"]),
            (Foreign::Npy, ["without labels", "numpy.savez"]),
            (Foreign::Address, ["address", "download it first"]),
        ] {
            let text = foreign(what);
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
        let array = |fault| {
            text(DataError::Array {
                path: "x".into(),
                array: "y".into(),
                expected: "a".into(),
                found: "b".into(),
                fault,
            })
        };
        assert!(array(ArrayFault::Unit).contains("255 * x"));
        assert!(array(ArrayFault::Rounded).contains("x.round()"));
        assert!(array(ArrayFault::OneHot).contains("argmax"));
        let cut = text(DataError::CutOff {
            path: "x.tar".into(),
            expected: "a tar archive",
            files: 3,
        });
        assert!(
            cut.contains("after 3 files") && cut.contains("download it again"),
            "{cut}"
        );
    }

    #[test]
    fn data_that_are_not_there_come_with_the_way_to_get_them() {
        for (dataset, way) in [
            ("cifar10", "; run `onebit fetch cifar10`, or name"),
            (
                "imagenet",
                "; put it there as datasets/README.md says, or name",
            ),
        ] {
            let looked_for = vec!["d".into()];
            let error = Error::from(data::DataError::Missing {
                dataset,
                looked_for,
                in_folder: "d".into(),
                there: Vec::new(),
            });
            let text = error.to_string();
            assert!(
                text.contains(way) && text.contains("`--data DIR`"),
                "{text}"
            );
        }
        let error = Error::from(data::DataError::AllMirrorsFailed {
            path: "d/file".into(),
            attempts: Vec::new(),
        });
        assert!(
            error.to_string().contains("run the command again"),
            "{error}"
        );
    }
}
