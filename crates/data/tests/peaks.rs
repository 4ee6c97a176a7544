//! What readers take of the memory at their peak: at most 1.2 times what a file decodes to, and 64 MB.
//!
//! Each file is read by a process of its own, this test program once more, which tells its own peak.

#![cfg(target_os = "linux")]

mod common;

use std::fs::File;
use std::io::{BufWriter, Cursor, Write};
use std::path::Path;
use std::process::Command;

use data::{Dataset, GlyphsOptions, OwnOptions, load_own};
use flate2::write::{GzEncoder, ZlibEncoder};
use flate2::{Compression, Crc};
use zip::write::SimpleFileOptions;

const MB: usize = 1 << 20;
/// So large that twice as much stands out.
const PIXELS: usize = 160 * MB;
/// Says to the other process what to read.
const ASKED: &str = "ONEBIT_TEST_PEAK";

/// The other process.
#[test]
fn reads_what_it_is_asked_to() {
    let Ok(asked) = std::env::var(ASKED) else {
        return;
    };
    let (what, path) = asked.split_once(' ').unwrap();
    let path = Path::new(path);
    let images = match what {
        "own" => {
            let options = OwnOptions::default()
                .with_max_memory(Some(1 << 40))
                .with_threads(2);
            let (splits, _) = load_own(path, &options).unwrap();
            splits.train.len() + splits.test.len()
        }
        "small" => {
            let options = OwnOptions::default().with_size(Some([32, 32]));
            let (splits, _) = load_own(path, &options.with_threads(1)).unwrap();
            splits.train.len() + splits.test.len()
        }
        "mat" => data::mat5::read(path, 1 << 40).unwrap().len(),
        name => {
            let dataset: Dataset = name.parse().unwrap();
            let splits = dataset.load(path, &GlyphsOptions::default()).unwrap();
            splits.train.len() + splits.test.len()
        }
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    println!("PEAK {} {images}", line.split_whitespace().next().unwrap());
}

/// The files and images of a case, and what they decode to.
struct Case<'a> {
    what: &'a str,
    path: &'a str,
    images: usize,
    decoded: usize,
}

fn check(root: &Path, case: Case) {
    let Case {
        what,
        path,
        images,
        decoded,
    } = case;
    let asked = format!("{what} {}", root.join(path).display());
    let mut other = Command::new(std::env::current_exe().unwrap());
    other.args(["--exact", "reads_what_it_is_asked_to", "--nocapture"]);
    let output = other.env(ASKED, asked).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let told = text.lines().find_map(|line| line.split_once("PEAK "));
    let Some((_, told)) = told else {
        panic!("{path}: {text}{}", String::from_utf8_lossy(&output.stderr));
    };
    let (kilobytes, found) = told.split_once(' ').unwrap();
    let peak = 1024 * kilobytes.parse::<usize>().unwrap();
    let max = decoded + decoded / 5 + 64 * MB;
    println!(
        "{what} {path}: peak {} MB, decoded {} MB",
        peak / MB,
        decoded / MB
    );
    assert_eq!(found.trim().parse(), Ok(images), "{path}");
    assert!(peak <= max, "{path}: {} MB of {} MB", peak / MB, max / MB);
}

/// Writes `len` zeros.
fn zeros(to: &mut impl Write, len: usize) {
    let some = vec![0; MB];
    let mut left = len;
    while left > 0 {
        let now = left.min(MB);
        to.write_all(&some[..now]).unwrap();
        left -= now;
    }
}

fn create(root: &Path, name: &str) -> BufWriter<File> {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    BufWriter::new(File::create(path).unwrap())
}

