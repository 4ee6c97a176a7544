//! A sheet of images as a network sees them in training.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::batch::Maker;
use super::order::{Turn, by_class};
use super::{Loader, LoaderConfig};
use crate::{AugmentSpec, DataError};

/// Some images, each as it is and as a network sees it in the first epochs: rows of tiles.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sheet {
    /// Which images of the dataset, one a row.
    pub indices: Vec<u32>,
    /// Tiles a row: the image as it is, then that of each epoch.
    pub columns: usize,
    /// Channels, height and width of a tile.
    pub shape: [usize; 3],
    /// The tiles' bytes, row by row, each C×H×W.
    pub pixels: Vec<u8>,
}

/// The longest side of a tile in a picture; larger ones are made smaller by whole factors.
const MAX_SIDE: usize = 64;
/// The longest side up to which a tile is made larger by whole factors.
const MIN_SIDE: usize = 32;
/// Pixels between tiles.
const GAP: usize = 2;
/// The colour between tiles.
const GREY: u8 = 128;

impl Loader {
    /// The sheet of `rows` images, spread over the classes, in epochs number 1 to `epochs`.
    ///
    /// # Errors
    ///
    /// When a photograph cannot be read.
    pub fn sheet(&self, rows: usize, epochs: usize) -> Result<Sheet, DataError> {
        let images = &self.images;
        let indices = spread(&by_class(images), rows.min(images.len()));
        let plain = LoaderConfig {
            augment: AugmentSpec::NONE,
            ..self.config.clone()
        };
        let mut columns = vec![Maker::new(images.clone(), plain, 0)];
        columns.extend(
            (1..=epochs as u64).map(|epoch| Maker::new(images.clone(), self.config.clone(), epoch)),
        );
        let mut pixels = Vec::new();
        for &index in &indices {
            for column in &columns {
                pixels.extend(column.batch(&[Turn::first(index)])?.pixels);
            }
        }
        Ok(Sheet {
            indices,
            columns: columns.len(),
            shape: images.shape(),
            pixels,
        })
    }
}

/// So many images, of each class nearly as many.
fn spread(classes: &[Vec<u32>], rows: usize) -> Vec<u32> {
    let row = |row: usize| match classes.len() >= rows {
        true => classes[row * classes.len() / rows][0],
        false => {
            let class = &classes[row % classes.len()];
            class[row / classes.len() % class.len()]
        }
    };
    (0..rows).map(row).collect()
}

impl Sheet {
    /// The sheet as a PNG file: in colour of images with 3 channels, else grey by the first.
    ///
    /// # Errors
    ///
    /// [`DataError::Images`] when it has no tile.
    pub fn png(&self) -> Result<Vec<u8>, DataError> {
        let [channels, height, width] = self.shape;
        let planes = if channels == 3 { 3 } else { 1 };
        let longest = height.max(width).max(1);
        let (smaller, larger) = (longest.div_ceil(MAX_SIDE), (MIN_SIDE / longest).max(1));
        let tile = [height, width].map(|side| (side / smaller).max(1) * larger);
        let [tall, wide] = tile.map(|side| side + GAP);
        let (lines, columns) = (self.indices.len() * tall + GAP, self.columns * wide + GAP);
        let mut picture = vec![GREY; lines * columns * planes];
        let tiles = self.pixels.chunks_exact(channels * height * width);
        for (place, pixels) in tiles.enumerate() {
            let (row, column) = (place / self.columns, place % self.columns);
            for y in 0..tile[0] {
                for x in 0..tile[1] {
                    let at = (row * tall + GAP + y) * columns + column * wide + GAP + x;
                    for plane in 0..planes {
                        let pixels = &pixels[plane * height * width..][..height * width];
                        let from = [y, x].map(|at| at / larger * smaller);
                        picture[at * planes + plane] = mean(pixels, [height, width], from, smaller);
                    }
                }
            }
        }
        let mut file = Vec::new();
        let colour = match planes {
            3 => ExtendedColorType::Rgb8,
            _ => ExtendedColorType::L8,
        };
        let encoder = PngEncoder::new(&mut file);
        let written = encoder.write_image(&picture, columns as u32, lines as u32, colour);
        written.map_err(|error| DataError::Images {
            expected: "a sheet that fits a picture".into(),
            found: error.to_string(),
        })?;
        Ok(file)
    }
}

/// The mean of a square of a plane, which is cut off at the border.
fn mean(plane: &[u8], [height, width]: [usize; 2], [top, left]: [usize; 2], side: usize) -> u8 {
    let (bottom, right) = ((top + side).min(height), (left + side).min(width));
    let rows = (top..bottom).map(|row| &plane[row * width + left..row * width + right]);
    let sum: u32 = rows.flatten().map(|&value| u32::from(value)).sum();
    let count = ((bottom - top) * (right - left)).max(1) as u32;
    ((sum + count / 2) / count) as u8
}
