//! Malformed photographs and folders of them: an error that names the file, never a panic.

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use common::{assert_refused, fixture, load, put};
use data::photo::{Photo, SIDE};
use data::{Augment, Dataset, Images, Loader, LoaderConfig};

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

/// The errors of an epoch of training.
fn errors(images: Images, workers: usize) -> Vec<String> {
    let config = LoaderConfig::default()
        .with_batch_size(3)
        .with_drop_last(false)
        .with_augment(Augment::SCALE_CROP_FLIP.spec())
        .with_workers(workers);
    let loader = Loader::new(Arc::new(images), config).unwrap();
    let errors = loader.epoch(0).filter_map(Result::err);
    errors.map(|error| error.to_string()).collect()
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
    let words = ["train/n99999999", "at least one picture", "none"];
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
            let errors = errors(train, workers);
            assert_eq!(errors.len(), 1);
            for word in [name, "expected a picture"] {
                assert!(errors[0].contains(word), "{}", errors[0]);
            }
        }
    }
}

/// The photographs of the fixtures, with their names.
fn photographs() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for class in fs::read_dir(fixture("imagenet/train")).unwrap() {
        for file in fs::read_dir(class.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            found.push((name, fs::read(path).unwrap()));
        }
    }
    assert_eq!(found.len(), 9);
    found
}

/// Colour, grey, CMYK, progressive, PNG: at every length.
#[test]
fn truncated() {
    for (name, file) in photographs() {
        assert!(Photo::decode(&file).is_ok(), "{name}");
        // The last chunk of a PNG has no pixels, and its checksum is the last thing in the file.
        let whole = match file.starts_with(b"\xff\xd8") {
            true => file.len(),
            false => file.len() - 4,
        };
        for length in 0..whole {
            assert!(Photo::decode(&file[..length]).is_err(), "{name}: {length}");
        }
    }
}

/// Damage inside may be read as other pixels, but what is read can be looked at.
#[test]
fn no_single_changed_byte_makes_it_panic() {
    let (mut read, mut refused) = (0, 0);
    let mut seen = vec![0; 3 * SIDE * SIDE];
    for (_, file) in photographs() {
        for at in 0..file.len().min(700) {
            let mut changed = file.clone();
            changed[at] ^= 0x81;
            match Photo::decode(&changed) {
                Ok(photo) => {
                    photo.centre(&mut seen);
                    read += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(read > 100 && refused > 100, "{read} {refused}");
}

/// A JPEG of one component whose header claims a size.
fn jpeg(height: u16, width: u16) -> Vec<u8> {
    let (_, mut file) = photographs()
        .into_iter()
        .find(|(name, _)| name == "n01440764_1.JPEG")
        .unwrap();
    let frame = file
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .expect("a baseline JPEG");
    file[frame + 5..][..2].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..][..2].copy_from_slice(&width.to_be_bytes());
    file
}

/// A PNG whose header claims a size, with its checksum right.
fn png(height: u32, width: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    file.extend(width.to_be_bytes());
    file.extend(height.to_be_bytes());
    file.extend(b"\x10\x02\0\0\0"); // RGB of 16 bits
    let mut sum = flate2::Crc::new();
    sum.update(&file[12..]);
    file.extend(sum.sum().to_be_bytes());
    file.extend(b"\0\0\0\x04IDAT\0\0\0\0");
    file
}

#[test]
fn sizes_that_are_lies() {
    assert!(Photo::decode(&jpeg(64, 64)).is_ok());
    for (height, width) in [
        (65_535, 65_535),
        (65_535, 1),
        (20_001, 200),
        (0, 64),
        (64, 0),
    ] {
        let error = Photo::decode(&jpeg(height, width)).err();
        assert!(error.is_some(), "{height}x{width}");
        let error = Photo::decode(&png(height.into(), width.into())).err();
        assert!(error.is_some(), "{height}x{width}");
    }
    // Within the limit of a side, but too many pixels, or too narrow to be scaled.
    for (height, width) in [(20_000, 20_000), (15_000, 8_000), (1, 101), (10_302, 101)] {
        let expected = format!("{width}x{height} pixels");
        for file in [jpeg(height, width), png(height.into(), width.into())] {
            let error = Photo::decode(&file).err().unwrap();
            assert!(error.contains(&expected), "{error}");
        }
    }
    for (height, width) in [
        (u32::MAX, u32::MAX),
        (1 << 31, 1),
        (0x8000_0000, 0x8000_0000),
    ] {
        assert!(Photo::decode(&png(height, width)).is_err());
    }
}

/// A pipe would be waited for, without end.
#[cfg(unix)]
#[test]
fn what_is_no_file() {
    let root = root();
    let photo = root
        .path()
        .join("imagenet/train/n01440764/n01440764_1.JPEG");
    let whole = fs::read(&photo).unwrap();
    let cases: [(&dyn Fn(), &str); 3] = [
        (&|| fs::create_dir(&photo).unwrap(), "a folder"),
        (
            &|| std::os::unix::fs::symlink("/dev/zero", &photo).unwrap(),
            "a device, pipe or socket",
        ),
        (
            &|| std::os::unix::fs::symlink(&photo, &photo).unwrap(),
            "cannot open",
        ),
    ];
    for (make, words) in cases {
        // Listed as a file, and something else when it is wanted.
        let train = load(Dataset::Imagenet, root.path()).unwrap().train;
        fs::remove_file(&photo).unwrap();
        make();
        assert_eq!(load(Dataset::Imagenet, root.path()).unwrap().train.len(), 8);
        let errors = errors(train, 1);
        assert_eq!(errors.len(), 1);
        assert!(errors[0].contains("n01440764_1.JPEG"), "{}", errors[0]);
        assert!(errors[0].contains(words), "{}", errors[0]);
        let _ = fs::remove_dir(&photo).or_else(|_| fs::remove_file(&photo));
        fs::write(&photo, &whole).unwrap();
    }
}
