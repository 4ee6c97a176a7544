//! A user's own data in arrays: IDX, archives of numpy, the files of CIFAR.

mod common;

use std::io::Write;
use std::path::Path;

use common::{gzip, put};
use data::{ArrayFault, DataError, OwnOptions, Splits, Survey, load_own, survey};
use zip::write::SimpleFileOptions;

fn load(path: &Path) -> (Splits, Survey) {
    load_own(path, &OwnOptions::default()).unwrap()
}

fn refused(path: &Path, words: &[&str]) {
    let error = survey(path, &OwnOptions::default())
        .unwrap_err()
        .to_string();
    for word in words {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
    assert!(!error.contains('\n') && !error.contains("fetch"), "{error}");
}

/// IDX of bytes that count up.
fn idx(shape: &[u32]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, shape.len() as u8];
    shape.iter().for_each(|n| file.extend(n.to_be_bytes()));
    file.extend((0..shape.iter().product::<u32>()).map(|i| (i * 7 / 3) as u8));
    file
}

fn idx_labels(labels: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, 1];
    file.extend((labels.len() as u32).to_be_bytes());
    file.extend(labels);
    file
}

#[test]
fn idx_of_any_size_under_any_spelling() {
    let labels: Vec<u8> = (0..20).map(|i| 1 + i % 2 * 25).collect();
    for (images_name, labels_name, zipped) in [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", false),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte", false),
        // Content decides what is gzipped.
        (
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            false,
        ),
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", true),
        (
            "raw/emnist-letters-train-images-idx3-ubyte.gz",
            "raw/emnist-letters-train-labels-idx1-ubyte.gz",
            true,
        ),
        ("images.idx", "labels.idx", false),
    ] {
        let root = tempfile::tempdir().unwrap();
        let pack = |bytes: Vec<u8>| if zipped { gzip(&bytes) } else { bytes };
        put(root.path(), images_name, &pack(idx(&[20, 5, 4])));
        put(root.path(), labels_name, &pack(idx_labels(&labels)));
        put(root.path(), "README.md", b"about");
        let (splits, found) = load(root.path());
        assert_eq!(splits.train.class_names(), ["1", "26"], "{images_name}");
        assert_eq!(splits.train.shape(), [1, 5, 4]);
        assert_eq!(
            (splits.train.counts(), splits.test.counts()),
            (vec![8, 8], vec![2, 2])
        );
        assert_eq!(splits.train.image(0).len(), 20);
        assert_eq!(
            (&*found.format, found.passed_over[0].count),
            ("IDX files", 1)
        );
        // The file of the images stands for both.
        let (single, _) = load(&root.path().join(images_name));
        assert_eq!(single, splits);
    }
}

#[test]
fn idx_with_parts_names_and_channels() {
    let root = tempfile::tempdir().unwrap();
    for (part, count) in [("train", 12u32), ("test", 4)] {
        put(
            root.path(),
            &format!("{part}-images-idx4-ubyte"),
            &idx(&[count, 2, 3, 3]),
        );
        let labels: Vec<u8> = (0..count as u8).map(|i| i % 2).collect();
        put(
            root.path(),
            &format!("{part}-labels-idx1-ubyte"),
            &idx_labels(&labels),
        );
    }
    put(root.path(), "classes.txt", "été\nbird\nboat\n".as_bytes());
    let (splits, found) = load(root.path());
    assert_eq!(splits.train.class_names(), ["été", "bird", "boat"]);
    assert_eq!(
        (splits.train.counts(), splits.test.counts()),
        (vec![6, 6, 0], vec![2, 2, 0])
    );
    assert_eq!(splits.train.shape(), [3, 2, 3]);
    // The third byte of the file is the blue of the first pixel.
    assert_eq!(splits.train.image(0)[12], 2 * 7 / 3);
    assert_eq!(found.split, "train and test come with the data");
    let mut letters = vec![];
    (1..=26u8).for_each(|label| letters.extend([label; 2]));
    put(
        root.path(),
        "l/emnist-letters-train-images-idx3-ubyte",
        &idx(&[52, 2, 2]),
    );
    put(
        root.path(),
        "l/emnist-letters-train-labels-idx1-ubyte",
        &idx_labels(&letters),
    );
    let mapping: String = (1..=26)
        .map(|i| format!("{i} {} {}\n", 64 + i, 96 + i))
        .collect();
    put(
        root.path(),
        "l/emnist-letters-mapping.txt",
        mapping.as_bytes(),
    );
    let (splits, _) = load(&root.path().join("l"));
    assert_eq!(
        (splits.train.classes(), &*splits.train.class_names()[25]),
        (26, "Z")
    );
}

