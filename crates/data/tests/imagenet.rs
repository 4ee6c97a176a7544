//! ImageNet's folders of photographs, from files that Pillow wrote.

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use common::{assert_refused, fixture, json, load, put};
use data::photo::{Photo, SIDE};
use data::{Augment, Dataset, Images, Loader, LoaderConfig};

fn loader(images: Images, augment: Augment, views: usize, workers: usize) -> Loader {
    let config = LoaderConfig {
        batch_size: 3,
        shuffle: views == 1,
        drop_last: false,
        augment: augment.spec(),
        views,
        workers,
        ..LoaderConfig::default()
    };
    Loader::new(Arc::new(images), config).unwrap()
}

/// Colour, grey, CMYK, progressive, and a PNG under the name of a JPEG, against what Pillow reads.
#[test]
fn every_kind_of_file_decodes_as_in_pillow() {
    let expected = json("imagenet.json");
    let mut kinds = Vec::new();
    for (split, photos) in expected.as_object().unwrap() {
        for (name, photo) in photos.as_object().unwrap() {
            let file = fs::read(fixture("imagenet").join(split).join(name)).unwrap();
            let decoded = Photo::decode(&file).unwrap();
            let size: [u32; 2] = serde_json::from_value(photo["size"].clone()).unwrap();
            assert_eq!(decoded.size(), size, "{name}");
            let centre: [u8; 3] = serde_json::from_value(photo["centre"].clone()).unwrap();
            let mut seen = vec![0; 3 * SIDE * SIDE];
            decoded.centre(&mut seen);
            for (channel, expected) in centre.into_iter().enumerate() {
                let found = seen[(channel * SIDE + SIDE / 2) * SIDE + SIDE / 2];
                // A pixel of the file is some pixels wide here; JPEG decoders differ by a few.
                assert!(
                    found.abs_diff(expected) <= 6,
                    "{name}: {found}, expected {expected}"
                );
            }
            kinds.push(photo["kind"].as_str().unwrap().to_owned());
        }
    }
    for kind in ["RGB", "L", "CMYK", "PNG", "progressive"] {
        assert!(kinds.iter().any(|found| found == kind), "{kind}");
    }
}

