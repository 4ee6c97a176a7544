//! The real files, where they are at hand.

mod common;

use common::{load, real_data};
use data::{Dataset, Images, OwnOptions, load_own};

fn class_counts(images: &Images) -> Vec<usize> {
    let mut counts = vec![0; images.classes()];
    images
        .labels()
        .iter()
        .for_each(|&label| counts[usize::from(label)] += 1);
    counts
}

/// The mean of all bytes of one channel.
fn mean(images: &Images, channel: usize) -> f64 {
    let [_, height, width] = images.shape();
    let plane = height * width;
    let sum: u64 = (0..images.len())
        .flat_map(|i| &images.image(i)[channel * plane..][..plane])
        .map(|&pixel| u64::from(pixel))
        .sum();
    sum as f64 / (images.len() * plane) as f64
}

#[test]
fn mnist() {
    let Some(root) = real_data("real_data::mnist", &["mnist"]) else {
        return;
    };
    let splits = load(Dataset::Mnist, &root).unwrap();
    assert_eq!((splits.train.len(), splits.test.len()), (60_000, 10_000));
    // As the dataset's page and every tutorial have it: the first labels, the mean of 0.1307.
    assert_eq!(splits.train.labels()[..8], [5, 0, 4, 1, 9, 2, 1, 3]);
    assert_eq!(splits.test.labels()[..4], [7, 2, 1, 0]);
    assert!((mean(&splits.train, 0) / 255.0 - 0.1307).abs() < 5e-5);
    assert_eq!(class_counts(&splits.train)[..3], [5923, 6742, 5958]);
}

#[test]
fn fashion_mnist() {
    let Some(root) = real_data("real_data::fashion_mnist", &["fashion-mnist"]) else {
        return;
    };
    let splits = load(Dataset::FashionMnist, &root).unwrap();
    assert_eq!((splits.train.len(), splits.test.len()), (60_000, 10_000));
    assert_eq!(class_counts(&splits.train), [6000; 10]);
}

#[test]
fn cifar10() {
    let needed = ["cifar-10-binary.tar.gz"];
    let Some(root) = real_data("real_data::cifar10", &needed) else {
        return;
    };
    let splits = load(Dataset::Cifar10, &root).unwrap();
    assert_eq!((splits.train.len(), splits.test.len()), (50_000, 10_000));
    assert_eq!(class_counts(&splits.train), [5000; 10]);
    assert_eq!(class_counts(&splits.test), [1000; 10]);
    assert_eq!(splits.train.class_names()[0], "airplane");
    // The usual normalisation constants, which do not depend on the order of the images.
    for (channel, expected) in [0.4914, 0.4822, 0.4465].into_iter().enumerate() {
        assert!((mean(&splits.train, channel) / 255.0 - expected).abs() < 5e-5);
    }
}

#[test]
fn cifar100() {
    let needed = ["cifar-100-binary.tar.gz"];
    let Some(root) = real_data("real_data::cifar100", &needed) else {
        return;
    };
    let splits = load(Dataset::Cifar100, &root).unwrap();
    assert_eq!(class_counts(&splits.train), [500; 100]);
    assert_eq!(class_counts(&splits.test), [100; 100]);
    assert_eq!(splits.train.class_names()[0], "apple");
}

/// Photographs of hands, three of which are larger than the rest, and turned.
#[test]
fn sign_digits() {
    let Some(root) = real_data("real_data::sign_digits", &["sign-digits"]) else {
        return;
    };
    let path = root.join("sign-digits");
    let error = load_own(&path, &OwnOptions::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("2059 of 100x100, 3 of 3024x3024"), "{error}");
    let options = OwnOptions::default().with_size(Some([32, 32]));
    let (splits, found) = load_own(&path, &options).unwrap();
    assert_eq!(found.classes.len(), 10);
    assert_eq!(splits.train.len() + splits.test.len(), 2062);
    assert!(
        found
            .classes
            .iter()
            .all(|class| class.test == 41 || class.test == 42),
        "{found:?}"
    );
    assert_eq!(
        (found.passed_over.len(), found.passed_over[0].count),
        (1, 1)
    );
    assert!(found.bad.is_empty() && splits.train.are_sorted());
    let some = splits.train.sample(100).counts();
    assert!(
        some.iter().all(|count| (9..=11).contains(count)),
        "{some:?}"
    );
}
