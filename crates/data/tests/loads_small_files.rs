//! Well-formed files in every form they may come in.

mod common;

use std::fs;
use std::path::Path;

use common::{gzip, load, put, records, small_cifar10, small_mnist, tar};
use data::{Dataset, Splits};

fn check_mnist(splits: &Splits) {
    assert_eq!((splits.train.len(), splits.test.len()), (3, 2));
    assert_eq!(splits.train.shape(), [1, 28, 28]);
    assert_eq!(splits.train.labels(), [0, 1, 2]);
    assert_eq!(splits.train.image(2), [2; 784]);
    assert_eq!(splits.test.classes(), 10);
}

#[test]
fn mnist_plain_and_gzipped() {
    let root = small_mnist();
    check_mnist(&load(Dataset::Mnist, root.path()).unwrap());
    // One file after the other is replaced by its gzipped form.
    for entry in fs::read_dir(root.path().join("mnist")).unwrap() {
        let path = entry.unwrap().path();
        let zipped = gzip(&fs::read(&path).unwrap());
        fs::write(path.with_added_extension("gz"), zipped).unwrap();
        fs::remove_file(path).unwrap();
        check_mnist(&load(Dataset::Mnist, root.path()).unwrap());
    }
}

#[test]
fn fashion_mnist_is_in_its_own_folder_with_its_own_names() {
    let root = small_mnist();
    fs::rename(root.path().join("mnist"), root.path().join("fashion-mnist")).unwrap();
    let splits = load(Dataset::FashionMnist, root.path()).unwrap();
    check_mnist(&splits);
    assert_eq!(splits.train.class_names()[2], "pullover");
}

fn check_cifar10(root: &Path) {
    let splits = load(Dataset::Cifar10, root).unwrap();
    assert_eq!((splits.train.len(), splits.test.len()), (10, 1));
    assert_eq!(splits.train.shape(), [3, 32, 32]);
    assert_eq!(
        splits.train.labels(),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 0],
        "batches in order"
    );
    assert_eq!(splits.train.class_names()[9], "j");
    let image = splits.train.image(2);
    assert_eq!(
        (image[0], image[1024], image[3071]),
        (20, 21, 22),
        "red, green, blue"
    );
    assert_eq!(splits.test.image(0)[0], 60);
}

#[test]
fn cifar10_from_folder_and_archive() {
    let root = tempfile::tempdir().unwrap();
    // In another order, from `./`, among other entries: as archivers may do it.
    let mut files = small_cifar10();
    files.reverse();
    files.insert(3, ("cifar-10-batches-bin/readme.html", b"<p>".to_vec()));
    put(root.path(), "cifar-10-binary.tar.gz", &gzip(&tar(&files)));
    check_cifar10(root.path());

    // The folder comes first: a damaged archive beside it does not matter.
    put(root.path(), "cifar-10-binary.tar.gz", b"damaged");
    for (name, bytes) in small_cifar10() {
        put(root.path(), name, &bytes);
    }
    check_cifar10(root.path());
}

#[test]
fn cifar100_uses_the_fine_labels() {
    let names: String = (0..100).map(|class| format!("class {class}\r\n")).collect();
    let files = vec![
        ("cifar-100-binary/fine_label_names.txt", names.into_bytes()),
        (
            "cifar-100-binary/train.bin",
            records(&[&[19, 99], &[0, 5]], 1),
        ),
        ("cifar-100-binary/test.bin", records(&[&[255, 0]], 7)),
    ];
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "cifar-100-binary.tar.gz", &gzip(&tar(&files)));
    let splits = load(Dataset::Cifar100, root.path()).unwrap();
    assert_eq!(splits.train.labels(), [99, 5]);
    assert_eq!(splits.test.labels(), [0]);
    assert_eq!(splits.train.classes(), 100);
    assert_eq!(splits.train.class_names()[99], "class 99");
    assert_eq!(
        (splits.train.image(1)[0], splits.train.image(1)[3071]),
        (1, 3)
    );
}