#[test]
fn classes_are_folders_and_batches_are_the_same_with_any_workers() {
    let splits = load(Dataset::Imagenet, &fixture("")).unwrap();
    assert_eq!(splits.train.shape(), [3, 224, 224]);
    assert_eq!(
        splits.train.class_names(),
        ["n01440764", "n01443537", "n02105855"]
    );
    assert_eq!(splits.train.labels(), [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    assert_eq!(splits.test.len(), 6);
    let batches = |workers, epoch| -> Vec<data::Batch> {
        let loader = loader(splits.train.clone(), Augment::ScaleCropFlip, 1, workers);
        loader.epoch(epoch).map(Result::unwrap).collect()
    };
    assert_eq!(batches(0, 1), batches(4, 1));
    assert_ne!(batches(0, 1), batches(0, 2));
    assert_eq!(batches(0, 1)[0].pixels.len(), 3 * 3 * 224 * 224);
}

#[test]
fn twenty_five_crops_of_each_image() {
    let splits = load(Dataset::Imagenet, &fixture("")).unwrap();
    let loader = loader(splits.test, Augment::None, 25, 1);
    let mut images = 0;
    for batch in loader.epoch(0) {
        let batch = batch.unwrap();
        assert_eq!(batch.views, 25);
        assert_eq!(batch.pixels.len(), batch.len() * 25 * 3 * 224 * 224);
        images += batch.len();
    }
    assert_eq!(images, 6);
}

#[test]
fn a_part_is_spread_over_the_classes() {
    let train = load(Dataset::Imagenet, &fixture("")).unwrap().train;
    assert_eq!(train.clone().take(3).labels(), [0, 1, 2]);
    assert_eq!(train.clone().take(9), train);
    let (rest, held_out) = train.clone().split_validation(4, 1).unwrap();
    assert_eq!((rest.len(), held_out.len()), (5, 4));
    // The files go with their labels: every one still decodes under its class's folder.
    for part in [rest, held_out] {
        let loader = loader(part, Augment::None, 1, 0);
        loader.epoch(0).for_each(|batch| drop(batch.unwrap()));
    }
}

#[test]
fn what_small_images_and_photographs_cannot_have_is_refused() {
    let photos = Arc::new(load(Dataset::Imagenet, &fixture("")).unwrap().train);
    let small = Arc::new(load(Dataset::Cifar10, &fixture("")).unwrap().train);
    for (images, augment, views, word) in [
        (&photos, Augment::CropFlip, 1, "augment"),
        (&photos, Augment::ScaleCropFlip, 25, "views"),
        (&photos, Augment::None, 26, "views"),
        (&small, Augment::ScaleCropFlip, 1, "augment"),
        (&small, Augment::None, 25, "views"),
    ] {
        let config = LoaderConfig {
            batch_size: 1,
            augment: augment.spec(),
            views,
            ..LoaderConfig::default()
        };
        let error = Loader::new(images.clone(), config).unwrap_err().to_string();
        assert!(error.contains(&format!("option `{word}`")), "{error}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

/// A root whose photographs can be damaged.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    copy(&fixture("imagenet"), &root.path().join("imagenet"));
    root
}

#[test]
fn damaged_folders() {
    let missing = tempfile::tempdir().unwrap();
    assert_refused(
        Dataset::Imagenet,
        missing.path(),
        &["imagenet/train", "imagenet/val"],
    );

    let empty_class = root();
    fs::create_dir(empty_class.path().join("imagenet/train/n99999999")).unwrap();
    let words = ["imagenet/val", "`n99999999`", "train"];
    assert_refused(Dataset::Imagenet, empty_class.path(), &words);
    fs::create_dir(empty_class.path().join("imagenet/val/n99999999")).unwrap();
    let words = ["train/n99999999", "at least one .JPEG", "none"];
    assert_refused(Dataset::Imagenet, empty_class.path(), &words);

    let no_class = root();
    fs::remove_dir_all(no_class.path().join("imagenet/train")).unwrap();
    fs::create_dir(no_class.path().join("imagenet/train")).unwrap();
    assert_refused(
        Dataset::Imagenet,
        no_class.path(),
        &["class folders", "none"],
    );

    // A link to the folder itself is a class without photographs, not an endless descent.
    #[cfg(unix)]
    {
        let looped = root();
        for split in ["train", "val"] {
            let dir = looped.path().join("imagenet").join(split);
            std::os::unix::fs::symlink(&dir, dir.join("loop")).unwrap();
        }
        assert_refused(Dataset::Imagenet, looped.path(), &["loop", "none"]);
    }
}

/// The error of an epoch names the file; nothing panics, with or without workers.
#[test]
fn a_damaged_photograph_ends_the_epoch_with_an_error() {
    let root = root();
    let name = "imagenet/train/n01440764/n01440764_1.JPEG";
    for bytes in [&b"no picture"[..], b"", b"\xff\xd8\xff\xe0\0\x10JFIF"] {
        put(root.path(), name, bytes);
        for workers in [0, 2] {
            let train = load(Dataset::Imagenet, root.path()).unwrap().train;
            let loader = loader(train, Augment::ScaleCropFlip, 1, workers);
            let errors: Vec<String> = loader
                .epoch(0)
                .filter_map(|batch| batch.err().map(|error| error.to_string()))
                .collect();
            assert_eq!(errors.len(), 1);
            for word in [name, "JPEG or PNG", "get it again"] {
                assert!(errors[0].contains(word), "{}", errors[0]);
            }
        }
    }
}

#[test]
fn truncated_and_lying_pictures_are_refused_or_read_but_never_panic() {
    for name in ["n01440764/n01440764_0.JPEG", "n01443537/n01443537_0.JPEG"] {
        let file = fs::read(fixture("imagenet/train").join(name)).unwrap();
        assert!(Photo::decode(&file).is_ok());
        // Also those that a lenient decoder would show in part. Of a PNG the last 12 bytes say
        // nothing of the picture, and may be missing.
        let least = if file.starts_with(b"\x89PNG") { 12 } else { 1 };
        for length in (0..=file.len() - least).step_by(16) {
            assert!(
                Photo::decode(&file[..length]).is_err(),
                "{name}, {length} bytes"
            );
        }
        assert!(Photo::decode(&file[..file.len() - least - 1]).is_err());
    }
    // A PNG and a JPEG that claim 65,535 pixels a side, which would be 12.9 GB.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0".to_vec();
    png.extend([0; 64]);
    assert!(Photo::decode(&png).is_err());
    let jpeg =
        b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x11\0\x02\x11\0\x03\x11\0\xff\xda";
    assert!(Photo::decode(jpeg).is_err());
}