/// A compressed variable of bytes: all are `byte`.
fn variable(to: &mut impl Write, name: &str, dims: &[u32], byte: u8) {
    let len: usize = dims.iter().map(|&dim| dim as usize).product();
    let padded = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    };
    let element = |kind: u32, content: &[u8]| {
        let len = (content.len() as u32).to_le_bytes();
        [&kind.to_le_bytes()[..], &len, &padded(content)].concat()
    };
    let dims: Vec<u8> = dims.iter().flat_map(|dim| dim.to_le_bytes()).collect();
    let head = [
        element(6, &[9, 0, 0, 0, 0, 0, 0, 0]),
        element(5, &dims),
        element(1, name.as_bytes()),
    ]
    .concat();
    let whole = head.len() + 8 + len.next_multiple_of(8);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&14u32.to_le_bytes()).unwrap();
    packed.write_all(&(whole as u32).to_le_bytes()).unwrap();
    packed.write_all(&head).unwrap();
    packed.write_all(&2u32.to_le_bytes()).unwrap();
    packed.write_all(&(len as u32).to_le_bytes()).unwrap();
    match byte {
        0 => zeros(&mut packed, len),
        _ => packed.write_all(&vec![byte; len]).unwrap(),
    }
    zeros(&mut packed, len.next_multiple_of(8) - len);
    let packed = packed.finish().unwrap();
    to.write_all(&15u32.to_le_bytes()).unwrap();
    to.write_all(&(packed.len() as u32).to_le_bytes()).unwrap();
    to.write_all(&packed).unwrap();
}

fn svhn(root: &Path, name: &str, images: usize) {
    let mut file = create(root, name);
    let mut header = [b' '; 128];
    header[124..].copy_from_slice(&[0, 1, b'I', b'M']);
    file.write_all(&header).unwrap();
    variable(&mut file, "X", &[32, 32, 3, images as u32], 0);
    variable(&mut file, "y", &[images as u32, 1], 1);
}

#[test]
fn svhn_and_its_second_file() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let image = 3072;
    let all = PIXELS / image;
    svhn(root, "svhn/test_32x32.mat", 100);
    svhn(root, "svhn/train_32x32.mat", all / 4);
    svhn(root, "svhn/extra_32x32.mat", all - all / 4);
    let decoded = (all + 100) * image;
    let images = all + 100;
    check(
        root,
        Case {
            what: "svhn",
            path: "",
            images,
            decoded,
        },
    );
    check(
        root,
        Case {
            what: "mat",
            path: "svhn/extra_32x32.mat",
            images: 2,
            decoded,
        },
    );
}

/// Writes an array whose rows are zeros, or of labels 1 and 2 in turn.
fn npy(to: &mut impl Write, code: &str, shape: &[usize], size: usize, labels: bool) {
    let dims: Vec<String> = shape.iter().map(usize::to_string).collect();
    let shown = format!("({},)", dims.join(", "));
    let header = format!("{{'descr': '{code}', 'fortran_order': False, 'shape': {shown}, }}\n");
    to.write_all(b"\x93NUMPY\x01\0").unwrap();
    to.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
    to.write_all(header.as_bytes()).unwrap();
    match labels {
        true => (0..shape[0]).for_each(|i| to.write_all(&[1 + (i % 2) as u8]).unwrap()),
        false => zeros(to, size * shape.iter().product::<usize>()),
    }
}

fn npz(root: &Path, name: &str, arrays: [(&str, &str, &[usize], usize, bool); 2]) {
    let mut writer = zip::ZipWriter::new(create(root, name));
    for (array, code, shape, size, labels) in arrays {
        let options = SimpleFileOptions::default();
        writer.start_file(format!("{array}.npy"), options).unwrap();
        npy(&mut writer, code, shape, size, labels);
    }
    writer.finish().unwrap();
}

