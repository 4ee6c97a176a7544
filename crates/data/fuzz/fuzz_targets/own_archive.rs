//! Archives of a user's own pictures: zip or tar as it is, or, if the first byte is odd, gzipped
//! here, so that the fuzzer reaches what is within.

#![no_main]

use std::fs;
use std::io::Write;
use std::sync::LazyLock;

use data::{OwnOptions, load_own, survey};
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// In memory where that is possible.
static ROOT: LazyLock<TempDir> =
    LazyLock::new(|| tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap()));

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
    let path = ROOT.path().join("archive");
    fs::write(&path, archive).unwrap();
    let options = OwnOptions::default()
        .with_max_memory(Some(16 << 20))
        .with_size(Some([4, 4]))
        .with_skip_bad(true)
        .with_threads(1);
    let looked = survey(&path, &options);
    if let Ok((splits, found)) = load_own(&path, &options) {
        assert_eq!(Some(&found), looked.ok().as_ref());
        assert_eq!(splits.train.len(), found.classes.iter().map(|class| class.train).sum::<usize>());
        assert!(!splits.test.is_empty());
    }
});
