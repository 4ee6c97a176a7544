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

/// Pixels of which none is like its neighbour.
fn noise(width: u32, height: u32) -> image::DynamicImage {
    let pixel = |x: u32, y: u32| {
        let z = (x + y * width).wrapping_mul(0x9e37_79b9) ^ 0x5bd1_e995;
        image::Rgb([(z >> 7) as u8, (z >> 13) as u8, (z >> 19) as u8])
    };
    image::RgbImage::from_fn(width, height, pixel).into()
}

fn encoded(image: &image::DynamicImage, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A small file of each kind, whose header is changed to claim many pixels.
#[test]
fn more_pixels_than_a_file_can_hold() {
    use image::ImageFormat::{Bmp, Gif, Jpeg, Qoi};
    let refuses = |file: &[u8], word: &str| {
        let error = Photo::decode(file).err().unwrap();
        assert!(error.contains(word), "no `{word}` in: {error}");
    };
    for (format, name, at, big_endian, bytes) in [
        (Bmp, "BMP", [18, 22], false, 4),
        (Gif, "GIF", [6, 8], false, 2),
        (Qoi, "QOI", [4, 8], true, 4),
    ] {
        let mut file = encoded(&noise(16, 16).to_rgb8().into(), format);
        Photo::decode(&file).unwrap();
        for at in at {
            let side = 9_999u32;
            let (little, big) = (side.to_le_bytes(), side.to_be_bytes());
            let side = if big_endian {
                &big[4 - bytes..]
            } else {
                &little[..bytes]
            };
            file[at..at + bytes].copy_from_slice(side);
        }
        refuses(
            &file,
            &format!("a {name} that claims 9999x9999 pixels and has "),
        );
    }
    // Sides in a directory, of two bytes or four.
    let mut file = encoded(&noise(16, 16), image::ImageFormat::Tiff);
    let directory = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
    let entries = usize::from(u16::from_le_bytes([file[directory], file[directory + 1]]));
    for entry in (0..entries).map(|entry| directory + 2 + 12 * entry) {
        if matches!(
            u16::from_le_bytes([file[entry], file[entry + 1]]),
            256 | 257 | 278
        ) {
            file[entry + 2..entry + 12].copy_from_slice(&[4, 0, 1, 0, 0, 0, 0x0f, 0x27, 0, 0]);
        }
    }
    refuses(&file, "a TIFF that claims 9999x9999 pixels and has ");
    let mut file = encoded(&noise(16, 16), Jpeg);
    let frame = file
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    file[frame + 5..frame + 9].copy_from_slice(&[0x27, 0x0f, 0x27, 0x0f]);
    refuses(&file, "a JPEG that claims 9999x9999 pixels and has ");
    // What is of one colour takes few bytes, and is read.
    let plain: image::DynamicImage = image::RgbImage::new(2000, 1500).into();
    for format in [Bmp, Gif, Qoi, Jpeg, image::ImageFormat::Tiff] {
        let file = encoded(&plain, format);
        assert_eq!(
            Photo::decode(&file).unwrap().size(),
            [1500, 2000],
            "{format:?}"
        );
    }
}

/// The end marker is there, and most of what stands before it is not.
#[test]
fn a_scan_with_a_gap() {
    let file = encoded(&noise(64, 96), image::ImageFormat::Jpeg);
    Photo::decode(&file).unwrap();
    let scan = file
        .windows(2)
        .position(|pair| pair == [0xff, 0xda])
        .unwrap()
        + 14;
    for share in [0, 1, 2, 5, 8] {
        let kept = scan + (file.len() - scan) * share / 10;
        let cut = [&file[..kept], &[0xff, 0xd9]].concat();
        let error = Photo::decode(&cut).err();
        let expected = "a JPEG of which a part is missing";
        assert_eq!(error.as_deref(), Some(expected), "{share} of 10");
    }
    // Zeros in place of what was there.
    let mut zeros = file.clone();
    let middle = scan + (file.len() - scan) / 2;
    zeros[middle..file.len() - 2].fill(0);
    assert!(Photo::decode(&zeros).is_err());
}

/// Of every kind that Pillow writes: whole ones are read, and none of which some of the scans are missing.
#[test]
fn gaps_in_jpegs_of_pillow() {
    let Some(python) = testkit::python("JPEGs with gaps", "PIL.Image", "") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let script = r#"
import itertools, os, sys
from PIL import Image
out = sys.argv[1]
noise = Image.frombytes("RGB", (150, 130), bytes(i * i * 7 % 251 for i in range(150 * 130 * 3)))
smooth = noise.resize((5, 4)).resize((333, 217), Image.BICUBIC)
plain = Image.new("RGB", (200, 100), (128, 128, 128))
kinds = [{}, {"optimize": True}, {"progressive": True}, {"restart_marker_rows": 1}, {"restart_marker_blocks": 3},
         {"progressive": True, "restart_marker_blocks": 5}]
number = 0
for picture, mode, sampling, kind in itertools.product([noise, smooth, plain], ["RGB", "L", "CMYK"], [0, 1, 2], kinds):
    path = f"{out}/{number}"
    number += 1
    picture.convert(mode).save(path + ".whole", "JPEG", quality=85, subsampling=sampling, **kind)
    if picture is plain:
        continue
    file = open(path + ".whole", "rb").read()
    scan = file.index(b"\xff\xda") + 14
    for share in (0, 10, 40) if "progressive" in kind else (0, 10, 50, 80):
        cut = file[:scan + (len(file) - scan) * share // 100]
        cut = cut.rstrip(b"\xff")
        open(f"{path}.{share}", "wb").write(cut + b"\xff\xd9")
"#;
    let run = std::process::Command::new(python)
        .args(["-c", script])
        .arg(dir.path())
        .status();
    assert!(run.unwrap().success());
    let (mut whole, mut cut) = (0, 0);
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let found = Photo::decode(&fs::read(&path).unwrap()).map(|photo| photo.size());
        match path
            .extension()
            .is_some_and(|extension| extension == "whole")
        {
            true => {
                assert!(found.is_ok(), "{}: {found:?}", path.display());
                whole += 1;
            }
            false => {
                assert!(found.is_err(), "{}", path.display());
                cut += 1;
            }
        }
    }
    assert_eq!((whole, cut), (162, 396));
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
