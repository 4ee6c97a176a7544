//! Downsampled ImageNet, 32×32: `imagenet32/{train_data_batch_1..10, val_data}`.
//!
//! Each file is a pickle ([`pickle`](crate::pickle)), or with `.npz` behind its name an archive
//! ([`npz`](crate::npz)), of
//!
//! ```text
//! data:   Nx3072 bytes: 32x32 red, 32x32 green, 32x32 blue, row by row
//! labels: N integers of 1 to 1000, a list or an array
//! mean:   of all training images; not used
//! ```

use std::path::{Path, PathBuf};

use super::ndarray::{DType, NdArray};
use super::{npz, open_if_there, pickle};
use crate::{DataError, Images, Splits};

/// The maximum number of images a split may hold; the official ones have 1,281,167 and 50,000. It bounds what
/// hostile files can make the program hold to 4.6 GB.
pub const MAX_IMAGENET32_IMAGES: usize = 1_500_000;

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;
const CLASSES: u16 = 1000;
const TRAIN_FILES: usize = 10;
/// Of one image in a pickle: in some protocols each byte of 128 or more takes two while it is
/// read; then there is the label.
const IMAGE_COST: u64 = 2 * PIXELS as u64 + 128;
/// Of a file: the mean, names.
const FILE_COST: u64 = 1 << 20;

/// Loads all files of the folder `dir`.
pub(crate) fn load(dir: &Path) -> Result<Splits, DataError> {
    let train: Vec<String> = (1..=TRAIN_FILES)
        .map(|number| format!("train_data_batch_{number}"))
        .collect();
    // The small file first: what is wrong with the folder shows before gigabytes are read. For the
    // same reason all files are looked for before the first is opened.
    let test = [find(dir, "val_data")?];
    let train: Vec<Batch> = train
        .iter()
        .map(|name| find(dir, name))
        .collect::<Result<_, _>>()?;
    let test = split(&test)?;
    Ok(Splits {
        train: split(&train)?,
        validation: None,
        test,
    })
}

/// A file that is there.
struct Batch {
    path: PathBuf,
    zipped: bool,
    bytes: u64,
}

fn find(dir: &Path, name: &str) -> Result<Batch, DataError> {
    let pickled = dir.join(name);
    let zipped = dir.join(format!("{name}.npz"));
    for (path, zipped) in [(&pickled, false), (&zipped, true)] {
        if let Some(file) = open_if_there(path)? {
            let metadata = file.metadata().map_err(DataError::io(path, "look at"))?;
            return Ok(Batch {
                path: path.clone(),
                zipped,
                bytes: metadata.len(),
            });
        }
    }
    Err(DataError::missing("imagenet32", vec![pickled, zipped], dir))
}

/// Reads the files of a split one after the other.
///
/// Room for all pixels is taken first, by what the files measure on disk, so that they need not be
/// moved when more come: beside the 3.9 GB of all images, one file's are in memory at a time. What
/// is reserved too much is never touched.
fn split(batches: &[Batch]) -> Result<Images, DataError> {
    // Photographs, compressed without loss, shrink by less than half.
    let memory = |batch: &Batch| batch.bytes.saturating_mul(if batch.zipped { 2 } else { 1 });
    let bytes = batches.iter().map(memory).fold(0, u64::saturating_add);
    let bytes = bytes.min((MAX_IMAGENET32_IMAGES * PIXELS) as u64);
    let mut pixels = Vec::new();
    // Where so much cannot be reserved, the vector grows as it may.
    let _ = pixels.try_reserve_exact(usize::try_from(bytes).unwrap_or(0));
    let mut labels = Vec::new();
    for batch in batches {
        batch.append(&mut pixels, &mut labels)?;
    }
    let names = (1..=CLASSES).map(|class| class.to_string()).collect();
    Images::new(3, SIDE, SIDE, names, pixels, labels)
}

impl Batch {
    fn append(&self, pixels: &mut Vec<u8>, labels: &mut Vec<u16>) -> Result<(), DataError> {
        let room = MAX_IMAGENET32_IMAGES - labels.len();
        // An image takes more bytes of the file than it costs beyond them, so a genuine file never
        // needs as much as three times its size.
        let limit = room as u64 * IMAGE_COST + FILE_COST;
        let limit = limit.min(self.bytes.saturating_mul(3).saturating_add(FILE_COST));
        let (array, integers) = if self.zipped {
            // The labels' few bytes first: a lying number of images does no harm then.
            let integers = npz::read(&self.path, "labels", 8 * room as u64)?;
            let list = integers.integers().filter(|_| integers.shape.len() == 1);
            let integers = list.ok_or_else(|| {
                let found = format!("{:?} of {}", integers.shape, integers.dtype);
                self.malformed("array `labels`", "a list of integers".into(), found)
            })?;
            let size = (integers.len() * PIXELS) as u64;
            (npz::read(&self.path, "data", size)?, integers)
        } else {
            let mut batch = pickle::read(&self.path, limit)?;
            (batch.take_array("data")?, batch.integers("labels")?)
        };
        self.check(&array, integers.len(), room)?;
        for (index, integer) in integers.into_iter().enumerate() {
            let label = u16::try_from(integer)
                .ok()
                .filter(|label| (1..=CLASSES).contains(label));
            let Some(label) = label else {
                let expected = format!("integers of 1 to {CLASSES}");
                let found = format!("{integer} at image {index}");
                return Err(self.malformed("`labels`", expected, found));
            };
            labels.push(label - 1);
        }
        pixels.extend_from_slice(&array.bytes);
        Ok(())
    }

    fn check(&self, array: &NdArray, labels: usize, room: usize) -> Result<(), DataError> {
        if !(1..=room).contains(&labels) {
            return Err(DataError::Count {
                path: self.path.clone(),
                what: "images",
                max: room as u64,
                found: labels as u64,
            });
        }
        if array.dtype != DType::U8 || array.shape != [labels, PIXELS] {
            let expected = format!("{labels} x {PIXELS} of {}, as many as labels", DType::U8);
            let found = format!("{:?} of {}", array.shape, array.dtype);
            return Err(self.malformed("array `data`", expected, found));
        }
        Ok(())
    }

    fn malformed(&self, place: &str, expected: String, found: String) -> DataError {
        DataError::Malformed {
            path: self.path.clone(),
            place: place.to_owned(),
            expected,
            found,
        }
    }
}
