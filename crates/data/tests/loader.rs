//! The same batches, whoever makes them.

mod common;

use std::sync::Arc;

use common::images;
use data::{Augment, AugmentSpec, Balance, Batch, DataError, Images, Loader, LoaderConfig};

const SHAPE: [usize; 3] = [3, 10, 12];

fn config(workers: usize) -> LoaderConfig {
    LoaderConfig::default()
        .with_batch_size(8)
        .with_shuffle(true)
        .with_drop_last(true)
        .with_augment(Augment::CROP_FLIP_CUTOUT.spec())
        .with_views(1)
        .with_seed(42)
        .with_workers(workers)
        .with_prefetch(3)
}

fn loader(count: usize, config: LoaderConfig) -> Loader {
    Loader::new(Arc::new(images(count, SHAPE)), config).unwrap()
}

fn indices(batches: &[Batch]) -> Vec<u32> {
    batches
        .iter()
        .flat_map(|batch| batch.indices.clone())
        .collect()
}

#[test]
fn any_number_of_workers_makes_the_same_batches() {
    for drop_last in [true, false] {
        let batches = |workers| -> Vec<Vec<Batch>> {
            let loader = loader(101, config(workers).with_drop_last(drop_last));
            (0..4)
                .map(|epoch| loader.epoch(epoch).map(Result::unwrap).collect())
                .collect()
        };
        let expected = batches(0);
        assert_eq!(expected[0].len(), if drop_last { 12 } else { 13 });
        for workers in [1, 4] {
            assert_eq!(batches(workers), expected, "{workers} workers");
        }
    }
}

#[test]
fn an_epoch_can_be_repeated_and_no_two_are_alike() {
    let loader = loader(96, config(2));
    let epochs: Vec<Vec<Batch>> = (0..3)
        .map(|epoch| loader.epoch(epoch).map(Result::unwrap).collect())
        .collect();
    assert_eq!(
        loader.epoch(1).map(Result::unwrap).collect::<Vec<_>>(),
        epochs[1],
        "out of turn, too"
    );
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        assert_ne!(indices(&epochs[a]), indices(&epochs[b]));
    }
    let other = config(2).with_seed(43);
    let other: Vec<Batch> = self::loader(96, other)
        .epoch(1)
        .map(Result::unwrap)
        .collect();
    assert_ne!(indices(&other), indices(&epochs[1]), "the seed decides");
}

#[test]
fn evaluation_sees_every_image_once_as_it_is() {
    for (count, workers) in [(100, 0), (100, 3), (5, 2), (8, 2), (1, 1)] {
        let config = config(workers)
            .with_shuffle(false)
            .with_drop_last(false)
            .with_augment(AugmentSpec::NONE);
        let loader = loader(count, config);
        let batches: Vec<Batch> = loader.epoch(0).map(Result::unwrap).collect();
        assert_eq!(batches.len(), loader.batches_per_epoch());
        assert_eq!(loader.items_per_epoch(), count);
        assert_eq!(indices(&batches), (0..count as u32).collect::<Vec<_>>());
        let source = loader.images();
        for batch in &batches {
            assert_eq!(
                batch.pixels.len(),
                batch.len() * SHAPE.iter().product::<usize>()
            );
            for (i, &index) in batch.indices.iter().enumerate() {
                let pixels = &batch.pixels[i * 360..][..360];
                assert_eq!(pixels, source.image(index as usize));
                assert_eq!(batch.labels[i], source.label(index as usize));
            }
        }
    }
}

#[test]
fn training_sees_whole_batches_of_different_images() {
    let loader = loader(101, config(2));
    assert_eq!(
        (loader.batches_per_epoch(), loader.items_per_epoch()),
        (12, 96)
    );
    let epoch = loader.epoch(7);
    assert_eq!(epoch.len(), 12);
    assert!(
        epoch
            .map(Result::unwrap)
            .all(|batch| batch.len() == 8 && !batch.is_empty())
    );
    let mut all = indices(&loader.epoch(7).map(Result::unwrap).collect::<Vec<_>>());
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 96);
    // Over several epochs, every image has its turn.
    let mut seen = [false; 101];
    for epoch in 0..8 {
        for index in indices(&loader.epoch(epoch).map(Result::unwrap).collect::<Vec<_>>()) {
            seen[index as usize] = true;
        }
    }
    assert!(seen.iter().all(|&seen| seen));
}

