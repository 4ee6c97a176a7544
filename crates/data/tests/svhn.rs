//! SVHN, from files that scipy wrote.

mod common;

use std::fs;

use common::{assert_refused, fixture, json, load, pixels_sha256, put};
use data::svhn::{self, Extra};
use data::{Dataset, Images};

/// The images must be those of these splits of the fixture, one after the other.
fn check(images: &Images, splits: &[&str]) {
    let expected = json("svhn/expected.json");
    assert_eq!(images.shape(), [3, 32, 32]);
    assert_eq!(images.class_names()[..2], ["0", "1"]);
    let mut first = 0;
    for split in splits {
        let labels: Vec<u16> = serde_json::from_value(expected[split]["labels"].clone()).unwrap();
        let range = first..first + labels.len();
        assert_eq!(images.labels()[range.clone()], labels, "{split}");
        assert_eq!(
            pixels_sha256(images, range),
            expected[split]["sha256"],
            "{split}"
        );
        first += labels.len();
    }
    assert_eq!(images.len(), first);
}

#[test]
fn digits_in_order_and_extra_where_it_is() {
    let dir = fixture("svhn");
    let splits = svhn::load(&dir, Extra::IfThere).unwrap();
    check(&splits.train, &["train", "extra"]);
    check(&splits.test, &["test"]);
    assert!(splits.train.labels().contains(&0), "the fixture has a 10");
    assert_eq!(svhn::load(&dir, Extra::With).unwrap(), splits);
    check(&svhn::load(&dir, Extra::Without).unwrap().train, &["train"]);

    let root = tempfile::tempdir().unwrap();
    for file in ["train_32x32.mat", "test_32x32.mat"] {
        put(
            root.path(),
            &format!("svhn/{file}"),
            &fs::read(dir.join(file)).unwrap(),
        );
    }
    check(&load(Dataset::Svhn, root.path()).unwrap().train, &["train"]);
    let error = svhn::load(&root.path().join("svhn"), Extra::With).unwrap_err();
    assert!(error.to_string().contains("extra_32x32.mat"), "{error}");

    fs::remove_file(root.path().join("svhn/train_32x32.mat")).unwrap();
    let words = ["svhn/train_32x32.mat", "found nothing there"];
    assert_refused(Dataset::Svhn, root.path(), &words);
}
