//! Mixup, and the sheet of what a network sees.

mod common;

use std::sync::Arc;

use common::images;
use data::{Augment, Balance, Batch, Images, Loader, LoaderConfig};

/// 3 classes, of 80, 16 and 4 images; every byte of an image is its index.
fn indexed() -> Arc<Images> {
    let labels = (0..100u16).map(|i| u16::from(i >= 80) + u16::from(i >= 96));
    let pixels = (0..100u8).flat_map(|index| [2 * index; 6]).collect();
    let names = vec!["a".into(), "b".into(), "c".into()];
    Arc::new(Images::new(1, 2, 3, names, pixels, labels.collect()).unwrap())
}

fn config(augment: &str) -> LoaderConfig {
    let augment: Augment = augment.parse().unwrap();
    LoaderConfig::default()
        .with_batch_size(10)
        .with_augment(augment.spec())
        .with_seed(3)
}

fn batches(images: &Arc<Images>, config: LoaderConfig, epoch: u64) -> Vec<Batch> {
    let loader = Loader::new(images.clone(), config).unwrap();
    loader.epoch(epoch).map(Result::unwrap).collect()
}

#[test]
fn each_image_is_the_mean_of_two_by_its_share() {
    let images = indexed();
    let mut own = 0;
    for batch in batches(&images, config("mixup=1"), 1) {
        let mixed = batch.mixed.as_ref().unwrap();
        assert_eq!((mixed.labels.len(), mixed.shares.len()), (10, 10));
        for (i, pixels) in batch.pixels.chunks(6).enumerate() {
            let (index, share) = (batch.indices[i], u32::from(mixed.shares[i]));
            assert!((128..=256).contains(&share));
            assert_eq!(batch.labels[i], images.label(index as usize));
            let found = u32::from(pixels[0]);
            assert!(pixels.iter().all(|&pixel| u32::from(pixel) == found));
            // Some image of the second class is the other part of the mean.
            let fits = |other: u32| {
                let mean = (2 * index * share + 2 * other * (256 - share) + 128) >> 8;
                mean == found && images.label(other as usize) == mixed.labels[i]
            };
            assert!((0..100).any(fits), "image {index}, share {share}: {found}");
            own += usize::from(found == 2 * index);
        }
    }
    assert!(own < 20, "{own} of 100 are not mixed");
}

#[test]
fn partners_are_as_frequent_as_images_or_classes() {
    let images = indexed();
    for (balance, expected) in [
        (Balance::None, [0.8, 0.16, 0.04]),
        (Balance::Weight, [0.8, 0.16, 0.04]),
        (Balance::Sample, [1.0 / 3.0; 3]),
    ] {
        let mut counts = [0u32; 3];
        for epoch in 0..60 {
            for batch in batches(&images, config("mixup").with_balance(balance), epoch) {
                for label in batch.mixed.unwrap().labels {
                    counts[usize::from(label)] += 1;
                }
            }
        }
        for (count, share) in counts.into_iter().zip(expected) {
            let deviation = (6000.0 * share * (1.0f64 - share)).sqrt();
            let difference = f64::from(count) - 6000.0 * share;
            assert!(difference.abs() < 5.0 * deviation, "{balance}: {counts:?}");
        }
    }
}

#[test]
fn mixup_depends_on_seed_epoch_and_image_alone() {
    let images = Arc::new(images(50, [3, 10, 12]));
    let text = "crop-flip,rotate,mixup=0.5";
    let seen = |config: LoaderConfig| {
        let mut seen: Vec<(u32, Vec<u8>, u16, u16)> = Vec::new();
        for batch in batches(&images, config.with_drop_last(false), 3) {
            let mixed = batch.mixed.unwrap();
            for (i, pixels) in batch.pixels.chunks(360).enumerate() {
                let (label, share) = (mixed.labels[i], mixed.shares[i]);
                seen.push((batch.indices[i], pixels.to_vec(), label, share));
            }
        }
        seen.sort();
        seen
    };
    let expected = seen(config(text).with_workers(0));
    assert_eq!(seen(config(text).with_workers(4)), expected);
    assert_eq!(seen(config(text).with_batch_size(1)), expected);
    assert_eq!(seen(config(text).with_shuffle(false)), expected);
    assert_ne!(seen(config(text).with_seed(4)), expected);
}

