//! Street View House Numbers, cropped digits: `svhn/{train,test,extra}_32x32.mat`.
//!
//! Each file is a MATLAB level-5 file ([`mat5`](crate::mat5)) of two variables:
//!
//! ```text
//! X: 32x32x3xN bytes: row, column, channel, image; in memory the row runs fastest
//! y: Nx1 numbers, double or uint8: the digit, 10 for a 0
//! ```

use std::path::{Path, PathBuf};

use super::mat5::{self, Array, Data, Numbers, Onto};
use super::open_if_there;
use crate::{DataError, Images, Splits};

/// The maximum number of images a file may hold; `extra_32x32.mat` has 531,131. It bounds what a hostile file
/// can make the program hold to 3.1 GB.
pub const MAX_IMAGES: u64 = 1_000_000;

const SIDE: usize = 32;
const PLANE: usize = SIDE * SIDE;
const PIXELS: usize = 3 * PLANE;
/// Of one image: the pixels, and a label of 8 bytes.
const IMAGE_COST: u64 = PIXELS as u64 + 8;
/// Of a file: names, dimensions.
const FILE_COST: u64 = 1 << 16;

const TRAIN: &str = "train_32x32.mat";
const TEST: &str = "test_32x32.mat";
const EXTRA: &str = "extra_32x32.mat";

/// Whether the 531,131 easier images of `extra_32x32.mat` follow the 73,257 of `train_32x32.mat`.
///
/// The published errors of wide residual networks, those of the paper included, are of networks
/// trained on both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extra {
    /// If the file is there.
    #[default]
    IfThere,
    /// Always: it is an error if the file is not there.
    With,
    /// Never, even if the file is there.
    Without,
}

/// Loads `train_32x32.mat`, `test_32x32.mat` and perhaps `extra_32x32.mat` from the folder `dir`.
///
/// # Errors
///
/// [`DataError::Missing`] when a file is not there, and an error that names the file when one is
/// damaged, of another format, or does not hold what it should.
pub fn load(dir: &Path, extra: Extra) -> Result<Splits, DataError> {
    // The small file first: what is wrong with the folder shows before gigabytes are read.
    let (pixels, labels) = read(dir.join(TEST), Vec::new())?;
    let test = images(pixels, labels)?;
    let with_extra = match extra {
        Extra::IfThere => open_if_there(&dir.join(EXTRA))?.is_some(),
        Extra::With => true,
        Extra::Without => false,
    };
    let (mut pixels, mut labels) = read(dir.join(TRAIN), Vec::new())?;
    if with_extra {
        let more_labels;
        (pixels, more_labels) = read(dir.join(EXTRA), pixels)?;
        labels.extend_from_slice(&more_labels);
    }
    Ok(Splits {
        train: images(pixels, labels)?,
        validation: None,
        test,
    })
}

fn images(pixels: Vec<u8>, labels: Vec<u16>) -> Result<Images, DataError> {
    let names = (0..10).map(|digit| digit.to_string()).collect();
    Images::new(3, SIDE, SIDE, names, pixels, labels)
}

/// One file's pixels (N×3×32×32), behind those of `before`, and its labels.
fn read(path: PathBuf, before: Vec<u8>) -> Result<(Vec<u8>, Vec<u16>), DataError> {
    let first = before.len();
    if open_if_there(&path)?.is_none() {
        let folder = path.parent().unwrap_or(&path).to_owned();
        return Err(DataError::missing("svhn", vec![path], &folder));
    }
    let limit = MAX_IMAGES * IMAGE_COST + FILE_COST;
    let onto = Onto::new("X", before);
    let mut variables = mat5::read_onto(&path, limit, onto, |name| name == "X" || name == "y")?;
    let mut variable = |name: &str| {
        let index = variables.iter().position(|v| v.name == name);
        index
            .map(|index| variables.swap_remove(index).array)
            .ok_or_else(|| malformed(&path, "its variables", format!("`{name}`"), "none"))
    };
    let (mut pixels, count) = pixels(&path, variable("X")?)?;
    let labels = labels(&path, variable("y")?, count)?;
    for plane in pixels[first..].chunks_exact_mut(PLANE) {
        transpose(plane);
    }
    Ok((pixels, labels))
}

/// The bytes of `X`, and how many images they are.
fn pixels(path: &Path, array: Array) -> Result<(Vec<u8>, usize), DataError> {
    let count = match array.dims[..] {
        [SIDE, SIDE, 3, count] if count > 0 => Some(count),
        // MATLAB leaves out a last dimension of 1.
        [SIDE, SIDE, 3] => Some(1),
        _ => None,
    };
    match (count, array.data) {
        (Some(count), Data::Numbers(Numbers::U8(pixels))) => Ok((pixels, count)),
        (_, data) => {
            let found = format!("{:?} {}", array.dims, kind(&data));
            let expected = "32 x 32 x 3 x N bytes (u8)";
            Err(malformed(path, "variable `X`", expected, found))
        }
    }
}

fn labels(path: &Path, array: Array, count: usize) -> Result<Vec<u16>, DataError> {
    let place = "variable `y`";
    let numbers = match array.data {
        Data::Numbers(numbers) if array.dims == [count, 1] || array.dims == [1, count] => numbers,
        data => {
            let found = format!("{:?} {}", array.dims, kind(&data));
            let expected = format!("{count} x 1 numbers, one per image");
            return Err(malformed(path, place, expected, found));
        }
    };
    let digits = 1..=10u16;
    let label = |(index, number): (usize, f64)| {
        let digit = digits
            .clone()
            .find(|&digit| f64::from(digit) == number)
            .ok_or_else(|| {
                let found = format!("{number} at image {index}");
                malformed(path, place, "digits of 1 to 10, 10 for a 0", found)
            })?;
        Ok(digit % 10)
    };
    numbers
        .to_f64s()
        .into_iter()
        .enumerate()
        .map(label)
        .collect()
}

fn kind(data: &Data) -> &'static str {
    match data {
        Data::Numbers(numbers) => numbers.type_name(),
        Data::Logical(_) => "logical",
        Data::Text(_) => "text",
        Data::Cells(_) => "cells",
        Data::Other(kind) => kind,
    }
}

fn malformed(
    path: &Path,
    place: &str,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> DataError {
    DataError::Malformed {
        path: path.to_owned(),
        place: place.to_owned(),
        expected: expected.into(),
        found: found.into(),
    }
}

/// Swaps rows and columns in place, so that the column runs fastest.
fn transpose(plane: &mut [u8]) {
    for row in 0..SIDE {
        for column in row + 1..SIDE {
            plane.swap(row * SIDE + column, column * SIDE + row);
        }
    }
}
