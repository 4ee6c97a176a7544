//! IDX of bytes, of any size and number of classes, under any of its spellings.
//!
//! All numbers are big-endian `u32`:
//!
//! ```text
//! images: 0x00000803, count, rows, columns, then the bytes of the pixels;
//!         0x00000804 has a fourth dimension, the channels, last or before the rows
//! labels: 0x00000801, count, then count bytes
//! ```
//!
//! Either may be gzipped, whatever its name says.

use super::names::{MAX_BYTES, Names};
use super::{ArrayPart, Arrays, Given, images, part};
use crate::DataError;
use crate::formats::{DType, NdArray, gunzip};
use crate::own::found::PartName;
use crate::own::sniff::Kind;

/// A file of images or labels, and what is left of its name without that word.
struct File {
    index: usize,
    set: String,
    part: PartName,
}

pub(super) fn read(given: &mut Given) -> Result<Option<Arrays>, DataError> {
    let list = |of_images: bool| -> Vec<File> {
        let of = |kind| matches!(kind, Kind::Idx { dimensions } if (dimensions >= 3) == of_images && dimensions != 2);
        let file = |index| {
            let (set, part) = set(given.store.name(index));
            File { index, set, part }
        };
        given.of(of).into_iter().map(file).collect()
    };
    let (pictures, labels) = (list(true), list(false));
    let Some(first) = pictures.first() else {
        return Ok(None);
    };
    if let Some(other) = pictures.iter().find(|file| file.set != first.set) {
        let expected = "the files of one dataset";
        let found = format!(
            "{} and {}",
            given.store.name(first.index),
            given.store.name(other.index)
        );
        return Err(given.wrong(first.index, "IDX files", expected, found));
    }
    let (mut parts, mut used) = ([None, None, None], Vec::new());
    for file in &pictures {
        let slot = file.part as usize;
        if parts[slot].is_some() {
            let found = format!("{} besides another one", given.store.name(file.index));
            return Err(given.wrong(
                file.index,
                "IDX files",
                "one file of images for each part",
                found,
            ));
        }
        let mut fitting = labels
            .iter()
            .filter(|l| l.set == file.set && l.part == file.part);
        let (Some(label), None) = (fitting.next(), fitting.next()) else {
            let names: Vec<&str> = labels
                .iter()
                .map(|label| given.store.name(label.index))
                .collect();
            let found = if names.is_empty() {
                "none".into()
            } else {
                names.join(", ")
            };
            return Err(given.wrong(
                file.index,
                "IDX files",
                "one file of labels for these images",
                found,
            ));
        };
        parts[slot] = Some(read_part(given, file.index, label.index)?);
        used.extend([file.index, label.index]);
    }
    let names = given.of(|_| true).into_iter().find(|&file| {
        let name = given.store.name(file);
        Names::may_be(name) && (!name.ends_with("-mapping.txt") || set(name).0 == first.set)
    });
    let names = match names {
        Some(file) => {
            used.push(file);
            Names::parse(given.store.name(file), &given.store.read(file, MAX_BYTES)?)
        }
        None => Names::None,
    };
    Ok(Some(Arrays {
        format: "IDX files",
        parts,
        names,
        used,
    }))
}

/// What remains of a name without its part, its kind and its endings, and the part.
pub(super) fn set(name: &str) -> (String, PartName) {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let part = part(&name);
    let words = name.split(['-', '_', '.']).filter(|word| {
        let known = [
            "images",
            "image",
            "labels",
            "label",
            "idx1",
            "idx3",
            "idx4",
            "idx",
            "ubyte",
            "gz",
            "train",
            "training",
            "t10k",
            "test",
            "testing",
            "val",
            "valid",
            "validation",
            "mapping",
            "txt",
            "bin",
            "dat",
        ];
        !known.contains(word)
    });
    (words.collect::<Vec<_>>().join("-"), part)
}

/// The images of one part, with their labels.
fn read_part(given: &mut Given, pictures: usize, labels: usize) -> Result<ArrayPart, DataError> {
    // The labels first: a lying count of images is then caught before these are unpacked.
    let label_array = array(given, labels)?;
    let labels_read: Vec<i64> = label_array
        .bytes
        .iter()
        .map(|&label| label.into())
        .collect();
    let found = array(given, pictures)?;
    let count = found.shape[0];
    if count != labels_read.len() {
        return Err(DataError::CountMismatch {
            images: given.store.path(pictures),
            image_count: count as u64,
            labels: given.store.path(labels),
            label_count: labels_read.len() as u64,
        });
    }
    let mut part = images(found, false)
        .map_err(|(expected, found)| given.wrong(pictures, "the header", &expected, found))?;
    part.labels = labels_read;
    Ok(part)
}

/// One file as an array of bytes.
fn array(given: &mut Given, file: usize) -> Result<NdArray, DataError> {
    let path = given.store.path(file);
    let mut bytes = given.read(file)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        bytes = gunzip(&path, &bytes, given.budget.left())?;
        given.budget.charge(&path, bytes.len() as u64)?;
    }
    let dimensions = usize::from(bytes.get(3).copied().unwrap_or(0));
    let header = 4 + 4 * dimensions;
    let cut_short = |expected: u64| DataError::Truncated {
        path: path.clone(),
        expected,
        found: bytes.len() as u64,
    };
    let Some(numbers) = bytes.get(4..header) else {
        return Err(cut_short(header as u64));
    };
    let numbers = numbers
        .chunks_exact(4)
        .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let shape: Vec<usize> = numbers.collect();
    let expected = shape
        .iter()
        .try_fold(1u64, |all, &n| all.checked_mul(n as u64))
        .unwrap_or(u64::MAX);
    let expected = expected.saturating_add(header as u64);
    if (bytes.len() as u64) < expected {
        return Err(cut_short(expected));
    }
    if bytes.len() as u64 > expected {
        return Err(DataError::Oversized { path, expected });
    }
    bytes.drain(..header);
    Ok(NdArray {
        dtype: DType::U8,
        shape,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_names() {
        for name in [
            "train-images-idx3-ubyte",
            "train-images.idx3-ubyte",
            "raw/train-labels-idx1-ubyte.gz",
            "Train_Labels.idx",
        ] {
            assert_eq!(set(name), (String::new(), PartName::Train), "{name}");
        }
        assert_eq!(
            set("t10k-images-idx3-ubyte"),
            (String::new(), PartName::Test)
        );
        assert_eq!(set("test-labels.gz"), (String::new(), PartName::Test));
        let letters = ("emnist-letters".to_owned(), PartName::Test);
        assert_eq!(
            set("gzip/emnist-letters-test-images-idx3-ubyte.gz"),
            letters
        );
        assert_eq!(set("emnist-letters-mapping.txt").0, letters.0);
    }
}