#[test]
fn without_mixup_there_is_no_second_label() {
    let images = indexed();
    for text in ["none", "crop-flip", "mixup=0"] {
        let batches = batches(&images, config(text), 1);
        assert!(batches.iter().all(|batch| batch.mixed.is_none()), "{text}");
    }
    // The own images keep their draws: where the whole share is theirs, nothing is changed.
    let plain = batches(&images, config("crop-flip"), 1);
    let weak = batches(&images, config("crop-flip,mixup=0.001"), 1);
    let mut whole = 0;
    for (plain, weak) in plain.iter().zip(&weak) {
        assert_eq!(plain.indices, weak.indices);
        let shares = &weak.mixed.as_ref().unwrap().shares;
        let both = plain.pixels.chunks(6).zip(weak.pixels.chunks(6));
        for ((plain, weak), &share) in both.zip(shares) {
            if share == 256 {
                assert_eq!(plain, weak);
                whole += 1;
            }
        }
    }
    assert!(whole > 80, "{whole}");
}

#[test]
fn too_large_a_mixup_is_refused() {
    let augment = Augment::NONE.spec().with_mixup(4001);
    let config = config("none").with_augment(augment);
    let error = Loader::new(indexed(), config).unwrap_err().to_string();
    assert!(error.contains("option `mixup`"), "{error}");
}

#[test]
fn a_sheet_shows_what_batches_have() {
    let images = Arc::new(images(50, [3, 10, 12]));
    let loader = Loader::new(
        images.clone(),
        config("crop-flip,noise").with_batch_size(50),
    )
    .unwrap();
    let sheet = loader.sheet(4, 3).unwrap();
    assert_eq!(
        (sheet.indices.len(), sheet.columns, sheet.shape),
        (4, 4, [3, 10, 12])
    );
    assert_eq!(sheet.pixels.len(), 16 * 360);
    let tile = |row: usize, column: usize| &sheet.pixels[(row * 4 + column) * 360..][..360];
    for (row, &index) in sheet.indices.iter().enumerate() {
        assert_eq!(tile(row, 0), images.image(index as usize));
        for epoch in 1..=3 {
            let batch = loader.epoch(epoch).next().unwrap().unwrap();
            let at = batch.indices.iter().position(|&i| i == index).unwrap();
            assert_eq!(tile(row, epoch as usize), &batch.pixels[at * 360..][..360]);
        }
    }
}

#[test]
fn a_sheet_is_a_small_picture_of_any_images() {
    for (shape, rows, columns, size) in [
        ([1, 1, 1], 2, 1, [2 * 34 + 2, 34 + 2]),
        ([3, 32, 32], 8, 9, [8 * 34 + 2, 9 * 34 + 2]),
        ([1, 28, 28], 8, 2, [8 * 30 + 2, 2 * 30 + 2]),
        ([3, 224, 224], 2, 2, [2 * 58 + 2, 2 * 58 + 2]),
        ([4, 300, 2], 2, 2, [2 * 62 + 2, 2 * 3 + 2]),
        ([3, 7, 5], 3, 3, [3 * 30 + 2, 3 * 22 + 2]),
    ] {
        let config = config("crop-flip,rotate").with_batch_size(1);
        let loader = Loader::new(Arc::new(images(12, shape)), config).unwrap();
        let png = loader.sheet(rows, columns - 1).unwrap().png().unwrap();
        let picture = image::load_from_memory(&png).unwrap();
        let found = [picture.height(), picture.width()];
        assert_eq!(found, size.map(|side| side as u32), "{shape:?}");
        assert_eq!(picture.color().has_color(), shape[0] == 3);
    }
    // No more rows than images.
    let config = config("none").with_batch_size(1);
    let few = Loader::new(Arc::new(images(3, [1, 2, 2])), config).unwrap();
    assert_eq!(few.sheet(8, 0).unwrap().indices.len(), 3);
}

#[test]
fn a_sheet_is_spread_over_the_classes() {
    let loader = Loader::new(indexed(), config("none")).unwrap();
    let labels = |rows: usize| -> Vec<u16> {
        let indices = loader.sheet(rows, 0).unwrap().indices;
        indices
            .iter()
            .map(|&i| loader.images().label(i as usize))
            .collect()
    };
    assert_eq!(labels(3), [0, 1, 2]);
    assert_eq!(labels(2), [0, 1]);
    assert_eq!(labels(8), [0, 1, 2, 0, 1, 2, 0, 1]);
}
