//! Known datasets in the files that people have: other spellings, folders and versions.

mod common;

use std::fs;
use std::io::Write;

use common::pictures::{self, Shade};
use common::{gzip, idx_images, idx_labels, load, put, small_mnist};
use data::Dataset::{Cifar10, Imagenet, Mnist};

const STEMS: [[&str; 2]; 4] = [
    ["train-images-idx3-ubyte", "train-images.idx3-ubyte"],
    ["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"],
    ["t10k-images-idx3-ubyte", "test-images.idx3-ubyte"],
    ["t10k-labels-idx1-ubyte", "test-labels-idx1-ubyte.gz"],
];

#[test]
fn mnist_under_its_spellings_and_in_its_folders() {
    let usual = small_mnist();
    let expected = load(Mnist, usual.path()).unwrap();
    let bytes = |name: &str| fs::read(usual.path().join("mnist").join(name)).unwrap();
    for (folder, spelling, zipped, ending) in [
        ("mnist", 1, false, ""),
        ("MNIST/raw", 0, false, ""),
        ("", 0, true, ".gz"),
        // Gzipped without the ending, and plain with it.
        ("mnist", 0, true, ""),
        ("mnist", 0, false, ".gz"),
    ] {
        let root = tempfile::tempdir().unwrap();
        for stems in STEMS {
            let bytes = if zipped {
                gzip(&bytes(stems[0]))
            } else {
                bytes(stems[0])
            };
            put(
                root.path(),
                format!("{folder}/{}{ending}", stems[spelling]).trim_start_matches('/'),
                &bytes,
            );
        }
        assert_eq!(
            load(Mnist, root.path()).unwrap(),
            expected,
            "{folder} {spelling}"
        );
    }
}

#[test]
fn mnist_as_keras_has_it() {
    let npy = |shape: &str, bytes: &[u8]| {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut file = b"\x93NUMPY\x01\0".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        [&file, header.as_bytes(), bytes].concat()
    };
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (part, count) in [("train", 3), ("test", 2)] {
        let (images, labels) = (idx_images(count), idx_labels(count));
        for (name, array) in [
            (
                format!("x_{part}.npy"),
                npy(&format!("({count}, 28, 28)"), &images[16..]),
            ),
            (
                format!("y_{part}.npy"),
                npy(&format!("({count},)"), &labels[8..]),
            ),
        ] {
            writer
                .start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            writer.write_all(&array).unwrap();
        }
    }
    let root = tempfile::tempdir().unwrap();
    put(
        root.path(),
        "mnist.npz",
        &writer.finish().unwrap().into_inner(),
    );
    let splits = load(Mnist, root.path()).unwrap();
    assert_eq!(
        (
            splits.train.len(),
            splits.test.len(),
            splits.train.classes()
        ),
        (3, 2, 10)
    );
    assert_eq!(
        splits.train.labels(),
        &idx_labels(3)[8..]
            .iter()
            .map(|&l| u16::from(l))
            .collect::<Vec<_>>()
    );
    assert_eq!(splits.train.image(2), &idx_images(3)[16 + 2 * 784..]);
}

#[test]
fn a_missing_file_names_what_is_there() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "cifar.zip", b"x");
    let error = load(Cifar10, root.path()).unwrap_err().to_string();
    assert!(
        error.contains("cifar-10-binary.tar.gz") && error.ends_with("has cifar.zip"),
        "{error}"
    );
    let root = small_mnist();
    fs::remove_file(root.path().join("mnist/t10k-labels-idx1-ubyte")).unwrap();
    let error = load(Mnist, root.path()).unwrap_err().to_string();
    assert!(
        error.contains("has t10k-images-idx3-ubyte, train-images"),
        "{error}"
    );
}

