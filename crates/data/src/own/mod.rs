//! A user's own images, from whatever they lie in.
//!
//! | layout | what it is told by |
//! | --- | --- |
//! | class folders | pictures below folders: each folder is a class, in alphabetical order of bytes (so `10` comes before `2`); sub-folders belong to their class |
//! | parts | folders `train`, `val` (or `valid`, `validation`) and `test`, in any case, each with class folders |
//!
//! Any of them may lie in a zip or tar archive, which is read in place. Content decides what a file
//! is, not its name.
//!
//! Every picture is decoded once before anything else: what cannot be read is told all at once.

mod alike;
mod arrays;
mod build;
mod data;
mod foreign;
mod found;
mod layout;
mod look;
mod names;
mod options;
pub(crate) mod parallel;
#[cfg(feature = "parquet")]
mod parquet;
pub(crate) mod passed;
pub(crate) mod sniff;
pub(crate) mod store;
mod survey;
mod watch;

use std::path::Path;

use word_list::Counted;

pub use arrays::ArrayFault;
pub use data::{Brings, OwnData};
pub use foreign::Foreign;
pub(crate) use found::OwnFiles;
pub use names::{claims_picture, collection, is_leftover, is_picture};
pub use options::OwnOptions;
pub use passed::PassedOver;
pub use survey::{BadFile, ClassCounts, Count, Duplicates, SizeCount, Survey};
pub use watch::{Plan, Watch};

use crate::{DataError, Splits};

/// Looks at a user's data: decodes everything once, and keeps no pixels.
///
/// # Errors
///
/// When there is nothing to train on at `path`, or when what is there contradicts itself. A file
/// that cannot be read is no error here.
pub fn survey(path: &Path, options: &OwnOptions) -> Result<Survey, DataError> {
    Ok(OwnData::find(path, options)?.survey(&()))
}

/// Loads a user's data, and tells what it found there. [`OwnData`] does it in two steps.
///
/// # Errors
///
/// As [`OwnData::find`] and [`OwnData::load`].
pub fn load_own(path: &Path, options: &OwnOptions) -> Result<(Splits, Survey), DataError> {
    OwnData::find(path, options)?.load(&())
}

/// Loads a known dataset from arrays as they are: of `shape`, with a test part. `names` stand for
/// classes that have none of their own.
pub(crate) fn plain(
    path: &Path,
    shape: [usize; 3],
    names: Option<Vec<String>>,
) -> Result<Splits, DataError> {
    let options = OwnOptions::default().with_max_memory(Some(MAX_PLAIN));
    let mut found = found::find(path, &options)?;
    let wrong = |expected: &str, found: String| DataError::Malformed {
        path: path.to_owned(),
        place: "its arrays".into(),
        expected: expected.into(),
        found,
    };
    let Some(own) = found.pictures.shape() else {
        return Err(wrong("arrays", found.format));
    };
    if own != shape {
        return Err(wrong(&format!("images of {shape:?}"), format!("{own:?}")));
    }
    if let Some(names) = names {
        let label = |class: &String| {
            class
                .parse()
                .ok()
                .filter(|&label: &u16| usize::from(label) < names.len())
        };
        let Some(labels) = found
            .classes
            .iter()
            .map(label)
            .collect::<Option<Vec<u16>>>()
        else {
            let expected = format!("labels of {}", Counted(names.len(), "class"));
            return Err(wrong(&expected, found.classes.join(", ")));
        };
        found.parts = found.parts.map(|items| {
            let relabelled = items
                .into_iter()
                .map(|(picture, class)| (picture, labels[usize::from(class)]));
            relabelled.collect()
        });
        found.classes = names;
    }
    if found.parts.test.is_none() {
        return Err(wrong("a part to test with", "none".into()));
    }
    build::plain(found)
}

/// What the arrays of a known dataset may take: those of CIFAR, some times over.
const MAX_PLAIN: u64 = 2 << 30;
