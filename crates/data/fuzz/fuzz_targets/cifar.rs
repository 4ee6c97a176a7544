//! The archive of CIFAR-10: as it is, or, if the first byte is odd, gzipped here, so that the
//! fuzzer reaches the tar reader.

#![no_main]

use std::fs;
use std::io::Write;
use std::sync::LazyLock;

use data::{Dataset, GlyphsOptions};
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// In memory where that is possible.
static ROOT: LazyLock<TempDir> = LazyLock::new(|| {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
});

fuzz_target!(|input: &[u8]| {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    let archive = if choice & 1 == 0 {
        bytes.to_vec()
    } else {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    fs::write(ROOT.path().join("cifar-10-binary.tar.gz"), archive).unwrap();
    if let Ok(splits) = Dataset::Cifar10.load(ROOT.path(), &GlyphsOptions::default()) {
        assert!(!splits.train.is_empty() && !splits.test.is_empty());
    }
});
