//! The IDX files of MNIST and Fashion-MNIST.
//!
//! Byte layout, all numbers big-endian `u32`:
//!
//! ```text
//! images: 0x00000803, count, rows, columns, then count * rows * columns bytes, one per pixel
//! labels: 0x00000801, count, then count bytes
//! ```
//!
//! The magic number is two zero bytes, the element type (8: unsigned byte) and the rank.

use std::path::{Path, PathBuf};

use super::source::Source;
use crate::{DataError, Images, Splits, own};

/// The maximum number of images a file may announce; MNIST has 60,000. It bounds what a hostile file can make
/// the program read to 784 MB.
pub const MAX_IDX_IMAGES: u32 = 1_000_000;

const IMAGES_MAGIC: u32 = 0x0803;
const LABELS_MAGIC: u32 = 0x0801;
const SIDE: u32 = 28;

/// Loads the four files `{train,t10k}-{images-idx3,labels-idx1}-ubyte` from the first of `folders`
/// that has some of them, under any of their spellings, or else the first of `archives`, which are
/// those of numpy with Keras' names.
pub(crate) fn load(
    dataset: &'static str,
    root: &Path,
    folders: &[&str],
    archives: &[&str],
    class_names: &[&str],
) -> Result<Splits, DataError> {
    let has_some = |dir: &PathBuf| {
        let is_there =
            |name: &String| dir.join(name).is_file() || dir.join(format!("{name}.gz")).is_file();
        ["train", "t10k"].iter().any(|part| {
            spellings(part, "images", "idx3")
                .iter()
                .chain(&spellings(part, "labels", "idx1"))
                .any(is_there)
        })
    };
    let dirs: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let found = dirs.iter().find(|dir| has_some(dir));
    let archive = archives
        .iter()
        .map(|archive| root.join(archive))
        .find(|path| path.is_file());
    if let (None, Some(path)) = (found, archive) {
        let names = class_names.iter().map(|&name| name.to_owned()).collect();
        return own::plain(&path, [1, SIDE as usize, SIDE as usize], Some(names));
    }
    let dir = found.unwrap_or(&dirs[0]);
    let split = |part: &str| {
        let labels = Source::open(dataset, dir, &spellings(part, "labels", "idx1"))?;
        let images = Source::open(dataset, dir, &spellings(part, "images", "idx3"))?;
        read(images, labels, class_names)
    };
    Ok(Splits {
        train: split("train")?,
        validation: None,
        test: split("t10k")?,
    })
}

/// How a file may be called.
fn spellings(part: &str, what: &str, kind: &str) -> Vec<String> {
    let parts = if part == "t10k" {
        vec![part, "test"]
    } else {
        vec![part]
    };
    let both = |part| {
        [
            format!("{part}-{what}-{kind}-ubyte"),
            format!("{part}-{what}.{kind}-ubyte"),
        ]
    };
    parts.into_iter().flat_map(both).collect()
}

/// The labels are read first: a lying count in the image file is then caught before its pixels
/// are unpacked.
fn read(mut images: Source, mut labels: Source, class_names: &[&str]) -> Result<Images, DataError> {
    let labels_path = labels.path().to_owned();
    let [magic, label_count] = words(labels.header::<8>()?);
    check_magic(&labels, "IDX labels", LABELS_MAGIC, magic)?;
    check_count(&labels, "labels", label_count)?;
    let label_bytes = labels.rest(u64::from(label_count))?;
    for (index, &label) in label_bytes.iter().enumerate() {
        if usize::from(label) >= class_names.len() {
            return Err(DataError::Label {
                path: labels_path,
                index,
                classes: class_names.len(),
                found: label.into(),
            });
        }
    }

    let [magic, count, rows, columns] = words(images.header::<16>()?);
    check_magic(&images, "IDX images", IMAGES_MAGIC, magic)?;
    check_count(&images, "images", count)?;
    if [rows, columns] != [SIDE, SIDE] {
        return Err(DataError::Dimensions {
            path: images.path().to_owned(),
            expected: [SIDE, SIDE],
            found: [rows, columns],
        });
    }
    if count != label_count {
        return Err(DataError::CountMismatch {
            images: images.path().to_owned(),
            image_count: count.into(),
            labels: labels_path,
            label_count: label_count.into(),
        });
    }
    let pixels = images.rest(u64::from(count) * u64::from(SIDE * SIDE))?;
    let names = class_names.iter().map(|&name| name.to_owned()).collect();
    let labels = label_bytes.into_iter().map(u16::from).collect();
    Images::new(1, SIDE as usize, SIDE as usize, names, pixels, labels)
}

fn check_magic(
    source: &Source,
    what: &'static str,
    expected: u32,
    found: u32,
) -> Result<(), DataError> {
    if found == expected {
        return Ok(());
    }
    Err(DataError::Magic {
        path: source.path().to_owned(),
        what,
        expected,
        found,
    })
}

fn check_count(source: &Source, what: &'static str, found: u32) -> Result<(), DataError> {
    if (1..=MAX_IDX_IMAGES).contains(&found) {
        return Ok(());
    }
    let path = source.path().to_owned();
    Err(DataError::Count {
        path,
        what,
        max: MAX_IDX_IMAGES.into(),
        found: found.into(),
    })
}

/// Big-endian words; `BYTES` is four times `WORDS`.
fn words<const BYTES: usize, const WORDS: usize>(bytes: [u8; BYTES]) -> [u32; WORDS] {
    const { assert!(BYTES == 4 * WORDS) };
    std::array::from_fn(|word| {
        let at = 4 * word;
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    })
}