#[test]
fn archives_of_numpy() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let n = PIXELS / 3072;
    let labels = ("y", "|u1", &[n][..], 1, true);
    npz(
        root,
        "rgb.npz",
        [("x", "|u1", &[n, 32, 32, 3], 1, false), labels],
    );
    let rgb = Case {
        what: "own",
        path: "rgb.npz",
        images: n,
        decoded: PIXELS,
    };
    check(root, rgb);
    npz(
        root,
        "planar.npz",
        [("x", "|u1", &[n, 3, 32, 32], 1, false), labels],
    );
    let planar = Case {
        what: "own",
        path: "planar.npz",
        images: n,
        decoded: PIXELS,
    };
    check(root, planar);
    let few = n / 8;
    let labels = ("y", "|u1", &[few][..], 1, true);
    npz(
        root,
        "wide.npz",
        [("x", "<i8", &[few, 32, 32, 3], 8, false), labels],
    );
    let wide = Case {
        what: "own",
        path: "wide.npz",
        images: few,
        decoded: PIXELS,
    };
    check(root, wide);
    // ImageNet of 32×32: what is large is the part to test on.
    let labels = ("labels", "|u1", &[n][..], 1, true);
    npz(
        root,
        "imagenet32/val_data.npz",
        [("data", "|u1", &[n, 3072], 1, false), labels],
    );
    let labels = ("labels", "|u1", &[2][..], 1, true);
    for part in 1..=10 {
        let name = format!("imagenet32/train_data_batch_{part}.npz");
        npz(root, &name, [("data", "|u1", &[2, 3072], 1, false), labels]);
    }
    let case = Case {
        what: "imagenet32",
        path: "",
        images: n + 20,
        decoded: PIXELS,
    };
    check(root, case);
}

/// An IDX file of zeros, or of labels 0 and 1 in turn.
fn idx(to: &mut impl Write, shape: &[u32]) {
    let magic = 0x0800 + shape.len() as u32;
    for word in [magic].iter().chain(shape) {
        to.write_all(&word.to_be_bytes()).unwrap();
    }
    match shape {
        [count] => (0..*count).for_each(|i| to.write_all(&[(i % 2) as u8]).unwrap()),
        _ => zeros(to, shape.iter().map(|&n| n as usize).product()),
    }
}

#[test]
fn idx_files() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    for (folder, side) in [("own", 512), ("mnist", 28)] {
        let n = PIXELS / (side * side);
        for (part, count) in [("train", n), ("t10k", 100)] {
            let name = format!("{folder}/{part}-images-idx3-ubyte.gz");
            let mut packed = GzEncoder::new(create(root, &name), Compression::fast());
            idx(&mut packed, &[count, side, side].map(|n| n as u32));
            packed.finish().unwrap();
            let name = format!("{folder}/{part}-labels-idx1-ubyte");
            idx(&mut create(root, &name), &[count as u32]);
        }
        let (what, path) = match folder {
            "own" => ("own", "own"),
            _ => ("mnist", ""),
        };
        let (images, decoded) = (n + 100, (n + 100) * side * side);
        let case = Case {
            what,
            path,
            images,
            decoded,
        };
        check(root, case);
    }
}

/// Records of CIFAR: label 0 or 1 in turn.
fn records(to: &mut impl Write, count: usize, labels: usize) {
    for index in 0..count {
        to.write_all(&[(index % 2) as u8; 2][..labels]).unwrap();
        to.write_all(&[0; 3072]).unwrap();
    }
}

#[test]
fn cifar() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let n = PIXELS / 3072;
    records(&mut create(root, "own/train.bin"), n, 1);
    check(
        root,
        Case {
            what: "own",
            path: "own",
            images: n,
            decoded: PIXELS,
        },
    );
    let names: String = (0..100).map(|class| format!("class {class}\n")).collect();
    common::put(
        root,
        "cifar-100-binary/fine_label_names.txt",
        names.as_bytes(),
    );
    records(&mut create(root, "cifar-100-binary/train.bin"), n, 2);
    records(&mut create(root, "cifar-100-binary/test.bin"), 100, 2);
    check(
        root,
        Case {
            what: "cifar100",
            path: "",
            images: n + 100,
            decoded: PIXELS,
        },
    );
    let packed = create(root, "cifar-10-binary.tar.gz");
    let mut tar = tar::Builder::new(GzEncoder::new(packed, Compression::fast()));
    let mut append = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        let name = format!("cifar-10-batches-bin/{name}");
        tar.append_data(&mut header, name, bytes).unwrap();
    };
    let names: String = (0..10).map(|class| format!("class {class}\n")).collect();
    append("batches.meta.txt", names.as_bytes());
    for part in [
        "data_batch_1",
        "data_batch_2",
        "data_batch_3",
        "data_batch_4",
        "data_batch_5",
        "test_batch",
    ] {
        let mut bytes = Vec::new();
        records(&mut bytes, n / 6, 1);
        append(&format!("{part}.bin"), &bytes);
    }
    tar.into_inner().unwrap().finish().unwrap();
    let images = n / 6 * 6;
    check(
        root,
        Case {
            what: "cifar10",
            path: "",
            images,
            decoded: PIXELS,
        },
    );
}

