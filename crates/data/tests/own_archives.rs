//! A user's own data in archives, which are read in place.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;

use common::gzip;
use common::pictures::{Shade, draw};
use data::{DataError, OwnOptions, load_own, survey};
use zip::write::SimpleFileOptions;

/// A picture as PNG.
fn png(class: u32, index: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    draw([4, 5], Shade::of("", class, index))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// Names with contents: two classes of five.
fn files() -> Vec<(String, Vec<u8>)> {
    let name =
        |class: u32, index: u32| format!("Set/{}/{index}.png", ["cat", "dog"][class as usize]);
    (0..10)
        .map(|i| (name(i / 5, i % 5), png(i / 5, i % 5)))
        .collect()
}

fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer
            .start_file(name.as_str(), SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn folder(root: &Path, files: &[(String, Vec<u8>)]) {
    for (name, bytes) in files {
        common::put(root, name, bytes);
    }
}

#[test]
fn archives_hold_what_the_folder_holds() {
    let root = tempfile::tempdir().unwrap();
    let mut files = files();
    files.push((format!("Set/dog/{}.png", "long ".repeat(40)), png(1, 9)));
    folder(&root.path().join("plain"), &files);
    let expected = load_own(&root.path().join("plain"), &OwnOptions::default()).unwrap();
    files.reverse();
    for (name, bytes, format) in [
        ("a.zip", zip(&files), "class folders in a zip archive"),
        ("a.tar", tar(&files), "class folders in a tar archive"),
        (
            "a.tgz",
            gzip(&tar(&files)),
            "class folders in a gzipped tar archive",
        ),
        // Content decides.
        ("a.bin", zip(&files), "class folders in a zip archive"),
        (
            "downloads/only.zip",
            zip(&files),
            "class folders in a zip archive",
        ),
    ] {
        common::put(root.path(), name, &bytes);
        let path = root.path().join(name);
        let path = if name.starts_with("downloads") {
            path.parent().unwrap().to_owned()
        } else {
            path
        };
        let (splits, found) = load_own(&path, &OwnOptions::default().with_threads(3)).unwrap();
        assert!(splits == expected.0, "{name}");
        assert_eq!(
            (&*found.format, found.classes),
            (format, expected.1.classes.clone())
        );
        if !name.ends_with("tgz") {
            let files = load_own(&path, &OwnOptions::default().with_max_memory(Some(99)))
                .unwrap()
                .0;
            assert!(!files.test.are_in_memory());
            assert_eq!(
                files.digests().unwrap(),
                expected.0.digests().unwrap(),
                "{name}"
            );
        }
    }
    let names: Vec<_> = fs::read_dir(root.path()).unwrap().collect();
    assert_eq!(names.len(), 6, "nothing is unpacked");
}

#[test]
fn what_leaves_an_archive_is_passed_over() {
    let mut files = files();
    for name in [
        "../evil.png",
        "/abs/evil.png",
        "Set/cat/.hidden/x.png",
        "__MACOSX/Set/cat/._0.png",
    ] {
        files.push((name.into(), png(0, 0)));
    }
    let root = tempfile::tempdir().unwrap();
    common::put(root.path(), "a.zip", &zip(&files));
    let found = survey(&root.path().join("a.zip"), &OwnOptions::default()).unwrap();
    let reasons: Vec<(&str, usize)> = found
        .passed_over
        .iter()
        .map(|p| (&*p.reason, p.count))
        .collect();
    assert_eq!(
        reasons,
        [
            ("a path that leaves the archive", 2),
            ("hidden", 1),
            ("left there by a system", 1)
        ]
    );
    assert_eq!(
        found
            .classes
            .iter()
            .map(|c| c.train + c.test)
            .sum::<usize>(),
        10
    );

    let link = |kind, name: &str, target: &str, builder: &mut tar::Builder<Vec<u8>>| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        builder.append_link(&mut header, name, target).unwrap();
    };
    let mut links = tar::Builder::new(Vec::new());
    link(
        tar::EntryType::Symlink,
        "Set/cat/passwd.png",
        "/etc/passwd",
        &mut links,
    );
    link(
        tar::EntryType::Link,
        "Set/cat/0b.png",
        "Set/cat/0.png",
        &mut links,
    );
    let mut fifo = tar::Header::new_gnu();
    fifo.set_entry_type(tar::EntryType::Fifo);
    fifo.set_size(0);
    links
        .append_data(&mut fifo, "Set/cat/fifo.png", &[][..])
        .unwrap();
    for name in ["../up.png", "/etc/abs.png"] {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(3);
        header.set_cksum();
        links.append(&header, &b"abc"[..]).unwrap();
    }
    let mut archive = links.into_inner().unwrap();
    archive.truncate(archive.len() - 1024);
    archive.extend(tar(&self::files()));
    common::put(root.path(), "a.tar", &archive);
    common::put(root.path(), "a.tgz", &gzip(&archive));
    for name in ["a.tar", "a.tgz"] {
        let found = survey(&root.path().join(name), &OwnOptions::default()).unwrap();
        let reasons: Vec<(&str, usize)> = found
            .passed_over
            .iter()
            .map(|p| (&*p.reason, p.count))
            .collect();
        let expected = [
            ("a device, pipe or the like", 1),
            ("a link inside an archive", 2),
            ("a path that leaves the archive", 2),
        ];
        assert_eq!(reasons, expected, "{name}");
        assert!(found.bad.is_empty());
        assert_eq!(
            found
                .classes
                .iter()
                .map(|c| c.train + c.test)
                .sum::<usize>(),
            10
        );
    }
}

#[test]
fn bombs_are_refused_within_bounds() {
    let root = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        common::put(root.path(), name, bytes);
        root.path().join(name)
    };
    let options = OwnOptions::default().with_max_memory(Some(1 << 20));
    // Two megabytes of zeros unpack to more than there is room for.
    let mut files = files();
    files.push(("Set/cat/big.png".into(), vec![0; 4 << 20]));
    let error = load_own(&put("a.tgz", &gzip(&tar(&files))), &options).unwrap_err();
    assert!(
        matches!(error, DataError::Oversized { expected, .. } if expected == 1 << 20),
        "{error}"
    );
    // In a zip archive an entry is read when it is wanted: that one alone is bad.
    files.pop();
    files.push(("Set/cat/big.png".into(), vec![0; 65 << 20]));
    let found = survey(&put("a.zip", &zip(&files)), &options).unwrap();
    assert_eq!(found.bad.len(), 1);
    assert!(found.bad[0].reason.contains("more than"), "{:?}", found.bad);
    // A PNG whose header claims more pixels than anything has.
    let mut bomb = png(0, 0);
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    files.pop();
    files.push(("Set/cat/bomb.png".into(), bomb));
    let found = survey(&put("b.zip", &zip(&files)), &options).unwrap();
    assert_eq!(
        (found.bad.len(), &*found.bad[0].path),
        (1, "Set/cat/bomb.png")
    );
    // Archives that end in their midst.
    let whole = zip(&files);
    let error = survey(&put("c.zip", &whole[..whole.len() / 2]), &options)
        .unwrap_err()
        .to_string();
    assert!(error.contains("c.zip"), "{error}");
    let whole = tar(&files);
    let error = survey(&put("c.tar", &whole[..540]), &options)
        .unwrap_err()
        .to_string();
    assert!(error.contains("c.tar"), "{error}");
    let whole = gzip(&whole);
    let error = survey(&put("c.tgz", &whole[..whole.len() / 2]), &options)
        .unwrap_err()
        .to_string();
    assert!(error.contains("c.tgz"), "{error}");
}

