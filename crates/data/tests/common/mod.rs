//! What the tests share: small well-formed files, and where the real ones are.

#![allow(dead_code)] // Each test file uses some of these.

pub mod pictures;
pub mod server;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use data::{DataError, Dataset, GlyphsOptions, Images, Splits};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
pub use testkit::skipped;

/// Where real data is: `$ONEBIT_DATA`, or `../shared/datasets` beside the workspace.
///
/// `None`, and a word that `test` is skipped, without all of `needed` there.
pub fn real_data(test: &str, needed: &[&str]) -> Option<PathBuf> {
    let root = match std::env::var_os("ONEBIT_DATA") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets"),
    };
    if let Some(missing) = needed.iter().find(|name| !root.join(name).exists()) {
        let reason = format!("no {missing} in {}; set ONEBIT_DATA", root.display());
        skipped(test, &reason);
        return None;
    }
    Some(root)
}

/// Loads a dataset that is not drawn.
pub fn load(dataset: Dataset, root: &Path) -> Result<Splits, DataError> {
    dataset.load(root, &GlyphsOptions::default())
}

/// Loading must fail, with every one of `words` in the message.
#[track_caller]
pub fn assert_refused(dataset: Dataset, root: &Path, words: &[&str]) {
    let error = load(dataset, root)
        .expect_err("loading should fail")
        .to_string();
    for word in words {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
}

/// Writes a file below `root`, with its folders.
pub fn put(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An uncompressed tar archive of files.
pub fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

/// An IDX file: the magic number, the dimensions, the bytes.
pub fn idx(magic: u32, dimensions: &[u32], bytes: &[u8]) -> Vec<u8> {
    let words = std::iter::once(&magic).chain(dimensions);
    words
        .flat_map(|word| word.to_be_bytes())
        .chain(bytes.iter().copied())
        .collect()
}

/// An IDX file of `count` images of 28×28, whose pixels are all the image's number.
pub fn idx_images(count: u32) -> Vec<u8> {
    let bytes: Vec<u8> = (0..count * 784).map(|i| (i / 784) as u8).collect();
    idx(0x803, &[count, 28, 28], &bytes)
}

/// An IDX file of the labels 0, 1, …
pub fn idx_labels(count: u32) -> Vec<u8> {
    idx(
        0x801,
        &[count],
        &(0..count).map(|i| i as u8).collect::<Vec<u8>>(),
    )
}

/// A data root with an `mnist` of 3 + 2 images.
pub fn small_mnist() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (split, count) in [("train", 3), ("t10k", 2)] {
        let name = |kind: &str| format!("mnist/{split}-{kind}-ubyte");
        put(root.path(), &name("images-idx3"), &idx_images(count));
        put(root.path(), &name("labels-idx1"), &idx_labels(count));
    }
    root
}

/// CIFAR records with the given bytes before their pixels; pixels of channel `c` are `first + c`.
pub fn records(heads: &[&[u8]], first: u8) -> Vec<u8> {
    let pixels = |c: u8| vec![first + c; 1024];
    let image: Vec<u8> = (0..3).flat_map(pixels).collect();
    heads
        .iter()
        .flat_map(|head| [head, &image[..]].concat())
        .collect()
}

/// The files of a CIFAR-10 of 5·2 + 1 images.
pub fn small_cifar10() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (
            "cifar-10-batches-bin/batches.meta.txt",
            b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".to_vec(),
        ),
        (
            "cifar-10-batches-bin/data_batch_1.bin",
            records(&[&[1], &[2]], 10),
        ),
        (
            "cifar-10-batches-bin/data_batch_2.bin",
            records(&[&[3], &[4]], 20),
        ),
        (
            "cifar-10-batches-bin/data_batch_3.bin",
            records(&[&[5], &[6]], 30),
        ),
        (
            "cifar-10-batches-bin/data_batch_4.bin",
            records(&[&[7], &[8]], 40),
        ),
        (
            "cifar-10-batches-bin/data_batch_5.bin",
            records(&[&[9], &[0]], 50),
        ),
        ("cifar-10-batches-bin/test_batch.bin", records(&[&[7]], 60)),
    ]
}

/// `count` images of `shape` in 10 classes, with pixels that differ from image to image.
pub fn images(count: usize, [c, h, w]: [usize; 3]) -> Images {
    let size = c * h * w;
    let pixels = (0..count * size)
        .map(|i| (i % size * 7 + i / size * 13) as u8)
        .collect();
    let names = (0..10).map(|class| class.to_string()).collect();
    Images::new(
        c,
        h,
        w,
        names,
        pixels,
        (0..count).map(|i| (i % 10) as u16).collect(),
    )
    .unwrap()
}

/// A file or folder that `tests/fixtures/make.py` wrote.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// What a JSON file of the fixtures says.
pub fn json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&fs::read(fixture(name)).unwrap()).unwrap()
}

/// The SHA-256 of the pixels of some images, N×C×H×W.
pub fn pixels_sha256(images: &Images, range: std::ops::Range<usize>) -> String {
    let mut digest = Sha256::new();
    range.for_each(|index| digest.update(images.image(index)));
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
