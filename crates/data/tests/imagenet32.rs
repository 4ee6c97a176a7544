//! ImageNet32, from files that Python and numpy wrote.

mod common;

use std::fs;
use std::path::Path;

use common::{assert_refused, fixture, json, load, pixels_sha256};
use data::{Dataset, Images};

fn check(images: &Images, split: &str) {
    let expected = &json("imagenet32/expected.json")[split];
    let labels: Vec<u16> = serde_json::from_value(expected["labels"].clone()).unwrap();
    assert_eq!(images.shape(), [3, 32, 32]);
    assert_eq!(images.labels(), labels);
    assert_eq!(pixels_sha256(images, 0..images.len()), expected["sha256"]);
    assert_eq!(images.classes(), 1000);
    assert_eq!(
        (&images.class_names()[0][..], &images.class_names()[999][..]),
        ("1", "1000")
    );
}

fn check_all(root: &Path) {
    let splits = load(Dataset::Imagenet32, root).unwrap();
    check(&splits.train, "train");
    check(&splits.test, "test");
}

/// Puts the files of a fixture's folder under `root`.
fn copy(from: &str, root: &Path) {
    fs::create_dir_all(root.join("imagenet32")).unwrap();
    for entry in fs::read_dir(fixture(from)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(
            entry.path(),
            root.join("imagenet32").join(entry.file_name()),
        )
        .unwrap();
    }
}

#[test]
fn pickles_in_every_protocol() {
    check_all(&fixture("")); // The folder of the fixtures has the name of the dataset.
}

#[test]
fn npz_and_both_mixed() {
    let root = tempfile::tempdir().unwrap();
    copy("imagenet32-npz", root.path());
    check_all(root.path());
    // Where both are there, the pickle is read: damaged archives do not matter.
    copy("imagenet32", root.path());
    for number in [1, 2, 3] {
        let zipped = format!("imagenet32/train_data_batch_{number}.npz");
        fs::write(root.path().join(zipped), b"damaged").unwrap();
    }
    for number in [4, 5] {
        let pickled = format!("imagenet32/train_data_batch_{number}");
        fs::remove_file(root.path().join(pickled)).unwrap();
    }
    check_all(root.path());
}

#[test]
fn a_missing_file() {
    let root = tempfile::tempdir().unwrap();
    copy("imagenet32", root.path());
    fs::remove_file(root.path().join("imagenet32/train_data_batch_10")).unwrap();
    let words = [
        "train_data_batch_10 or ",
        "batch_10.npz",
        "found nothing there",
    ];
    assert_refused(Dataset::Imagenet32, root.path(), &words);
    assert_refused(
        Dataset::Imagenet32,
        Path::new("/nonexistent"),
        &["val_data"],
    );
}
