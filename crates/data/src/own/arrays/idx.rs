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

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::names::{MAX_BYTES, Names};
use super::{ArrayPart, Arrays, BLOCK, Given, images, part};
use crate::DataError;
use crate::formats::{DType, NdArray, by, pieces, possible, read_whole};
use crate::own::found::PartName;
use crate::own::sniff::Kind;

/// A header that claims more bytes than this is a lie, if the file has less.
const MAX_CLAIM: u64 = 1 << 40;

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
    // Both headers first: what does not fit together is told before anything is unpacked.
    let (image_count, label_count) = (count(given, pictures)?, count(given, labels)?);
    if image_count != label_count {
        return Err(DataError::CountMismatch {
            images: given.store.path(pictures),
            image_count: image_count as u64,
            labels: given.store.path(labels),
            label_count: label_count as u64,
        });
    }
    given.plan(pictures, image_count)?;
    let labels = array(given, labels)?;
    let found = array(given, pictures)?;
    let mut part =
        images(found, false).map_err(|wrong| given.fault(pictures, "of images", wrong))?;
    let labels = labels.iter().flat_map(|piece| &piece.bytes);
    part.labels = labels.map(|&label| label.into()).collect();
    Ok(part)
}

/// How many images or labels a file announces.
fn count(given: &Given, file: usize) -> Result<usize, DataError> {
    let path = given.store.path(file);
    let shape = given.store.with(file, |reader, _| {
        with_unpacked(reader, |reader, _| shape(&path, reader))
    })?;
    Ok(shape?[0])
}

/// One file as an array of bytes, in pieces.
fn array(given: &mut Given, file: usize) -> Result<Vec<NdArray>, DataError> {
    let (path, left) = (given.store.path(file), given.budget.left());
    let array = given.store.with(file, |reader, len| {
        with_unpacked(reader, |reader, is_packed| {
            let shape = match shape(&path, reader)? {
                Ok(shape) => shape,
                Err(error) => return Ok(Err(error)),
            };
            let header = 4 + 4 * shape.len() as u64;
            let bytes = shape
                .iter()
                .try_fold(1u64, |all, &n| all.checked_mul(n as u64))
                .unwrap_or(u64::MAX);
            let expected = bytes.saturating_add(header);
            let there = match is_packed {
                true => possible(u64::MAX, len),
                false => len,
            };
            let truncated = |found| DataError::Truncated {
                path: path.clone(),
                expected,
                found,
            };
            if expected > there {
                return Ok(Err(match is_packed || expected > MAX_CLAIM {
                    true => DataError::Claim {
                        path: path.clone(),
                        claim: format!("uint8 of {}", by(&shape)),
                        found: len,
                    },
                    false => truncated(len),
                }));
            }
            if bytes > left {
                return Ok(Err(DataError::Memory {
                    path: path.clone(),
                    expected: left,
                    found: bytes,
                }));
            }
            let mut found = 0;
            let content = pieces(DType::U8, &shape, BLOCK, |len| -> io::Result<Vec<u8>> {
                let piece = read_whole(reader, len, len)?;
                found += piece.len() as u64;
                Ok(piece)
            })?;
            if found < bytes {
                return Ok(Err(truncated(found + header)));
            }
            // The end of a gzip stream has its checksum.
            if io::copy(&mut (&mut *reader).take(1), &mut io::sink())? > 0 {
                return Ok(Err(DataError::Oversized {
                    path: path.clone(),
                    expected,
                }));
            }
            Ok(Ok(content))
        })
    })??;
    let bytes: usize = array.iter().map(|piece| piece.bytes.len()).sum();
    given.budget.charge(&path, bytes as u64)?;
    Ok(array)
}

/// The dimensions that a header announces.
fn shape(path: &Path, reader: &mut dyn Read) -> io::Result<Result<Vec<usize>, DataError>> {
    let cut_short = |expected: usize, found: usize| DataError::Truncated {
        path: path.to_owned(),
        expected: expected as u64,
        found: found as u64,
    };
    let magic = read_whole(reader, 4, 4)?;
    let [_, _, _, dimensions @ 1..=255] = magic[..] else {
        return Ok(Err(cut_short(8, magic.len())));
    };
    let len = 4 * usize::from(dimensions);
    let numbers = read_whole(reader, len as u64, len as u64)?;
    if numbers.len() < len {
        return Ok(Err(cut_short(4 + len, 4 + numbers.len())));
    }
    let numbers = numbers.chunks_exact(4);
    Ok(Ok(numbers
        .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize)
        .collect()))
}

/// Hands what a file unpacks to, and whether it is packed at all, to `read`.
fn with_unpacked<T>(
    reader: &mut dyn Read,
    read: impl FnOnce(&mut dyn Read, bool) -> io::Result<T>,
) -> io::Result<T> {
    let mut reader = BufReader::new(reader);
    match reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        true => read(&mut MultiGzDecoder::new(reader), true),
        false => read(&mut reader, false),
    }
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