/// A PNG with a chunk behind its header.
fn with_chunk(png: &[u8], kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let head = 8 + 12 + 13;
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(content);
    let parts = [
        &png[..head],
        &(content.len() as u32).to_be_bytes(),
        kind,
        content,
        &crc.sum().to_be_bytes(),
        &png[head..],
    ];
    parts.concat()
}

#[test]
fn pictures() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let encoded = |image: &image::DynamicImage, format| {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let small = encoded(
        &image::DynamicImage::new_rgb8(8, 8),
        image::ImageFormat::Png,
    );
    let mut profile = ZlibEncoder::new(b"x\0\0".to_vec(), Compression::fast());
    zeros(&mut profile, 400 * MB);
    let profile = profile.finish().unwrap();
    for (kind, folder) in [(b"iCCP", "iccp"), (b"zTXt", "text")] {
        for (class, file) in [("a", 1), ("a", 2), ("b", 1), ("b", 2)] {
            let mut png = with_chunk(&small, kind, &profile);
            // None like another.
            png.extend_from_slice(format!("{class}{file}").as_bytes());
            common::put(root, &format!("{folder}/{class}/{file}.png"), &png);
        }
        check(
            root,
            Case {
                what: "own",
                path: folder,
                images: 4,
                decoded: 0,
            },
        );
    }
    let side = 4000;
    let (rgb, wide) = (3 * side * side, 8 * side * side);
    for (folder, format, decoded, image) in [
        (
            "jpeg",
            image::ImageFormat::Jpeg,
            rgb,
            image::DynamicImage::new_rgb8(side as u32, side as u32),
        ),
        (
            "png",
            image::ImageFormat::Png,
            wide,
            image::DynamicImage::new_rgba16(side as u32, side as u32),
        ),
    ] {
        let file = encoded(&image, format);
        for class in ["a", "b"] {
            for number in 0..2 {
                common::put(root, &format!("{folder}/{class}/{number}.x"), &file);
            }
        }
        check(
            root,
            Case {
                what: "small",
                path: folder,
                images: 4,
                decoded,
            },
        );
    }
    // The same in archives: zip is read in place, and a gzipped tar unpacked into memory.
    let file = encoded(
        &image::DynamicImage::new_rgb8(4000, 4000),
        image::ImageFormat::Bmp,
    );
    let mut writer = zip::ZipWriter::new(create(root, "bmp.zip"));
    let mut files = Vec::new();
    for name in ["a/1.bmp", "a/2.bmp", "b/1.bmp", "b/2.bmp"] {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(&file).unwrap();
        files.push((name, file.clone()));
    }
    writer.finish().unwrap();
    // A file, and what it decodes to.
    check(
        root,
        Case {
            what: "small",
            path: "bmp.zip",
            images: 4,
            decoded: 2 * file.len(),
        },
    );
    common::put(root, "bmp.tgz", &common::gzip(&common::tar(&files)));
    check(
        root,
        Case {
            what: "small",
            path: "bmp.tgz",
            images: 4,
            decoded: 6 * file.len(),
        },
    );
}