/// A tar archive has an end. One that is cut between two entries has lost the rest.
#[test]
fn archives_that_are_cut_off_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let files = files();
    let whole = tar(&files);
    let end = whole.len() - 1024;
    let look = |name: &str, bytes: &[u8]| {
        common::put(root.path(), name, bytes);
        survey(&root.path().join(name), &OwnOptions::default())
    };
    let refused = |name: &str, bytes: &[u8]| {
        let error = look(name, bytes).unwrap_err();
        assert!(matches!(error, DataError::CutOff { .. }), "{error:?}");
        let error = error.to_string();
        assert!(error.contains(name) && error.contains("cut off"), "{error}");
    };
    // Behind each block up to the end, and amid them.
    for at in (512..=end)
        .step_by(512)
        .chain([600, end - 1, end + 100, end + 511])
    {
        refused("cut.tar", &whole[..at]);
        refused("cut.tgz", &gzip(&whole[..at]));
    }
    // One block of zeros is an end, and so are twenty.
    for zeros in [512, 1024, 10240] {
        let mut ended = whole[..end].to_vec();
        ended.resize(end + zeros, 0);
        for (name, bytes) in [("a.tar", ended.clone()), ("a.tgz", gzip(&ended))] {
            let found = look(name, &bytes).unwrap();
            let all = found
                .classes
                .iter()
                .map(|c| c.train + c.test)
                .sum::<usize>();
            assert_eq!((all, found.passed_over.len()), (10, 0), "{name} {zeros}");
        }
    }
    // The end of the gzip stream has its checksum and length: 8 bytes.
    let zipped = gzip(&whole);
    for missing in 1..=8 {
        refused("cut.tgz", &zipped[..zipped.len() - missing]);
    }
    let mut changed = zipped.clone();
    changed[zipped.len() - 6] ^= 1;
    let error = look("sum.tgz", &changed).unwrap_err();
    assert!(matches!(error, DataError::Corrupt { .. }), "{error}");
    // What stands behind the end is another archive: it is told.
    let both = [whole.clone(), whole].concat();
    for (name, bytes) in [("two.tar", both.clone()), ("two.tgz", gzip(&both))] {
        let passed = look(name, &bytes).unwrap().passed_over;
        assert!(passed[0].reason.contains("behind the end"), "{passed:?}");
    }
}

