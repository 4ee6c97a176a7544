//! The author's published networks on CIFAR-10's test images, where both are at hand: beside the
//! workspace in `../shared`, or where `ONEBIT_DATA` and `ONEBIT_REFERENCE` say.
//!
//! By default the first 20 images, since the plain forward pass takes its time; with
//! `ONEBIT_IMAGES=500` the 500 of which an independent check in float32 has 477 and 478 right. With `ONEBIT_LONG=1` the
//! engine classifies all 10,000 on each instruction set, and is wrong as often as the author's networks are.

use std::env;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use convert::mcdonnell;
use data::{Dataset, GlyphsOptions, Images};
use kernels::Isa;
use runtime::inspect::net_name;
use runtime::{Engine, MAX_THREADS, Model, Options, Padding, reference};
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
    Some(mcdonnell::import(&path, &convert::Options::default()).unwrap())
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

/// How many of all images get another class than theirs from the engine, on each instruction set.
fn check_whole(test: &str, file: &str, wrong: usize) {
    if env::var_os("ONEBIT_LONG").is_none_or(|value| value != "1") {
        skipped(test, "it takes minutes; set ONEBIT_LONG=1");
        return;
    }
    let (Some(model), Some(images)) = (published(test, file), test_images(test)) else {
        return;
    };
    let pixels: Vec<u8> = (0..images.len())
        .flat_map(|index| images.image(index).to_vec())
        .collect();
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let options = Options::default().with_threads(threads.min(MAX_THREADS));
    let mut logits = vec![0.0; images.len() * model.classes()];
    for isa in Isa::available() {
        let mut engine = Engine::with_isa(&model, options, isa).unwrap();
        engine.logits_batch(&pixels, &mut logits).unwrap();
        let classes = logits.chunks(model.classes()).map(reference::argmax);
        let found = classes
            .zip(images.labels())
            .filter(|&(class, &label)| class != usize::from(label));
        let found = found.count();
        println!("{file} on {isa}: {found} of {} wrong", images.len());
        assert_eq!((found, images.len()), (wrong, 10_000), "{isa}");
    }
}

#[test]
fn keras_375_of_all_wrong() {
    let test = "published::keras_375_of_all_wrong";
    check_whole(test, "CIFAR10_allparams.mat", 375);
}

#[test]
fn matlab_382_of_all_wrong() {
    let test = "published::matlab_382_of_all_wrong";
    check_whole(test, "CIFAR10_matlab.mat", 382);
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
