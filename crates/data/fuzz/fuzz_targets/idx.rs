//! The files of MNIST: the first byte chooses which one is replaced, plain or gzipped.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use data::{Dataset, GlyphsOptions};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// In memory where that is possible, with two well-formed images a split.
static ROOT: LazyLock<TempDir> = LazyLock::new(|| {
    let root = tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap());
    fs::create_dir(root.path().join("mnist")).unwrap();
    root
});

fn write(name: &str, bytes: &[u8]) {
    fs::write(ROOT.path().join("mnist").join(name), bytes).unwrap();
}

fuzz_target!(|input: &[u8]| {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    let images = [
        &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28],
        &[7; 2 * 784][..],
    ]
    .concat();
    for split in ["train", "t10k"] {
        write(&format!("{split}-images-idx3-ubyte"), &images);
        write(
            &format!("{split}-labels-idx1-ubyte"),
            &[0, 0, 8, 1, 0, 0, 0, 2, 3, 9],
        );
    }
    let kind = if choice & 1 == 0 {
        "images-idx3"
    } else {
        "labels-idx1"
    };
    let plain = format!("train-{kind}-ubyte");
    let zipped = format!("{plain}.gz");
    if choice & 2 == 0 {
        write(&plain, bytes);
    } else {
        fs::remove_file(ROOT.path().join("mnist").join(&plain)).unwrap();
        write(&zipped, bytes);
    }
    if let Ok(splits) = Dataset::Mnist.load(ROOT.path(), &GlyphsOptions::default()) {
        assert_eq!(splits.train.len(), 2);
        assert_eq!(splits.test.len(), 2);
    }
    let _ = fs::remove_file(ROOT.path().join("mnist").join(zipped));
});
