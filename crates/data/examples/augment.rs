//! Draws a dataset, and shows an image as it is and augmented, as batches have it:
//!
//! ```text
//! cargo run --release -p onebit-data --example augment
//! ```

use std::path::Path;
use std::sync::Arc;

use data::{Augment, DataError, Dataset, GlyphsOptions, Loader, LoaderConfig};

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
        .with_augment(Augment::CropFlipCutout.spec())
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
        let plain = images.image(index).chunks(width);
        let augmented = batch.pixels.chunks(width);
        for (plain, augmented) in plain.zip(augmented) {
            println!("{}  {}", shades(plain), shades(augmented));
        }
    }
    Ok(())
}

/// A row of pixels as characters, the darker the heavier.
fn shades(row: &[u8]) -> String {
    let shade = |&pixel: &u8| [' ', '.', ':', '+', '#'][usize::from(pixel) * 5 / 256];
    row.iter().map(shade).collect()
}
