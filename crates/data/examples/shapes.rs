//! Draws a folder of class folders, as a user's own photos would lie there: to try the program on.
//!
//! ```text
//! cargo run --release -p onebit-data --example shapes -- shapes
//! ```
//!
//! It holds circles, crosses, squares and triangles as PNG files of several sizes, and beside it lies
//! one more triangle as `shapes.png` and as `shapes.ppm`, which a C program reads without a library.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use data::rng::{Stream, rng};
use image::{Rgb, RgbImage};
use rand::Rng;

/// Whether a point at (x, y) from the middle, in units of the radius, is inside.
type Inside = fn(f32, f32) -> bool;

const CLASSES: [(&str, Inside); 4] = [
    ("circle", |x, y| x * x + y * y < 1.0),
    ("cross", |x, y| {
        x.abs().min(y.abs()) < 0.33 && x.abs().max(y.abs()) < 1.0
    }),
    ("square", |x, y| x.abs().max(y.abs()) < 0.85),
    ("triangle", |x, y| y < 0.8 && y > 2.2 * x.abs() - 1.0),
];
const IMAGES: u64 = 150;
/// More pixels than a network reads, so that there is something to bring to a size.
const SIDES: [u32; 4] = [40, 48, 56, 64];

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("give a folder")?.into();
    for (label, (class, inside)) in CLASSES.into_iter().enumerate() {
        let class = folder.join(class);
        fs::create_dir_all(&class)?;
        for number in 0..IMAGES {
            let image = draw(inside, label as u64, number);
            image.save(class.join(format!("{number:03}.png")))?;
        }
    }
    let (_, triangle) = CLASSES[3];
    let another = draw(triangle, 3, IMAGES);
    another.save(folder.with_extension("png"))?;
    let mut ppm = format!("P6\n{} {}\n255\n", another.width(), another.height()).into_bytes();
    ppm.extend(another.into_raw());
    fs::write(folder.with_extension("ppm"), ppm)?;
    Ok(())
}

/// A shape in some colour on another, with some noise.
fn draw(inside: Inside, label: u64, number: u64) -> RgbImage {
    let mut source = rng(label, Stream::GlyphTrain, 0, number);
    let mut between = |min: f32, max: f32| {
        let share = (source.next_u64() >> 40) as f32 / (1 << 24) as f32;
        min + share * (max - min)
    };
    let pick = |share: f32| SIDES[(share as usize).min(SIDES.len() - 1)];
    let (width, height) = (pick(between(0.0, 4.0)), pick(between(0.0, 4.0)));
    let side = width.min(height) as f32;
    let radius = side * between(0.25, 0.4);
    let x = width as f32 / 2.0 + side * between(-0.08, 0.08);
    let y = height as f32 / 2.0 + side * between(-0.08, 0.08);
    let paper: [f32; 3] = [0; 3].map(|_| between(120.0, 240.0));
    let ink: [f32; 3] = [0; 3].map(|_| between(0.0, 90.0));
    RgbImage::from_fn(width, height, |column, row| {
        let (dx, dy) = (column as f32 - x, row as f32 - y);
        let colour = if inside(dx / radius, dy / radius) {
            ink
        } else {
            paper
        };
        Rgb(colour.map(|value| (value + between(-15.0, 15.0)) as u8))
    })
}