#[test]
fn idx_that_lies_is_refused_by_its_name() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    put(root.path(), "a/train-images-idx3-ubyte", &idx(&[4, 2, 2]));
    refused(
        &at("a"),
        &[
            "train-images-idx3-ubyte",
            "one file of labels",
            "found none",
        ],
    );
    put(
        root.path(),
        "a/train-labels-idx1-ubyte",
        &idx_labels(&[0, 1, 0]),
    );
    // Both files are named with both counts.
    refused(
        &at("a"),
        &[
            "train-images-idx3-ubyte and",
            "train-labels-idx1-ubyte",
            "found 4 images and 3 labels",
        ],
    );
    put(
        root.path(),
        "b/train-labels-idx1-ubyte",
        &idx_labels(&[0, 1]),
    );
    put(
        root.path(),
        "b/train-images-idx3-ubyte",
        &idx(&[2, 2, 2])[..20],
    );
    refused(&at("b"), &["24 bytes", "found only 20"]);
    put(
        root.path(),
        "b/train-images-idx3-ubyte",
        &[idx(&[2, 2, 2]), vec![0]].concat(),
    );
    refused(&at("b"), &["at most 24 bytes"]);
    let huge = [&[0, 0, 8, 3][..], &[0xff; 12]].concat();
    put(root.path(), "b/train-images-idx3-ubyte", &huge);
    // The count is right, and the sides are not.
    let huge = [&[0, 0, 8, 3, 0, 0, 0, 2][..], &[0xff; 8]].concat();
    for bytes in [huge.clone(), gzip(&huge)] {
        put(root.path(), "b/train-images-idx3-ubyte", &bytes);
        refused(
            &at("b"),
            &[
                "train-images-idx3-ubyte",
                "2 x 4294967295 x 4294967295",
                "claims more than the file has",
            ],
        );
    }
    put(root.path(), "c/train-images-idx3-ubyte", &idx(&[2, 2, 2]));
    put(
        root.path(),
        "c/train-labels-idx1-ubyte",
        &idx_labels(&[0, 1]),
    );
    put(
        root.path(),
        "c/emnist-letters-train-images-idx3-ubyte",
        &idx(&[2, 2, 2]),
    );
    refused(&at("c"), &["one dataset", "emnist-letters"]);
    // A bomb: a gigabyte of zeros in a megabyte.
    put(
        root.path(),
        "d/train-labels-idx1-ubyte",
        &idx_labels(&[0, 1]),
    );
    put(
        root.path(),
        "d/train-images-idx3-ubyte",
        &gzip(&[idx(&[2, 2, 2]), vec![0; 8 << 20]].concat()),
    );
    let error = survey(
        &at("d"),
        &OwnOptions::default().with_max_memory(Some(1 << 20)),
    )
    .unwrap_err();
    assert!(matches!(error, DataError::Oversized { .. }), "{error}");
}

/// An array of numpy.
fn npy(code: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let shape: String = shape.iter().map(|n| format!("{n},")).collect();
    let header = format!("{{'descr': '{code}', 'fortran_order': False, 'shape': ({shape}), }}\n");
    let mut file = b"\x93NUMPY\x01\0".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes);
    file
}

fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, array) in arrays {
        writer
            .start_file(format!("{name}.npy"), SimpleFileOptions::default())
            .unwrap();
        writer.write_all(array).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// `count` images of 2×3, and labels 0, 1, 0 … as eight bytes each.
fn arrays(count: usize) -> (Vec<u8>, Vec<u8>) {
    let pixels: Vec<u8> = (0..count * 6).map(|i| (i * 5) as u8).collect();
    let labels: Vec<u8> = (0..count as i64)
        .flat_map(|i| (i % 2).to_le_bytes())
        .collect();
    (
        npy("|u1", &[count, 2, 3], &pixels),
        npy("<i8", &[count, 1], &labels),
    )
}

#[test]
fn archives_of_numpy_with_the_usual_names() {
    let (train, test) = (arrays(10), arrays(4));
    for (names, has_test) in [
        (["x_train", "y_train", "x_test", "y_test"], true),
        (
            ["train_images", "train_labels", "test_images", "test_labels"],
            true,
        ),
        (["images", "labels", "", ""], false),
        (["x", "y", "", ""], false),
        (["data", "labels", "", ""], false),
    ] {
        let mut list = vec![(names[0], train.0.clone()), (names[1], train.1.clone())];
        if has_test {
            list.extend([(names[2], test.0.clone()), (names[3], test.1.clone())]);
        }
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "set.npz", &npz(&list));
        let (splits, found) = load(&root.path().join("set.npz"));
        let counts = if has_test {
            [[5, 5], [2, 2]]
        } else {
            [[4, 4], [1, 1]]
        };
        assert_eq!(
            [splits.train.counts(), splits.test.counts()],
            counts,
            "{names:?}"
        );
        assert_eq!(
            (splits.train.shape(), &*found.format),
            ([1, 2, 3], "an archive of numpy")
        );
        // In a folder, and in an archive.
        assert_eq!(load(root.path()).0, splits);
        put(root.path(), "set.npz.gz/x", b"");
        let mut writer = tar::Builder::new(Vec::new());
        let bytes = npz(&list);
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        writer
            .append_data(&mut header, "deep/set.npz", &bytes[..])
            .unwrap();
        put(root.path(), "all.tar", &writer.into_inner().unwrap());
        assert_eq!(load(&root.path().join("all.tar")).0, splits);
    }
}

