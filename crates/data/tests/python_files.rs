//! MNIST, Fashion-MNIST and CIFAR from files that Python and numpy wrote.

mod common;

use common::{fixture, json, load, pixels_sha256};
use data::{Dataset, Images};

fn check(images: &Images, expected: &serde_json::Value, shape: [usize; 3]) {
    let labels: Vec<u16> = serde_json::from_value(expected["labels"].clone()).unwrap();
    assert_eq!(images.shape(), shape);
    assert_eq!(images.labels(), labels);
    assert_eq!(pixels_sha256(images, 0..images.len()), expected["sha256"]);
}

#[test]
fn idx_and_cifar_as_another_program_writes_them() {
    for (dataset, description, shape) in [
        (Dataset::Mnist, "mnist/expected.json", [1, 28, 28]),
        (
            Dataset::FashionMnist,
            "fashion-mnist/expected.json",
            [1, 28, 28],
        ),
        (Dataset::Cifar10, "cifar-10-binary.json", [3, 32, 32]),
        (Dataset::Cifar100, "cifar-100-binary.json", [3, 32, 32]),
    ] {
        let splits = load(dataset, &fixture("")).unwrap();
        let expected = json(description);
        check(&splits.train, &expected["train"], shape);
        check(&splits.test, &expected["test"], shape);
    }
}

#[test]
fn class_names_are_those_of_the_files() {
    let splits = load(Dataset::Cifar100, &fixture("")).unwrap();
    assert_eq!(splits.train.class_names()[99], "class 99");
}
