//! Images that lie in arrays: IDX, archives of numpy, the files of CIFAR.

mod cifar;
mod fault;
mod idx;
mod names;
mod npz;
mod pickled;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use pixels::Channels;

pub use self::fault::ArrayFault;
use self::fault::Wrong;
use self::names::Names;
use super::found::{Found, PartName, Parts, Pictures, Pixels};
use super::layout::MAX_CLASSES;
use super::passed::Passed;
use super::sniff::{Kind, no_picture};
use super::store::Store;
use crate::DataError;
use crate::formats::{Budget, DType, NdArray, words};

/// Bytes of a block of pixels: what a block holds is given back once its images are made.
const BLOCK: u64 = 16 << 20;

/// What is kept of an image besides its pixels, in bytes.
const BESIDE: u64 = 128;

/// The most images of arrays. More would be so small that what is kept beside them is what takes memory.
const MAX_IMAGES: usize = 1 << 22;

/// Images of one part, all of one shape.
pub(super) struct ArrayPart {
    pub(super) channels: Channels,
    pub(super) height: usize,
    pub(super) width: usize,
    /// N×H×W×C, in blocks of whole images.
    pub(super) pixels: Vec<Vec<u8>>,
    pub(super) labels: Vec<i64>,
}

/// What a format has made of a store's files.
struct Arrays {
    format: &'static str,
    parts: [Option<ArrayPart>; 3],
    /// Names by label, if a file has them.
    names: Names,
    /// The files that were read.
    used: Vec<usize>,
}

/// What a format is given.
struct Given<'a> {
    store: &'a Store,
    /// Files that are no pictures, with what they are.
    files: &'a [(usize, Kind)],
    budget: Budget,
}

impl Given<'_> {
    /// The files of a kind.
    fn of(&self, wanted: impl Fn(Kind) -> bool) -> Vec<usize> {
        self.files
            .iter()
            .filter(|(_, kind)| wanted(*kind))
            .map(|(file, _)| *file)
            .collect()
    }

    /// The whole content of a file, within the budget.
    fn read(&mut self, file: usize) -> Result<Vec<u8>, DataError> {
        let bytes = self.store.read(file, self.budget.left())?;
        self.budget
            .charge(&self.store.path(file), bytes.len() as u64)?;
        Ok(bytes)
    }

    /// Refuses an array of so many bytes where no more may be taken.
    fn must_fit(&self, path: &Path, bytes: Option<usize>) -> Result<(), DataError> {
        let found = bytes.map_or(u64::MAX, |bytes| bytes as u64);
        match found > self.budget.left() {
            true => Err(DataError::Memory {
                path: path.to_owned(),
                expected: self.budget.left(),
                found,
            }),
            false => Ok(()),
        }
    }

    /// Sets aside what is kept of so many images beside their pixels, before these are read.
    fn plan(&mut self, file: usize, images: usize) -> Result<(), DataError> {
        let expected = format!("at most {MAX_IMAGES}");
        if images > MAX_IMAGES {
            return Err(self.wrong(file, "images", &expected, images.to_string()));
        }
        self.budget
            .charge(&self.store.path(file), BESIDE * images as u64)
    }

    /// An error about an array in a file.
    fn fault(&self, file: usize, array: &str, wrong: Wrong) -> DataError {
        DataError::Array {
            path: self.store.path(file),
            array: array.to_owned(),
            expected: wrong.expected,
            found: wrong.found,
            fault: wrong.fault,
        }
    }

    /// An error about a file.
    fn wrong(
        &self,
        file: usize,
        place: &str,
        expected: &str,
        found: impl Into<String>,
    ) -> DataError {
        DataError::Malformed {
            path: self.store.path(file),
            place: place.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }
}

/// Finds arrays among the files of a store; `None` if there are none in a known format.
pub(super) fn find(
    path: &Path,
    store: &Store,
    files: &[(usize, Kind)],
    memory: u64,
    passed: &mut Passed,
) -> Result<Option<Found>, DataError> {
    let mut given = Given {
        store,
        files,
        budget: Budget::new(memory),
    };
    for read in [npz::read, idx::read, pickled::read, cifar::read] {
        if let Some(arrays) = read(&mut given)? {
            let used: HashSet<usize> = arrays.used.iter().copied().collect();
            for (file, _) in files {
                if !used.contains(file) {
                    passed.add(no_picture(store.name(*file)), store.name(*file));
                }
            }
            return arrays.found(path, store.within, passed).map(Some);
        }
    }
    Ok(None)
}

/// The files of the same dataset beside a file of IDX.
pub(super) fn beside(path: &Path) -> Result<Store, DataError> {
    let set = |name: &str| idx::set(name).0;
    let own = set(&path.file_name().unwrap_or_default().to_string_lossy());
    Store::beside(path, |name| set(name) == own)
}

