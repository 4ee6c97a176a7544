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

use super::ndarray::DType;
use super::{npz, open_if_there, pickle};
use crate::{DataError, Images, Splits, memory};

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
/// Room for all pixels is made first, by what the files claim and can hold, so that they need not be
/// moved when more come. What an archive holds is unpacked to where it stays; of pickles, one is in
/// memory beside all pixels. What room is left is never touched.
fn split(batches: &[Batch]) -> Result<Images, DataError> {
    let mut bytes = 0u64;
    for batch in batches {
        bytes = bytes.saturating_add(batch.claim()?);
    }
    let bytes = bytes.min((MAX_IMAGENET32_IMAGES * PIXELS) as u64);
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    // The only pickle of a split is taken as it is.
    if let [Batch { path, .. }, _, ..]
    | [
        Batch {
            path, zipped: true, ..
        },
    ] = batches
    {
        memory::reserve(&mut pixels, bytes as usize).map_err(DataError::short(path))?;
    }
    for batch in batches {
        batch.append(&mut pixels, &mut labels)?;
    }
    let names = (1..=CLASSES).map(|class| class.to_string()).collect();
    Images::new(3, SIDE, SIDE, names, pixels, labels)
}

impl Batch {
    /// Bytes that its pixels may take.
    fn claim(&self) -> Result<u64, DataError> {
        match self.zipped {
            true => npz::claim(&self.path, "data"),
            false => Ok(self.bytes),
        }
    }

    fn append(&self, pixels: &mut Vec<u8>, labels: &mut Vec<u16>) -> Result<(), DataError> {
        let room = MAX_IMAGENET32_IMAGES - labels.len();
        // An image takes more bytes of the file than it costs beyond them, so a genuine file never
        // needs as much as three times its size.
        let limit = room as u64 * IMAGE_COST + FILE_COST;
        let limit = limit.min(self.bytes.saturating_mul(3).saturating_add(FILE_COST));
        let integers = if self.zipped {
            // The labels' few bytes first: a lying number of images does no harm then.
            let integers = npz::read(&self.path, "labels", 8 * room as u64)?;
            let list = integers.integers().filter(|_| integers.shape.len() == 1);
            let integers = list.ok_or_else(|| {
                let found = format!("{:?} of {}", integers.shape, integers.dtype);
                self.malformed("array `labels`", "a list of integers".into(), found)
            })?;
            let size = (integers.len() * PIXELS) as u64;
            let (dtype, shape) = npz::read_onto(&self.path, "data", size, pixels)?;
            self.check(dtype, &shape, integers.len(), room)?;
            integers
        } else {
            let mut batch = pickle::read(&self.path, limit)?;
            let array = batch.take_array("data")?;
            let integers = batch.integers("labels")?;
            self.check(array.dtype, &array.shape, integers.len(), room)?;
            match pixels.capacity() {
                0 => *pixels = array.bytes,
                _ => pixels.extend_from_slice(&array.bytes),
            }
            integers
        };
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
        Ok(())
    }

    fn check(
        &self,
        dtype: DType,
        shape: &[usize],
        labels: usize,
        room: usize,
    ) -> Result<(), DataError> {
        if !(1..=room).contains(&labels) {
            return Err(DataError::Count {
                path: self.path.clone(),
                what: "images",
                max: room as u64,
                found: labels as u64,
            });
        }
        if dtype != DType::U8 || shape != [labels, PIXELS] {
            let expected = format!("{labels} x {PIXELS} of {}, as many as labels", DType::U8);
            let found = format!("{shape:?} of {dtype}");
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
