//! Malformed and hostile `.npz` files.

mod common;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use common::{assert_refused, fixture, put};
use data::{DataError, Dataset, NdArray, npz};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const LIMIT: u64 = 1 << 16;

fn read(bytes: &[u8]) -> Result<NdArray, DataError> {
    npz::read_from(Path::new("x.npz"), Cursor::new(bytes), "data", LIMIT)
}

#[track_caller]
fn refuses(bytes: &[u8], words: &[&str]) {
    let error = read(bytes).expect_err("reading should fail").to_string();
    for word in ["x.npz"].iter().chain(words) {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn npy(header: &str, elements: &[u8]) -> Vec<u8> {
    let len = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &len[..], header.as_bytes(), elements].concat()
}

fn header(shape: &str) -> String {
    format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n")
}

#[test]
fn what_numpy_writes() {
    let expected = data::pickle::read(&fixture("imagenet32/val_data"), 1 << 16)
        .unwrap()
        .take_array("data")
        .unwrap();
    let path = fixture("imagenet32-npz/val_data.npz");
    assert_eq!(npz::read(&path, "data", 6144).unwrap(), expected);
    let error = npz::read(&path, "data", 6143).unwrap_err().to_string();
    assert!(error.contains("at most 6143 bytes"), "{error}");
    assert_eq!(
        npz::read(&path, "mean", 48).unwrap().dtype.to_string(),
        "<f8"
    );
    let error = npz::read(&path, "nothing", 1).unwrap_err().to_string();
    assert!(error.contains("an entry `nothing.npy`"), "{error}");
}

#[test]
fn truncated_at_every_16th_byte() {
    for name in ["val_data", "train_data_batch_1"] {
        let bytes = fs::read(fixture(&format!("imagenet32-npz/{name}.npz"))).unwrap();
        for length in (0..bytes.len()).step_by(16).chain([bytes.len() - 1]) {
            refuses(&bytes[..length], &["a zip archive"]);
        }
    }
}

#[test]
fn no_single_changed_byte_makes_it_panic() {
    for name in ["val_data", "train_data_batch_1"] {
        let bytes = fs::read(fixture(&format!("imagenet32-npz/{name}.npz"))).unwrap();
        let good = read(&bytes).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            // The archive's checksum finds what is damaged in the elements.
            if let Ok(found) = read(&changed) {
                assert_eq!(found, good, "{name} at {at}");
            }
        }
    }
}

#[test]
fn entries_that_point_elsewhere_are_not_the_wanted_one() {
    let good = npy(&header("(1, 2)"), b"ab");
    assert_eq!(read(&zip(&[("data.npy", &good)])).unwrap().bytes, b"ab");
    for name in [
        "../data.npy",
        "/data.npy",
        "./data.npy",
        "x/data.npy",
        "data.npy/",
        "DATA.npy",
    ] {
        refuses(
            &zip(&[(name, &good)]),
            &["an entry `data.npy`", "found none"],
        );
    }
    // Beside it they do no harm: nothing is written.
    let beside = zip(&[("../../evil", b"x"), ("data.npy", &good)]);
    assert_eq!(read(&beside).unwrap().bytes, b"ab");
    refuses(&zip(&[]), &["an entry `data.npy`"]);
    refuses(b"no zip", &["a zip archive"]);
}

#[test]
fn arrays_that_do_not_fit() {
    let refuses_npy = |npy: &[u8], words: &[&str]| refuses(&zip(&[("data.npy", npy)]), words);
    refuses_npy(b"", &["a compressed numpy array", "only 0"]);
    refuses_npy(b"\x93NUMPX\x01\x00", &["NUMPY", "NUMPX"]);
    refuses_npy(b"\x93NUMPY\x04\x00", &["version 1, 2 or 3", "found 4"]);
    refuses_npy(
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
        &["16384 bytes", "4294967295"],
    );
    refuses_npy(
        b"\x93NUMPY\x01\x00\x00\x10{",
        &["expected 4106 bytes", "only 11"],
    );
    let object = header("(1, 2)").replace("|u1", "|O");
    refuses_npy(
        &npy(&object, b"cos\nsystem\n."),
        &[
            "x.npz: array data",
            "expected numbers",
            "objects of Python (dtype O)",
        ],
    );
    let fortran = header("(1, 2)").replace("False", "True");
    refuses_npy(
        &npy(&fortran, b"ab"),
        &["row-major", "found column-major (Fortran) order"],
    );
    refuses_npy(
        &npy(&header("(1, 3)"), b"ab"),
        &[
            "uint8 of 1 x 3",
            "found 2 bytes",
            "claims more than the file has",
        ],
    );
    refuses_npy(
        &npy(&header("(1, 1)"), b"ab"),
        &["its end after 1 bytes", "more bytes"],
    );
    let huge = header("(4294967296, 4294967296)");
    refuses_npy(
        &npy(&huge, b"ab"),
        &["4294967296 x 4294967296", "claims more than the file has"],
    );
    refuses_npy(
        &npy(&header("(65537,)"), &[0; 65537]),
        &["at most 65536 bytes"],
    );
}

#[test]
fn a_bomb_is_unpacked_no_further_than_needed() {
    // 64 MiB in 64 KiB: behind a small array, in its header's stead, and announced.
    let zeros = vec![0; 64 << 20];
    let behind = npy(&header("(1, 1)"), &zeros);
    refuses(&zip(&[("data.npy", &behind)]), &["its end after 1 bytes"]);
    refuses(&zip(&[("data.npy", &zeros)]), &["NUMPY"]);
    let announced = npy(&header("(67108864,)"), &zeros);
    refuses(&zip(&[("data.npy", &announced)]), &["at most 65536 bytes"]);
}

#[test]
fn imagenet32_files_of_the_wrong_content() {
    let root = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(fixture("imagenet32-npz")).unwrap() {
        let entry = entry.unwrap();
        let name = format!("imagenet32/{}", entry.file_name().display());
        put(root.path(), &name, &fs::read(entry.path()).unwrap());
    }
    let file = "imagenet32/train_data_batch_3.npz";
    let data = npy(&header("(1, 3072)"), &[7; 3072]);
    let labels = |labels: &[u8]| npy(&header(&format!("({},)", labels.len())), labels);
    let square = npy(&header("(1, 1)"), &[1]);
    let cases: &[(&[u8], &[u8], &[&str])] = &[
        (
            &data,
            &labels(&[0]),
            &["integers of 1 to 1000", "0 at image 0"],
        ),
        (&data, &square, &["a list of integers", "[1, 1] of |u1"]),
        (&data, &labels(&[]), &["at most 0 bytes"]),
        (&data, &labels(&[1, 2]), &["2 x 3072 of |u1", "[1, 3072]"]),
        (
            &labels(&[1]),
            &labels(&[1]),
            &["1 x 3072 of |u1", "[1] of |u1"],
        ),
    ];
    for (data, labels, words) in cases {
        let bytes = zip(&[("data.npy", data), ("labels.npy", labels)]);
        put(root.path(), file, &bytes);
        assert_refused(Dataset::Imagenet32, root.path(), &[file]);
        assert_refused(Dataset::Imagenet32, root.path(), words);
    }
}