impl Arrays {
    fn found(self, path: &Path, within: &str, passed: &Passed) -> Result<Found, DataError> {
        let wrong = |place: &str, expected: &str, found: String| DataError::Malformed {
            path: path.to_owned(),
            place: place.into(),
            expected: expected.into(),
            found,
        };
        let [train, validation, test] = self.parts;
        let Some(train) = train else {
            return Err(wrong("parts", "one to train with", "none".into()));
        };
        let mut occurring = BTreeMap::new();
        for &label in &train.labels {
            *occurring.entry(label).or_insert(0usize) += 1;
        }
        if occurring.len() > MAX_CLASSES {
            let expected = format!("at most {} classes", MAX_CLASSES);
            return Err(wrong("labels", &expected, occurring.len().to_string()));
        }
        let mut notes = Vec::new();
        let classes = self.names.classes(&occurring, &mut notes);
        let mut label_of_name = BTreeMap::new();
        for (label, name) in &classes {
            if let Some(other) = label_of_name.insert(name, label) {
                return Err(wrong(
                    "names of the classes",
                    "another name for each label",
                    format!("`{}` for {other} and {label}", word_list::Cut(name)),
                ));
            }
        }
        let label_of: BTreeMap<i64, u16> = classes
            .iter()
            .enumerate()
            .map(|(index, (label, _))| (*label, index as u16))
            .collect();
        let shape = (train.channels, train.height, train.width);
        let (mut pixels, mut parts, mut count) = (Pixels::default(), [None, None, None], 0);
        let size = shape.0.count() * shape.1 * shape.2;
        for (part, array) in [Some(train), validation, test].into_iter().enumerate() {
            let Some(array) = array else { continue };
            let found = (array.channels, array.height, array.width);
            if found != shape {
                let text = |(channels, height, width): (Channels, usize, usize)| {
                    format!("{channels}x{height}x{width}", channels = channels.count())
                };
                let names = ["training", "validation", "test"];
                let expected = format!(
                    "images of {}, as those of the training part (channels x height x width)",
                    text(shape)
                );
                return Err(wrong(
                    &format!("{} part", names[part]),
                    &expected,
                    text(found),
                ));
            }
            let items = array.labels.iter().enumerate().map(|(index, label)| {
                label_of
                    .get(label)
                    .map(|&class| (count + index, class))
                    .ok_or(*label)
            });
            let items: Vec<(usize, u16)> = items.collect::<Result<_, i64>>().map_err(|label| {
                wrong(
                    "labels",
                    "those of the images to train with",
                    format!("{label} in another part"),
                )
            })?;
            let mut first = count;
            for block in array.pixels {
                let images = block.len() / size;
                pixels.push(first, block);
                first += images;
            }
            count += items.len();
            parts[part] = Some(items);
        }
        let [train, validation, test] = parts;
        Ok(Found {
            root: path.to_owned(),
            format: format!("{}{within}", self.format),
            classes: classes.into_iter().map(|(_, name)| name).collect(),
            parts: Parts {
                train: train.unwrap_or_default(),
                validation,
                test,
            },
            pictures: Pictures::Array {
                channels: shape.0,
                height: shape.1 as u32,
                width: shape.2 as u32,
                pixels,
            },
            passed: passed.list(),
            notes,
        })
    }
}

/// The part that a file or array belongs to, by its name.
pub(super) fn part(name: &str) -> PartName {
    let name = name.to_lowercase();
    if name.contains("t10k") || name.contains("test") {
        PartName::Test
    } else if name.contains("val") {
        PartName::Validation
    } else {
        PartName::Train
    }
}

/// The shape of an array in pieces along its first dimension.
fn shape_of(pieces: &[NdArray]) -> Vec<usize> {
    let mut shape = pieces[0].shape.clone();
    if let Some(count) = shape.first_mut() {
        *count = pieces.iter().map(|piece| piece.shape[0]).sum();
    }
    shape
}

/// How an array's elements are images.
struct Layout {
    channels: usize,
    height: usize,
    width: usize,
    /// Whether an image's channels lie one behind the other.
    planar: bool,
}

impl Layout {
    /// Of an array of N×H×W, N×H×W×C or N×C×H×W; with `flat` also N×3072 as CIFAR has.
    fn of(dtype: DType, shape: &[usize], flat: bool) -> Result<Self, Wrong> {
        let wrong = |expected: &str| Wrong {
            expected: expected.into(),
            found: words(dtype, shape),
            fault: ArrayFault::Shape,
        };
        let (channels, height, width, planar) = match *shape {
            [_, height, width] => (1, height, width, false),
            [_, height, width, channels @ (1 | 3 | 4)] => (channels, height, width, false),
            [_, channels @ (1 | 3), height, width] => (channels, height, width, true),
            [_, 3072] if flat => (3, 32, 32, true),
            _ => {
                return Err(wrong(
                    "images of N x H x W, N x H x W x C or N x C x H x W, with 1, 3 or 4 channels",
                ));
            }
        };
        let side = 1..=pixels::MAX_SIDE as usize;
        if !side.contains(&height) || !side.contains(&width) || shape[0] == 0 {
            return Err(Wrong {
                fault: ArrayFault::Empty,
                ..wrong("one image or more, of 1 to 65535 pixels a side")
            });
        }
        Ok(Self {
            channels,
            height,
            width,
            planar,
        })
    }
}

