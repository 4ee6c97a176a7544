//! The author's published networks on CIFAR-10's test images, where both are at hand: beside the
//! workspace in `../shared`, or where `ONEBIT_DATA` and `ONEBIT_REFERENCE` say.
//!
//! By default the first 20 images, since the plain forward pass takes its time; with
//! `ONEBIT_IMAGES=500` the 500 of which an independent check in float32 has 477 and 478 right.

use std::env;
use std::path::{Path, PathBuf};
use std::thread;

use convert::{Options, mcdonnell};
use data::{Dataset, GlyphsOptions, Images};
use runtime::inspect::net_name;
use runtime::{Model, Padding, reference};
use testkit::skipped;

fn shared(variable: &str, folder: &str) -> PathBuf {
    match env::var_os(variable) {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared")
            .join(folder),
    }
}

/// The network of a published file.
fn published(test: &str, file: &str) -> Option<Model> {
    let path = shared("ONEBIT_REFERENCE", "reference").join(file);
    if !path.exists() {
        skipped(test, &format!("no {}", path.display()));
        return None;
    }
    Some(mcdonnell::import(&path, &Options::default()).unwrap())
}

fn test_images(test: &str) -> Option<Images> {
    let data = shared("ONEBIT_DATA", "datasets");
    match Dataset::Cifar10.load(&data, &GlyphsOptions::default()) {
        Ok(splits) => Some(splits.test),
        Err(error) => {
            skipped(test, &error.to_string());
            None
        }
    }
}

/// How many of the first `count` images get their class, on two threads.
fn right(model: &Model, images: &Images, count: usize) -> usize {
    let half = |first: usize| {
        let right = (first..count).step_by(2).filter(|&index| {
            let logits = reference::logits::<f32>(model, images.image(index)).unwrap();
            reference::argmax(&logits) == usize::from(images.labels()[index])
        });
        right.count()
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        half(0) + other.join().unwrap()
    })
}

fn check(test: &str, file: &str, padding: Padding, of_500: usize) {
    let Some(model) = published(test, file) else {
        return;
    };
    assert_eq!(net_name(&model).as_deref(), Some("wrn-20-10"));
    assert_eq!(model.input(), [3, 32, 32]);
    let mut convs = model.graph().convs();
    assert!(convs.all(|(_, conv)| conv.padding == padding));
    let size = model.write().unwrap().len();
    println!("{file}: {size} bytes packed");
    assert!(size <= 3_450_000);
    let Some(images) = test_images(test) else {
        return;
    };
    let count = env::var("ONEBIT_IMAGES").map_or(20, |count| count.parse().unwrap());
    let right = right(&model, &images, count);
    println!("{file}: {right} of the first {count} right");
    match count {
        500 => assert_eq!(right, of_500),
        // 95 % are right; a wrong padding, order of bits or scale leaves about 10 %.
        _ => assert!(right as f64 >= 0.8 * count as f64, "{right} of {count}"),
    }
}

#[test]
fn keras_3_75_percent() {
    let file = "CIFAR10_allparams.mat";
    check(
        "published::keras_3_75_percent",
        file,
        Padding::BottomRight,
        477,
    );
}

#[test]
fn matlab_3_82_percent() {
    let file = "CIFAR10_matlab.mat";
    check(
        "published::matlab_3_82_percent",
        file,
        Padding::Symmetric,
        478,
    );
}