#[test]
fn arrays_of_other_types_and_shapes() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a.npz");
    let labels = npy("|u1", &[4], &[3, 9, 3, 9]);
    let write = |images: Vec<u8>, labels: &[u8]| {
        put(
            root.path(),
            "a.npz",
            &npz(&[("x", images), ("y", labels.to_vec())]),
        );
    };
    write(npy("|u1", &[4, 3, 2, 5], &[7; 120]), &labels);
    assert_eq!(load(&path).0.train.shape(), [3, 2, 5]);
    assert_eq!(load(&path).0.train.class_names(), ["3", "9"]);
    write(npy("|u1", &[4, 2, 5, 3], &[7; 120]), &labels);
    assert_eq!(load(&path).0.train.shape(), [3, 2, 5]);
    write(npy("<i4", &[4, 1, 1], &[[9, 0, 0, 0]; 4].concat()), &labels);
    assert_eq!(load(&path).0.train.shape(), [1, 1, 1]);
    write(npy("<f4", &[4, 1, 1], &[0; 16]), &labels);
    refused(
        &path,
        &[
            "array x",
            "whole numbers of 0 to 255",
            "float32 of 4 x 1 x 1",
        ],
    );
    let halves: Vec<u8> = [0.0f32, 0.5, 0.25, 1.0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    write(npy("<f4", &[4, 1, 1], &halves), &labels);
    refused(&path, &["float32 of 4 x 1 x 1, from 0 to 1"]);
    write(npy("<i2", &[4, 1, 1], &[1; 8]), &labels);
    refused(&path, &["int16 of 4 x 1 x 1, from 257 to 257"]);
    write(npy("|O", &[4, 1, 1], &[0; 8]), &labels);
    refused(&path, &["array x", "objects of Python (dtype O)"]);
    // A header that claims more than the array has.
    for shape in [[4, 9, 9], [4, 1 << 40, 1 << 40]] {
        write(npy("|u1", &shape, &[0; 8]), &labels);
        refused(&path, &["claims more than the file has", "uint8 of 4 x"]);
    }
    write(npy("|u1", &[4, 9], &[0; 36]), &labels);
    refused(&path, &["array x", "N x H x W", "uint8 of 4 x 9"]);
    write(npy("|u1", &[4, 1, 1], &[0; 4]), &npy("|u1", &[3], &[0; 3]));
    refused(&path, &["arrays x and y", "found 4 images and 3 labels"]);
    write(
        npy("|u1", &[4, 1, 1], &[0; 4]),
        &npy("|u1", &[4, 10], &[0; 40]),
    );
    refused(&path, &["array y", "4 whole numbers", "uint8 of 4 x 10"]);
    let error = survey(&path, &OwnOptions::default()).unwrap_err();
    assert!(
        matches!(
            error,
            DataError::Array {
                fault: ArrayFault::OneHot,
                ..
            }
        ),
        "{error:?}"
    );
    // uint64 is read; numbers that no int64 has are no labels, and become none by another type.
    let wide = |numbers: [u64; 4]| -> Vec<u8> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        npy("<u8", &[4], &bytes)
    };
    let images = || npy("|u1", &[4, 1, 1], &[0; 4]);
    write(images(), &wide([7, 9, 7, 9]));
    assert_eq!(load(&path).0.train.class_names(), ["7", "9"]);
    write(images(), &wide([0, 1, 0, u64::MAX]));
    refused(
        &path,
        &["array y", "uint64 of 4 with numbers of 2^63 or more"],
    );
    let error = survey(&path, &OwnOptions::default()).unwrap_err();
    let is_large = |error: &DataError| {
        matches!(
            error,
            DataError::Array {
                fault: ArrayFault::Large,
                ..
            }
        )
    };
    assert!(is_large(&error), "{error:?}");
    put(root.path(), "a.npz", &npz(&[("weights", labels.clone())]));
    refused(&path, &["a.npz", "x_train and y_train", "weights"]);
}