#[test]
fn augmentation_goes_with_the_image_not_with_its_place() {
    let pixels = |shuffle: bool, batch_size: usize| -> Vec<(u32, Vec<u8>)> {
        let config = config(0)
            .with_shuffle(shuffle)
            .with_batch_size(batch_size)
            .with_drop_last(false);
        let mut images: Vec<(u32, Vec<u8>)> = loader(50, config)
            .epoch(3)
            .map(Result::unwrap)
            .flat_map(|b| {
                b.indices
                    .into_iter()
                    .zip(b.pixels.chunks(360).map(<[u8]>::to_vec).collect::<Vec<_>>())
            })
            .collect();
        images.sort_unstable();
        images
    };
    let expected = pixels(false, 50);
    assert_eq!(pixels(true, 8), expected);
    assert_eq!(pixels(true, 1), expected);
}

#[test]
fn an_epoch_outlives_its_loader_and_may_be_dropped_early() {
    let loader = loader(800, config(4));
    let source = Arc::downgrade(loader.images());
    let mut epoch = loader.epoch(0);
    drop(loader);
    assert_eq!(epoch.by_ref().take(5).count(), 5);
    drop(epoch);
    assert_eq!(source.strong_count(), 0, "the threads are gone");
}

#[test]
fn configurations_that_make_no_batch_are_refused() {
    let refuse = |count: usize, config: LoaderConfig, words: [&str; 2]| {
        let error = Loader::new(Arc::new(images(count, SHAPE)), config).unwrap_err();
        assert!(matches!(error, DataError::Option { .. }));
        let error = error.to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    refuse(9, config(0).with_batch_size(0), ["batch_size", "found 0"]);
    refuse(7, config(0), ["at least 8 images", "found 7"]);
    refuse(
        0,
        config(0).with_drop_last(false),
        ["at least 1 image", "found 0"],
    );
    refuse(9, config(257), ["workers", "at most 256"]);
    let augment = AugmentSpec::NONE.with_pad(1 << 17);
    refuse(9, config(0).with_augment(augment), ["pad", "131072"]);
    let augment = AugmentSpec::NONE.with_cutout(Some(1 << 17));
    refuse(9, config(0).with_augment(augment), ["cutout", "131072"]);
}

#[test]
fn extreme_sizes_work() {
    let whole = config(1)
        .with_batch_size(usize::MAX)
        .with_drop_last(false)
        .with_prefetch(0);
    let batches: Vec<Batch> = loader(10, whole)
        .epoch(u64::MAX)
        .map(Result::unwrap)
        .collect();
    assert_eq!((batches.len(), batches[0].len()), (1, 10));
    let prefetching = config(256).with_prefetch(usize::MAX);
    assert_eq!(loader(800, prefetching).epoch(0).count(), 100);
}

#[test]
fn an_image_that_comes_again_is_augmented_anew() {
    // 2 of 60 images are of class 1, so that each comes some 15 times.
    let labels = (0..60).map(|index| u16::from(index < 2)).collect();
    let (names, pixels) = (vec!["many".into(), "few".into()], vec![7; 60 * 360]);
    let images = Arc::new(Images::new(3, 10, 12, names, pixels, labels).unwrap());
    let balanced = config(2).with_batch_size(10).with_balance(Balance::Sample);
    let loader = Loader::new(images.clone(), balanced.clone()).unwrap();
    let batches: Vec<Batch> = loader.epoch(1).map(Result::unwrap).collect();
    let few = |batch: &Batch| batch.labels.iter().filter(|&&label| label == 1).count();
    assert_eq!(batches.iter().map(few).sum::<usize>(), 30);
    let mut seen = std::collections::HashSet::new();
    for batch in &batches {
        for (label, &index) in batch.labels.iter().zip(&batch.indices) {
            assert_eq!(*label, images.label(index as usize));
        }
        seen.extend(batch.pixels.chunks(360).map(<[u8]>::to_vec));
    }
    assert_eq!(seen.len(), 60, "no two of them are alike");

    let error = Loader::new(images, balanced.with_shuffle(false)).unwrap_err();
    assert!(error.to_string().contains("option `balance`"), "{error}");
}