#[test]
fn of_files_of_one_name_the_last_counts_and_the_others_are_told() {
    let root = tempfile::tempdir().unwrap();
    let mut files = files();
    // Twice under the same name, and once under another spelling of it.
    files.push(("Set/cat/0.png".into(), png(7, 70)));
    files.push(("Set/cat/0.png".into(), png(7, 71)));
    let expected = root.path().join("plain");
    folder(&expected, &files);
    let expected = load_own(&expected, &OwnOptions::default()).unwrap().0;
    let twice = tar(&files);
    files.push(("./Set//cat/0.png".into(), png(7, 71)));
    let spelt = tar(&files);
    files.pop();
    for (name, bytes, count) in [
        ("a.tar", twice.clone(), 2),
        ("a.tgz", gzip(&twice), 2),
        ("b.tar", spelt, 3),
        ("a.zip", same_names(&files), 2),
    ] {
        common::put(root.path(), name, &bytes);
        let (splits, found) = load_own(&root.path().join(name), &OwnOptions::default()).unwrap();
        assert!(splits == expected, "{name}");
        let passed = &found.passed_over[0];
        assert_eq!(
            (passed.count, found.passed_over.len()),
            (count, 1),
            "{name}"
        );
        assert!(passed.reason.contains("same name"), "{passed:?}");
        assert_eq!(passed.examples[0], "Set/cat/0.png", "{name}");
    }
}

/// A zip archive in which the last files have the name of the first. The writer refuses that, so
/// other names of that length are changed.
fn same_names(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let first = files[0].0.clone();
    let mut files = files.to_vec();
    let mut changed = Vec::new();
    for (number, (name, _)) in files.iter_mut().enumerate().skip(1) {
        if *name == first {
            *name = format!("Set/cat/{}.xyz", number % 10);
            changed.push(name.clone());
        }
    }
    let mut bytes = zip(&files);
    for name in changed {
        for at in 0..bytes.len() - name.len() {
            if bytes[at..].starts_with(name.as_bytes()) {
                bytes[at..][..name.len()].copy_from_slice(first.as_bytes());
            }
        }
    }
    bytes
}

/// Sets the method and flags of one file, or of all, in both of its headers.
fn mark(bytes: &mut [u8], only: Option<&str>, flags: u16, method: u16) {
    for (magic, field, name_at) in [(b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)] {
        for at in 0..bytes.len() - 46 {
            let is_wanted = only.is_none_or(|name| {
                let found = bytes.get(at + name_at..at + name_at + name.len());
                found == Some(name.as_bytes())
            });
            if bytes[at..].starts_with(magic) && is_wanted {
                bytes[at + field] |= flags as u8;
                bytes[at + field + 2..][..2].copy_from_slice(&method.to_le_bytes());
            }
        }
    }
}

