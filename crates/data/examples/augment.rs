//! Draws a dataset, and shows an image as it is and augmented, as batches have it:
//!
//! ```text
//! cargo run --release -p onebit-data --example augment
//! ```

use std::path::Path;
use std::sync::Arc;

use data::{Augment, AugmentOp, DataError, Dataset, GlyphsOptions, Loader, LoaderConfig};

fn main() -> Result<(), DataError> {
    // `glyphs` draws its images itself. Other datasets are read from below the folder that is named.
    let options = GlyphsOptions::default().with_train(500).with_test(100);
    let splits = Dataset::Glyphs.load(Path::new("datasets"), &options)?;
    let images = Arc::new(splits.train);
    let [_, height, width] = images.shape();
    println!(
        "{} images of {width}x{height} pixels, classes {}",
        images.len(),
        images.class_names().join(" ")
    );

    // Two threads make the batches. With any number of them the batches are the same.
    let config = LoaderConfig::default()
        .with_batch_size(100)
        .with_augment(Augment::CROP_FLIP_CUTOUT.spec())
        .with_seed(7)
        .with_workers(2);
    let loader = Loader::new(images.clone(), config)?;
    for batch in loader.epoch(0) {
        let batch = batch?;
        println!(
            "a batch of {}: images {:?}, ...",
            batch.len(),
            &batch.indices[..5]
        );
    }

    // The order and the augmentation depend on the seed and the epoch alone.
    if let Some(batch) = loader.epoch(0).next() {
        let batch = batch?;
        let index = batch.indices[0] as usize;
        let name = &images.class_names()[usize::from(batch.labels[0])];
        println!("\nimage {index}, a {name}; then flipped, cropped and cut out:");
        beside(images.image(index), &batch.pixels, width);
    }

    // Every other operation at its usual strength. The first tile of a sheet is the image as it is.
    for op in AugmentOp::ALL {
        let augment: Augment = op.name().parse()?;
        let config = LoaderConfig::default().with_augment(augment.spec());
        let sheet = Loader::new(images.clone(), config)?.sheet(1, 1)?;
        let (plain, augmented) = sheet.pixels.split_at(width * height);
        println!("\n{op}: {}", op.about());
        beside(plain, augmented, width);
    }
    Ok(())
}

/// Prints two images beside each other.
fn beside(left: &[u8], right: &[u8], width: usize) {
    for (left, right) in left.chunks(width).zip(right.chunks(width)) {
        println!("{}  {}", shades(left), shades(right));
    }
}

/// A row of pixels as characters, the darker the heavier.
fn shades(row: &[u8]) -> String {
    let shade = |&pixel: &u8| [' ', '.', ':', '+', '#'][usize::from(pixel) * 5 / 256];
    row.iter().map(shade).collect()
}