/// What is kept of images beside their pixels is asked for by the headers, before anything is unpacked.
#[test]
fn many_tiny_images_are_planned() {
    let root = tempfile::tempdir().unwrap();
    let both = |images: u32| {
        let head = |shape: &[u32]| {
            let mut file = vec![0, 0, 8, shape.len() as u8];
            shape.iter().for_each(|n| file.extend(n.to_be_bytes()));
            gzip(&file)
        };
        put(
            root.path(),
            "d/train-images-idx3-ubyte",
            &head(&[images, 1, 1]),
        );
        put(root.path(), "d/train-labels-idx1-ubyte", &head(&[images]));
        root.path().join("d")
    };
    let path = both(60_000_000);
    refused(&path, &["images: expected at most 4194304, found 60000000"]);
    let path = both(4_000_000);
    let options = OwnOptions::default().with_max_memory(Some(100 << 20));
    let error = survey(&path, &options).unwrap_err();
    assert!(matches!(error, DataError::Memory { .. }), "{error}");
    assert!(error.to_string().contains("of memory, found "), "{error}");
    let mut shape = vec![5_000_000, 1, 1];
    let images = npy("|u1", &shape, &[]);
    shape.truncate(1);
    put(
        root.path(),
        "a.npz",
        &npz(&[("x", images), ("y", npy("|u1", &shape, &[]))]),
    );
    refused(
        &root.path().join("a.npz"),
        &["claims more than the file has"],
    );
}

/// A record of CIFAR's binary files.
fn record(labels: &[u8], seed: u8) -> Vec<u8> {
    let mut record = labels.to_vec();
    record.extend((0..3072).map(|i| (i as u8).wrapping_mul(seed)));
    record
}

#[test]
fn cifar_with_names_of_ones_own() {
    let root = tempfile::tempdir().unwrap();
    let batch = |first: u8| {
        (0..6)
            .flat_map(|i| record(&[i % 3], first + i))
            .collect::<Vec<u8>>()
    };
    put(root.path(), "b/data_batch_1.bin", &batch(1));
    put(root.path(), "b/data_batch_2.bin", &batch(10));
    put(root.path(), "b/test_batch.bin", &batch(20));
    put(root.path(), "b/batches.meta.txt", b"ant\nbee\ncat\n\n");
    let (splits, found) = load(root.path());
    assert_eq!(splits.train.class_names(), ["ant", "bee", "cat"]);
    assert_eq!(
        (splits.train.counts(), splits.test.counts()),
        (vec![4; 3], vec![2; 3])
    );
    assert_eq!(
        (splits.train.shape(), &*found.format),
        ([3, 32, 32], "CIFAR's binary files")
    );
    assert_eq!(splits.train.image(7), &record(&[0], 11)[1..]);
    // Coarse and fine labels: the fine ones count.
    let fine = tempfile::tempdir().unwrap();
    let records: Vec<u8> = (0..4).flat_map(|i| record(&[9, i % 2], i + 1)).collect();
    put(fine.path(), "train.bin", &records);
    let (splits, _) = load(fine.path());
    assert_eq!(splits.train.class_names(), ["0", "1"]);
    put(fine.path(), "train.bin", &records[1..]);
    refused(fine.path(), &["train.bin", "3073"]);
}

#[test]
fn labels_of_a_test_part_that_nothing_is_trained_on_are_refused() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "train-images-idx3-ubyte", &idx(&[4, 2, 2]));
    put(
        root.path(),
        "train-labels-idx1-ubyte",
        &idx_labels(&[0, 1, 0, 1]),
    );
    put(root.path(), "t10k-images-idx3-ubyte", &idx(&[2, 2, 2]));
    put(root.path(), "t10k-labels-idx1-ubyte", &idx_labels(&[0, 2]));
    refused(root.path(), &["labels", "found 2 in another part"]);
    put(root.path(), "t10k-images-idx3-ubyte", &idx(&[2, 3, 2]));
    put(root.path(), "t10k-labels-idx1-ubyte", &idx_labels(&[0, 1]));
    refused(root.path(), &["1x2x2", "1x3x2"]);
}