/// Images from the pieces of an array of bytes, laid out as [`Layout::of`] takes them.
fn images(pieces: Vec<NdArray>, flat: bool) -> Result<ArrayPart, Wrong> {
    let (dtype, shape) = (pieces[0].dtype, shape_of(&pieces));
    let Layout {
        channels,
        height,
        width,
        planar,
    } = Layout::of(dtype, &shape, flat)?;
    if dtype != DType::U8 && !pieces.iter().all(NdArray::are_bytes) {
        return Err(fault::of_values(&pieces, &shape));
    }
    let size = channels * height * width;
    let mut pixels = Vec::new();
    for piece in pieces {
        let mut bytes = match dtype == DType::U8 {
            true => piece.bytes,
            false => piece.into_bytes(),
        };
        if planar && channels > 1 {
            interleave(&mut bytes, channels, height * width);
        }
        pixels.extend(blocks(bytes, size));
    }
    let channels = Channels::from_count(channels).expect("1, 3 or 4");
    Ok(ArrayPart {
        channels,
        height,
        width,
        pixels,
        labels: Vec::new(),
    })
}

/// The same bytes in blocks of whole images of `size`. What is cut off at the end is given back at once,
/// so that hardly more is held than one copy.
fn blocks(mut pixels: Vec<u8>, size: usize) -> Vec<Vec<u8>> {
    let block = (BLOCK as usize / size).max(1) * size;
    let mut blocks = Vec::new();
    while pixels.len() > block {
        let at = (pixels.len() - 1) / block * block;
        blocks.push(pixels.split_off(at));
        pixels.shrink_to_fit();
    }
    blocks.push(pixels);
    blocks.reverse();
    blocks
}

/// From planes to pixels whose channels stand beside each other, image by image in their place.
fn interleave(pixels: &mut [u8], channels: usize, plane: usize) {
    let mut planar = vec![0; channels * plane];
    for image in pixels.chunks_exact_mut(channels * plane) {
        planar.copy_from_slice(image);
        for (at, pixel) in image.chunks_exact_mut(channels).enumerate() {
            for (channel, byte) in pixel.iter_mut().enumerate() {
                *byte = planar[channel * plane + at];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_types() {
        let array = |shape: &[usize], code: &str| {
            let dtype = DType::parse(code).unwrap();
            let len = shape.iter().product::<usize>() * dtype.size;
            NdArray {
                dtype,
                shape: shape.to_vec(),
                bytes: (0..len).map(|i| i as u8).collect(),
            }
        };
        for (shape, channels) in [
            (&[2, 4, 5][..], 1),
            (&[2, 4, 5, 3], 3),
            (&[2, 4, 5, 4], 4),
            (&[2, 3, 4, 5], 3),
            (&[2, 1, 4, 5], 1),
        ] {
            let part = images(vec![array(shape, "u1")], false).ok().unwrap();
            assert_eq!(
                (part.channels.count(), part.height, part.width),
                (channels, 4, 5),
                "{shape:?}"
            );
        }
        let planar = images(vec![array(&[1, 3, 1, 2], "u1")], false)
            .ok()
            .unwrap();
        assert_eq!(planar.pixels, [[0, 2, 4, 1, 3, 5]]);
        assert!(images(vec![array(&[2, 3072], "u1")], true).is_ok());
        for (shape, code) in [
            (&[2, 3072][..], "u1"),
            (&[4], "u1"),
            (&[0, 4, 5], "u1"),
            (&[1, 0, 5], "u1"),
            (&[1, 2, 2, 2], "u1"),
            (&[1, 2, 2], "f4"),
            (&[1, 2, 2], "b1"),
            (&[1, 2, 2], "<i8"),
        ] {
            assert!(
                images(vec![array(shape, code)], false).is_err(),
                "{shape:?} {code}"
            );
        }
        let wide = NdArray {
            dtype: DType::parse("<i2").unwrap(),
            shape: vec![1, 1, 2],
            bytes: vec![7, 0, 255, 0],
        };
        assert_eq!(images(vec![wide], false).ok().unwrap().pixels, [[7, 255]]);
    }

    #[test]
    fn blocks_are_whole_images_in_order() {
        let size = 3 << 20;
        let pixels: Vec<u8> = (0..11).flat_map(|image| vec![image; size]).collect();
        let cut = blocks(pixels.clone(), size);
        let lengths: Vec<usize> = cut.iter().map(|block| block.len() / size).collect();
        assert_eq!(lengths, [5, 5, 1]);
        assert_eq!(cut.concat(), pixels);
        // An image that is larger than a block.
        let pixels = vec![7; 34 << 20];
        assert_eq!(blocks(pixels, 17 << 20).len(), 2);
    }
}
