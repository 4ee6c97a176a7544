//! Many names in a small file take seconds: what compares each with all others took minutes.

mod common;

use std::io::Write;
use std::time::{Duration, Instant};

use data::{OwnOptions, mat5, npz, survey};
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

/// With each compared with all before, minutes.
const NAMES: usize = 300_000;

#[track_caller]
fn within(limit: u64, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(limit), "{took:?}");
}

/// Empty arrays of bytes under names of their own.
fn mat(names: usize) -> Vec<u8> {
    let mut file = vec![b' '; 128];
    file[124..].copy_from_slice(&[0, 1, b'I', b'M']);
    let word = |n: u32| n.to_le_bytes();
    for index in 0..names {
        let name = format!("v{index:07}");
        let parts = [
            &word(6)[..],
            &word(8),
            &word(9),
            &word(0),
            &word(5),
            &word(8),
            &word(0),
            &word(0),
            &word(1),
            &word(8),
            name.as_bytes(),
            &word(2),
            &word(0),
        ]
        .concat();
        file.extend_from_slice(&word(14));
        file.extend_from_slice(&word(parts.len() as u32));
        file.extend_from_slice(&parts);
    }
    file
}

#[test]
fn variables_of_matlab() {
    let dir = tempfile::tempdir().unwrap();
    common::put(dir.path(), "x.mat", &mat(NAMES));
    within(60, || {
        let found = mat5::read(&dir.path().join("x.mat"), 1 << 40).unwrap();
        assert_eq!(found.len(), NAMES);
    });
    let mut twice = mat(3);
    let third = twice.len() - 16;
    twice[third..third + 8].copy_from_slice(b"v0000000");
    common::put(dir.path(), "x.mat", &twice);
    let error = mat5::read(&dir.path().join("x.mat"), 1 << 40).unwrap_err();
    assert!(error.to_string().contains("two of `v0000000`"), "{error}");
}

#[test]
fn entries_of_archives() {
    let dir = tempfile::tempdir().unwrap();
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let archive = |ending: &str, count: usize| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for index in 0..count {
            writer
                .start_file(format!("d{}/{index}{ending}", index % 7), options)
                .unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    // The format's first version has a number of 16 bits for them, the next more.
    common::put(dir.path(), "x.zip", &archive(".txt", 40_000));
    within(60, || {
        let error = survey(&dir.path().join("x.zip"), &OwnOptions::default()).unwrap_err();
        assert!(error.to_string().contains("40000 files"), "{error}");
    });
    common::put(dir.path(), "x.npz", &archive(".npy", 40_000));
    within(60, || {
        let file = std::fs::File::open(dir.path().join("x.npz")).unwrap();
        assert_eq!(npz::names(file).unwrap().len(), 40_000);
        survey(&dir.path().join("x.npz"), &OwnOptions::default()).unwrap_err();
    });
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for index in 0..40_000 {
        let mut header = tar::Header::new_ustar();
        header.set_size(0);
        let name = format!("d{}/{index}.txt", index % 7);
        tar.append_data(&mut header, name, &[][..]).unwrap();
    }
    let mut packed = tar.into_inner().unwrap();
    packed.flush().unwrap();
    common::put(dir.path(), "x.tgz", &packed.finish().unwrap());
    within(60, || {
        let error = survey(&dir.path().join("x.tgz"), &OwnOptions::default()).unwrap_err();
        assert!(error.to_string().contains("40000 files"), "{error}");
    });
}

/// Folders in folders: looked at once each, and not once for each that they lie in.
#[test]
fn deep_folders() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let deep = "a/".repeat(1000);
    for index in 0..500 {
        writer
            .start_file(format!("{deep}{index}/{}x.txt", "b/".repeat(900)), options)
            .unwrap();
    }
    for name in ["x/1.png", "y/1.png"] {
        writer.start_file(format!("{deep}{name}"), options).unwrap();
    }
    common::put(dir.path(), "x.zip", &writer.finish().unwrap().into_inner());
    within(60, || {
        // The pictures are empty.
        let found = survey(&dir.path().join("x.zip"), &OwnOptions::default()).unwrap();
        assert_eq!((found.classes.len(), found.bad.len()), (2, 2));
    });
}
