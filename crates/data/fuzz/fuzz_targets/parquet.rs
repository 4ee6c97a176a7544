//! Parquet files of images.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use data::{OwnOptions, survey};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// In memory where that is possible.
static ROOT: LazyLock<TempDir> =
    LazyLock::new(|| tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap()));

fuzz_target!(|bytes: &[u8]| {
    // Panics of the parquet crate are caught; one that is not still ends the fuzzer.
    std::panic::set_hook(Box::new(|_| {}));
    let path = ROOT.path().join("x.parquet");
    fs::write(&path, bytes).unwrap();
    let options = OwnOptions::default().with_max_memory(Some(16 << 20)).with_threads(1);
    let _ = survey(&path, &options);
});
