//! The drawn dataset: the same everywhere, balanced, and as hard as it is meant to be.

mod common;

use std::path::Path;

use data::{DataError, Dataset, GlyphsOptions, Images, Splits};
use sha2::{Digest, Sha256};

fn draw(train: usize, test: usize, seed: u64) -> Splits {
    let options = GlyphsOptions::default()
        .with_train(train)
        .with_test(test)
        .with_seed(seed);
    Dataset::Glyphs
        .load(Path::new("not looked at"), &options)
        .unwrap()
}

#[test]
fn an_image_depends_on_seed_split_and_index_alone() {
    let many = draw(700, 300, 5);
    assert_eq!(many.train.shape(), [1, 28, 28]);
    let few = draw(300, 1, 5);
    assert_eq!(
        few.train,
        many.train.clone().take(300),
        "not on the number of images"
    );
    assert_eq!(few.test, many.test.clone().take(1));
    assert_ne!(draw(300, 1, 6).train, few.train);
    // No image comes twice, in one split or across.
    let all = |images: &Images| {
        (0..images.len())
            .map(|i| images.image(i).to_vec())
            .collect()
    };
    let mut images: Vec<Vec<u8>> = all(&many.train);
    images.extend::<Vec<_>>(all(&many.test));
    images.sort_unstable();
    images.dedup();
    assert_eq!(images.len(), 1000);
}

#[test]
fn the_images_are_those_they_have_always_been() {
    // Arithmetic is exact IEEE 754, so that this holds on every machine. A change here means that
    // results on `glyphs` are no longer comparable, and belongs in the changelog.
    let splits = draw(500, 500, GlyphsOptions::default().seed);
    let mut hash = Sha256::new();
    for images in [&splits.train, &splits.test] {
        (0..images.len()).for_each(|i| hash.update(images.image(i)));
    }
    let hash: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hash,
        "352876444c81c177554ad3ed792caa8df275cceac1666dab3865a3eb55800667"
    );
}

#[test]
fn classes_are_balanced_and_images_have_contrast() {
    let train = draw(1000, 1, 1).train;
    assert_eq!(train.class_names()[7], "7");
    for class in 0..10 {
        assert_eq!(
            train
                .labels()
                .iter()
                .filter(|&&label| label == class)
                .count(),
            100
        );
    }
    for i in 0..train.len() {
        let mut pixels = train.image(i).to_vec();
        pixels.sort_unstable();
        // Ink covers at least 20 of 784 pixels: compare its darkest tenth with the ground.
        assert!(
            pixels[783 - 10] > pixels[392] + 40,
            "image {i} can hardly be seen"
        );
    }
}

/// A linear softmax classifier on standardised pixels, trained by plain gradient descent; its
/// error on the test split.
fn linear_error(splits: &Splits) -> f64 {
    let standard = |images: &Images, i: usize| -> Vec<f32> {
        let image = images.image(i).iter().map(|&pixel| f32::from(pixel));
        let mean = image.clone().sum::<f32>() / 784.0;
        let variance = image.clone().map(|x| (x - mean).powi(2)).sum::<f32>() / 784.0;
        image.map(|x| (x - mean) / variance.sqrt()).collect()
    };
    let logits = |weights: &[Vec<f32>], x: &[f32]| -> Vec<f32> {
        weights
            .iter()
            .map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum())
            .collect()
    };
    let mut weights = vec![vec![0.0f32; 784]; 10];
    for epoch in 0..15 {
        let rate = 0.003 * (1.0 - epoch as f32 / 15.0);
        for i in 0..splits.train.len() {
            let x = standard(&splits.train, i);
            let scores = logits(&weights, &x);
            let top = scores.iter().copied().fold(f32::MIN, f32::max);
            let exps: Vec<f32> = scores.iter().map(|s| (s - top).exp()).collect();
            let sum: f32 = exps.iter().sum();
            for (class, row) in weights.iter_mut().enumerate() {
                let hit = f32::from(class == usize::from(splits.train.label(i)));
                let step = rate * (hit - exps[class] / sum);
                row.iter_mut().zip(&x).for_each(|(w, x)| *w += step * x);
            }
        }
    }
    let wrong = (0..splits.test.len()).filter(|&i| {
        let scores = logits(&weights, &standard(&splits.test, i));
        let best = (0..10).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        best != Some(usize::from(splits.test.label(i)))
    });
    wrong.count() as f64 / splits.test.len() as f64
}

#[test]
fn a_linear_classifier_learns_something_but_does_badly() {
    let error = linear_error(&draw(4000, 1000, 1));
    assert!(
        (0.10..0.40).contains(&error),
        "error of a linear classifier: {error}"
    );
}

#[test]
fn counts_out_of_range_are_refused() {
    for (train, test, word) in [
        (0, 1, "glyphs.train"),
        (1, 0, "glyphs.test"),
        (1, 1_000_001, "1000001"),
    ] {
        let options = GlyphsOptions::default()
            .with_train(train)
            .with_test(test)
            .with_seed(1);
        let error = Dataset::Glyphs.load(Path::new(""), &options).unwrap_err();
        assert!(matches!(error, DataError::Option { .. }));
        assert!(error.to_string().contains(word), "{error}");
    }
}