#[test]
fn photographs_with_other_folders_formats_and_leftovers() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join("imagenet").join(name);
    for (part, count) in [("train", 3), ("test", 2)] {
        for (label, class) in ["cat", "dog"].iter().enumerate() {
            for index in 0..count {
                let name = format!("{part}/{class}/images/{index}.png");
                pictures::png(&at(&name), [9, 9], Shade::of(part, label as u32, index));
            }
        }
        for leftover in ["@eaDir", ".ipynb_checkpoints", "cat/.hidden"] {
            pictures::png(
                &at(&format!("{part}/{leftover}/x.png")),
                [9, 9],
                Shade([1; 3]),
            );
        }
    }
    let webp = image::DynamicImage::ImageRgb8(pictures::draw([9, 9], Shade([5; 3])));
    webp.save_with_format(at("train/dog/a.webp"), image::ImageFormat::WebP)
        .unwrap();
    webp.save_with_format(at("train/dog/no ending"), image::ImageFormat::Bmp)
        .unwrap();
    fs::write(at("train/dog/x.heic"), "x").unwrap();
    let splits = load(Imagenet, root.path()).unwrap();
    assert_eq!(splits.train.class_names(), ["cat", "dog"]);
    assert_eq!(
        (splits.train.counts(), splits.test.counts()),
        (vec![3, 5], vec![2, 2])
    );
    assert!(splits.train.unreadable(2).is_empty());
    fs::write(at("train/cat/images/1.png"), "<html>").unwrap();
    fs::write(at("train/dog/a.webp"), "").unwrap();
    let bad = splits.train.unreadable(0);
    let ends = |bad: &data::BadFile, end: &str| bad.path.replace('\\', "/").ends_with(end);
    assert!(
        bad.len() == 2 && ends(&bad[0], "cat/images/1.png") && ends(&bad[1], "dog/a.webp"),
        "{bad:?}"
    );
    // Only what is missing is named.
    fs::remove_dir_all(at("test")).unwrap();
    let error = load(Imagenet, root.path()).unwrap_err().to_string();
    assert!(
        error.contains("imagenet/val,") && error.ends_with("has train"),
        "{error}"
    );
    // The folder itself can be the root.
    fs::rename(at("train"), root.path().join("train")).unwrap();
    fs::remove_dir(root.path().join("imagenet")).unwrap();
    fs::create_dir_all(root.path().join("val/cat")).unwrap();
    let error = load(Imagenet, root.path()).unwrap_err().to_string();
    assert!(error.contains("none called `dog`"), "{error}");
}

/// The same picture upright, and as a phone stores it: turned, with the EXIF orientation that says
/// so.
#[test]
fn orientation_is_obeyed() {
    let upright = image::DynamicImage::ImageRgb8(pictures::draw([40, 30], Shade([200, 20, 90])));
    let plain = |image: &image::DynamicImage| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    // An eXIf chunk behind the header of a PNG.
    let tagged = |png: &[u8], orientation: u8| {
        let mut exif = b"eXIfMM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let mut sum = flate2::Crc::new();
        sum.update(&exif);
        let length = (exif.len() as u32 - 4).to_be_bytes();
        [
            &png[..33],
            &length,
            &exif,
            &sum.sum().to_be_bytes(),
            &png[33..],
        ]
        .concat()
    };
    let mut expected = vec![0; 3 * 224 * 224];
    data::photo::Photo::decode(&plain(&upright))
        .unwrap()
        .centre(&mut expected);
    for (orientation, stored) in [
        (1, upright.clone()),
        (2, upright.fliph()),
        (3, upright.rotate180()),
        (4, upright.flipv()),
        (6, upright.rotate270()),
        (8, upright.rotate90()),
    ] {
        let file = tagged(&plain(&stored), orientation);
        let photo = data::photo::Photo::decode(&file).unwrap();
        assert_eq!(photo.size(), [40, 30]);
        let mut seen = vec![0; expected.len()];
        photo.centre(&mut seen);
        assert!(seen == expected, "orientation {orientation}");
        let decoded = data::photo::Decoded::decode(&file).unwrap();
        assert_eq!(decoded.picture().size(), [40, 30]);
        let preprocessing = pixels::Preprocessing::new(3, 40, 30, pixels::Fit::Crop).unwrap();
        let mut seen = vec![0; preprocessing.len()];
        preprocessing.apply(&decoded.picture(), &mut seen);
        assert_eq!(seen[0], 200, "orientation {orientation}");
    }
}
