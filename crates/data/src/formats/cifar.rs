//! The binary version of CIFAR-10 and CIFAR-100, from its folder or its archive.
//!
//! Byte layout, record after record, without a header:
//!
//! ```text
//! CIFAR-10:  label, then 3072 bytes: 32x32 red, 32x32 green, 32x32 blue, row by row
//! CIFAR-100: coarse label, fine label, then the same 3072 bytes; the fine label is used
//! ```

use std::path::Path;
use word_list::Counted;

use super::archive::{Wanted, read, read_folder};
use super::source::open_if_there;
use crate::{DataError, Images, Splits, memory, own};

/// The maximum number of images all files of a CIFAR together may hold; the official ones have 60,000. It bounds
/// what hostile files can make the program read to 307 MB.
pub const MAX_CIFAR_RECORDS: u64 = 100_000;

const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;
const MAX_NAMES_BYTES: u64 = 1 << 16;

/// Where the files of a variant are and how their records begin.
pub(crate) struct Layout {
    pub(crate) dataset: &'static str,
    pub(crate) folder: &'static str,
    pub(crate) archive: &'static str,
    /// Folder and archive of the Python version.
    pub(crate) python: &'static [&'static str],
    pub(crate) train: &'static [&'static str],
    pub(crate) test: &'static str,
    pub(crate) names: &'static str,
    pub(crate) classes: usize,
    /// Bytes before the pixels; the last of them is the label.
    pub(crate) labels: usize,
}

pub(crate) const CIFAR10: Layout = Layout {
    dataset: "cifar10",
    folder: "cifar-10-batches-bin",
    archive: "cifar-10-binary.tar.gz",
    python: &["cifar-10-batches-py", "cifar-10-python.tar.gz"],
    train: &[
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ],
    test: "test_batch.bin",
    names: "batches.meta.txt",
    classes: 10,
    labels: 1,
};

pub(crate) const CIFAR100: Layout = Layout {
    dataset: "cifar100",
    folder: "cifar-100-binary",
    archive: "cifar-100-binary.tar.gz",
    python: &["cifar-100-python", "cifar-100-python.tar.gz"],
    train: &["train.bin"],
    test: "test.bin",
    names: "fine_label_names.txt",
    classes: 100,
    labels: 2,
};

/// Loads the folder under `root`, or else the archive; then the same of the Python version. The
/// files may lie in `root` itself too.
pub(crate) fn load(layout: &Layout, root: &Path) -> Result<Splits, DataError> {
    let folder = root.join(layout.folder);
    let archive = root.join(layout.archive);
    let is_direct = !folder.is_dir() && layout.train.iter().any(|name| root.join(name).is_file());
    let inside = |name: &str| match is_direct {
        true => name.to_owned(),
        false => format!("{}/{name}", layout.folder),
    };
    let record = (layout.labels + PIXELS) as u64;
    let max_bytes = MAX_CIFAR_RECORDS * record + MAX_NAMES_BYTES;
    let mut wanted = Wanted {
        files: vec![(inside(layout.names), MAX_NAMES_BYTES)],
        max_bytes,
    };
    for name in layout.train.iter().chain([&layout.test]) {
        wanted
            .files
            .push((inside(name), MAX_CIFAR_RECORDS * record));
    }

    let (base, mut files) = if folder.is_dir() || is_direct {
        (root, read_folder(layout.dataset, root, &wanted)?)
    } else if let Some(file) = open_if_there(&archive)? {
        (archive.as_path(), read(&archive, file, &wanted)?)
    } else if let Some(path) = layout
        .python
        .iter()
        .map(|name| root.join(name))
        .find(|path| path.exists())
    {
        let splits = own::plain(&path, SHAPE, None)?;
        return match splits.train.classes() == layout.classes {
            true => Ok(splits),
            false => Err(DataError::ClassNames {
                path,
                expected: layout.classes,
                found: Counted(splits.train.classes(), "class").to_string(),
            }),
        };
    } else {
        let looked_for = vec![folder, archive];
        return Err(DataError::missing(layout.dataset, looked_for, root));
    };

    let at = |name: &str| base.join(inside(name));
    let names = files.remove(&inside(layout.names)).unwrap_or_default();
    let names = class_names(&at(layout.names), &names, layout.classes)?;
    let mut split = |parts: &[&str]| {
        let mut pixels = Vec::new();
        let mut labels = Vec::new();
        let length = |name: &&str| files.get(&inside(name)).map_or(0, Vec::len);
        let all: usize = parts.iter().map(length).sum();
        for &name in parts {
            let path = at(name);
            let bytes = files.remove(&inside(name)).unwrap_or_default();
            let own = records(layout, &path, bytes, &mut labels)?;
            if parts.len() == 1 {
                pixels = own;
                break;
            }
            // Room for all at once: each file is given back when its pixels are there.
            let more = all.saturating_sub(pixels.len());
            memory::reserve(&mut pixels, more).map_err(DataError::short(&path))?;
            pixels.extend_from_slice(&own);
        }
        let [channels, height, width] = SHAPE;
        Images::new(channels, height, width, names.clone(), pixels, labels)
    };
    Ok(Splits {
        train: split(layout.train)?,
        validation: None,
        test: split(&[layout.test])?,
    })
}

/// One file's pixels (N×3×32×32), where its records stood; its labels are appended to `labels`.
fn records(
    layout: &Layout,
    path: &Path,
    mut bytes: Vec<u8>,
    labels: &mut Vec<u16>,
) -> Result<Vec<u8>, DataError> {
    let record = layout.labels + PIXELS;
    if bytes.is_empty() || !bytes.len().is_multiple_of(record) {
        let found = bytes.len() as u64;
        return Err(DataError::Records {
            path: path.to_owned(),
            record,
            found,
        });
    }
    let count = bytes.len() / record;
    for index in 0..count {
        let image = index * record + layout.labels;
        let label = u16::from(bytes[image - 1]);
        if usize::from(label) >= layout.classes {
            let path = path.to_owned();
            return Err(DataError::Label {
                path,
                index,
                classes: layout.classes,
                found: label,
            });
        }
        labels.push(label);
        bytes.copy_within(image..image + PIXELS, index * PIXELS);
    }
    bytes.truncate(count * PIXELS);
    Ok(bytes)
}

/// One name a line; the official files end in an empty line.
fn class_names(path: &Path, bytes: &[u8], expected: usize) -> Result<Vec<String>, DataError> {
    let wrong = |found: String| DataError::ClassNames {
        path: path.to_owned(),
        expected,
        found,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        wrong(format!(
            "a byte that is not UTF-8 at {}",
            error.valid_up_to()
        ))
    })?;
    let names: Vec<String> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    if names.len() == expected {
        Ok(names)
    } else {
        Err(wrong(format!("{} lines", names.len())))
    }
}
