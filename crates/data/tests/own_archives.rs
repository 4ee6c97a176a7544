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