#[test]
fn files_of_a_zip_archive_that_cannot_be_read_are_bad_files() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a.zip");
    let name = "Set/cat/3.png";
    let whole = zip(&files());
    let encrypted = |bytes: &mut Vec<u8>| mark(bytes, Some(name), 1, 8);
    let lzma = |bytes: &mut Vec<u8>| mark(bytes, Some(name), 0, 14);
    let no_header = |bytes: &mut Vec<u8>| {
        let local = (0..bytes.len()).find(|&at| bytes[at..].starts_with(name.as_bytes()));
        bytes[local.unwrap() - 30] = 0;
    };
    // The directory claims that it unpacks to 4 GB: what comes counts.
    let claim = |bytes: &mut Vec<u8>| {
        let listed = (0..bytes.len()).rfind(|&at| bytes[at..].starts_with(name.as_bytes()));
        bytes[listed.unwrap() - 46 + 24..][..4].copy_from_slice(&[0xf0, 0xff, 0xff, 0xff]);
    };
    type Change<'a> = &'a dyn Fn(&mut Vec<u8>);
    let mut bytes = whole.clone();
    claim(&mut bytes);
    common::put(root.path(), "a.zip", &bytes);
    let found = survey(&path, &OwnOptions::default()).unwrap();
    assert!(found.bad.is_empty(), "{:?}", found.bad);
    let ways: [(&str, Change); 3] = [
        ("encrypted", &encrypted),
        ("compressed with lzma", &lzma),
        ("", &no_header),
    ];
    for (reason, change) in ways {
        let mut bytes = whole.clone();
        change(&mut bytes);
        common::put(root.path(), "a.zip", &bytes);
        let error = load_own(&path, &OwnOptions::default()).expect_err(reason);
        let DataError::Unreadable { files, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!((files.len(), &*files[0].path), (1, name), "{reason}");
        assert!(files[0].reason.contains(reason), "{}", files[0].reason);
        let options = OwnOptions::default().with_skip_bad(true);
        let (splits, found) = load_own(&path, &options).unwrap();
        assert_eq!(splits.train.len() + splits.test.len(), 9, "{reason}");
        assert_eq!(found.bad.len(), 1);
    }
    // Where no file can be read, the archive is what is told.
    for (flags, method, word) in [(1, 8, "encrypted"), (0, 12, "bzip2"), (0, 9, "deflate64")] {
        let mut bytes = whole.clone();
        mark(&mut bytes, None, flags, method);
        common::put(root.path(), "a.zip", &bytes);
        let error = survey(&path, &OwnOptions::default()).unwrap_err();
        assert!(matches!(error, DataError::Foreign { .. }), "{error:?}");
        let error = error.to_string();
        assert!(error.contains("a.zip") && error.contains(word), "{error}");
    }
}

#[test]
fn a_picture_in_every_format_and_mode() {
    use image::{DynamicImage, ImageFormat};
    let root = tempfile::tempdir().unwrap();
    let base = DynamicImage::ImageRgb8(draw([8, 8], Shade([9, 100, 200])));
    let formats = [
        ("jpg", ImageFormat::Jpeg),
        ("png", ImageFormat::Png),
        ("webp", ImageFormat::WebP),
        ("bmp", ImageFormat::Bmp),
        ("gif", ImageFormat::Gif),
        ("tiff", ImageFormat::Tiff),
        ("qoi", ImageFormat::Qoi),
    ];
    for (ending, format) in formats {
        for class in ["a", "b"] {
            let image = if class == "a" {
                base.clone()
            } else {
                base.flipv()
            };
            fs::create_dir_all(root.path().join(class)).unwrap();
            image
                .save_with_format(root.path().join(class).join(format!("x.{ending}")), format)
                .unwrap();
        }
    }
    let save =
        |name: &str, image: DynamicImage| image.save(root.path().join("a").join(name)).unwrap();
    save("grey.png", DynamicImage::ImageLuma8(base.to_luma8()));
    save("grey16.png", DynamicImage::ImageLuma16(base.to_luma16()));
    save("alpha.png", DynamicImage::ImageRgba8(base.to_rgba8()));
    save("deep.png", DynamicImage::ImageRgb16(base.to_rgb16()));
    save("float.tiff", DynamicImage::ImageRgb32F(base.to_rgb32f()));
    let found = survey(root.path(), &OwnOptions::default()).unwrap();
    let mut modes: Vec<(&str, usize)> = found
        .modes
        .iter()
        .map(|mode| (&*mode.name, mode.count))
        .collect();
    modes.sort_unstable();
    let expected = [
        ("RGB", 12),
        ("RGB with alpha", 1),
        ("RGB, 16 bits", 1),
        ("grey", 1),
        ("grey, 16 bits", 1),
        ("palette", 2),
    ];
    assert_eq!(modes, expected);
    assert_eq!((found.bad.len(), &*found.bad[0].path), (1, "a/float.tiff"));
    // PNG, BMP, TIFF, QOI and WebP without loss, once in 16 bits: the same pixels.
    assert!(found.duplicates.images > 4 + 4, "{:?}", found.duplicates);
    assert_eq!(found.channels, 3);
}
