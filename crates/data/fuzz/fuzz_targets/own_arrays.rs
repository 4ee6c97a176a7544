//! A user's own arrays: the first byte chooses the names of two files, the second how much of the
//! rest goes into the first of them.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use data::{OwnOptions, load_own};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// In memory where that is possible.
static ROOT: LazyLock<TempDir> =
    LazyLock::new(|| tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap()));

const NAMES: [[&str; 2]; 5] = [
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"],
    ["arrays.npz", "classes.txt"],
    ["data_batch_1", "batches.meta"],
    ["train.bin", "batches.meta.txt"],
    ["x-train-images-idx3-ubyte", "x-mapping.txt"],
];

fuzz_target!(|input: &[u8]| {
    let [choice, share, bytes @ ..] = input else {
        return;
    };
    let (first, second) = bytes.split_at(bytes.len() * usize::from(*share) / 255);
    let names = NAMES[usize::from(*choice) % NAMES.len()];
    for names in NAMES {
        names.map(|name| drop(fs::remove_file(ROOT.path().join(name))));
    }
    fs::write(ROOT.path().join(names[0]), first).unwrap();
    fs::write(ROOT.path().join(names[1]), second).unwrap();
    let options = OwnOptions::default()
        .with_max_memory(Some(16 << 20))
        .with_size(Some([4, 4]))
        .with_threads(1);
    if let Ok((splits, _)) = load_own(ROOT.path(), &options) {
        assert!(!splits.train.is_empty());
        assert!(splits.train.labels().iter().all(|&label| usize::from(label) < splits.train.classes()));
    }
});
