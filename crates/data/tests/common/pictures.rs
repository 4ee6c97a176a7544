//! Pictures that the tests draw.

use std::fs;
use std::path::Path;

use image::{ImageBuffer, ImageFormat, Rgb};

/// The colour of a picture.
#[derive(Clone, Copy)]
pub struct Shade(pub [u8; 3]);

impl Shade {
    /// One of its own for each folder, label and index below 100.
    pub fn of(folder: &str, label: u32, index: u32) -> Self {
        let folder: u32 = folder.bytes().map(u32::from).sum();
        Self([
            (folder % 50 * 5 + label / 256) as u8,
            (label % 256) as u8,
            (index * 2 + 1) as u8,
        ])
    }
}

/// A picture of `[height, width]`, of which one corner differs.
pub fn draw([height, width]: [u32; 2], Shade(colour): Shade) -> image::RgbImage {
    ImageBuffer::from_fn(width, height, |x, y| match (x, y) {
        (0, 0) => Rgb(colour),
        _ => Rgb(colour.map(|c| c.wrapping_add((3 * x + 5 * y) as u8))),
    })
}

/// Writes a picture, with its folders.
pub fn png(path: &Path, size: [u32; 2], shade: Shade) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    draw(size, shade)
        .save_with_format(path, ImageFormat::Png)
        .unwrap();
}
