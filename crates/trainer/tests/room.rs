//! Where there is too little memory: what is known beforehand is refused with both numbers, the rest ends with a line.
//! Never an abort, and never damage of a file.

#![cfg(target_os = "linux")]

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{failure, success};
use flate2::Compression;
use flate2::write::GzEncoder;

/// The program with this many kibibytes of addresses.
fn within(kibibytes: u64, args: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    let limit = format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\"");
    shell.arg("-c").arg(limit).arg(env!("CARGO_BIN_EXE_onebit"));
    shell.args(args);
    shell
}

/// A network of two convolutions of 1×1 on images of 1×1024×1024: a kilobyte.
fn large_image() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/large_image.onebit")
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_small_file_of_large_images_is_refused_where_they_do_not_fit() {
    let model = large_image();
    let model = model.to_str().unwrap();
    let said = failure(
        &mut within(1_500_000, &["bench", "infer", "--model", model]),
        1,
    );
    has(&said, &["memory: about", "GiB are needed", "ulimit -v"]);
    let dir = tempfile::tempdir().unwrap();
    for (class, level) in [("a", 0), ("b", 200)] {
        fs::create_dir(dir.path().join(class)).unwrap();
        for number in 0..2u8 {
            let picture = image::GrayImage::from_pixel(8, 8, image::Luma([level + number]));
            picture
                .save(dir.path().join(format!("{class}/{number}.png")))
                .unwrap();
        }
    }
    let images = dir.path().to_str().unwrap();
    let args = [
        "eval",
        "--model",
        model,
        "--dataset",
        images,
        "--threads",
        "2",
    ];
    let said = failure(&mut within(600_000, &args), 1);
    has(
        &said,
        &[
            "memory: about",
            "are needed for what the network computes",
            "ulimit -v",
        ],
    );
}

#[test]
fn memory_that_lacks_ends_the_program_with_a_line() {
    let args = [
        "bench", "train", "--net", "wrn-20-1", "--batch", "2000", "--runs", "1",
    ];
    let output = within(900_000, &args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    has(
        &said,
        &[
            "error: memory: ",
            " MiB more were needed, found none",
            "ulimit -v",
        ],
    );
    assert_eq!(said.trim().lines().count(), 1, "{said}");
}

/// 800,000 images of MNIST's, none of which is more than some bits.
#[test]
fn a_file_that_does_not_fit_is_not_called_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("mnist");
    fs::create_dir(&folder).unwrap();
    for (part, count) in [("train", 800_000u32), ("t10k", 10)] {
        let packed = |name: &str, words: &[u32], bytes: usize| {
            let file = File::create(folder.join(name)).unwrap();
            let mut packed = GzEncoder::new(file, Compression::fast());
            for word in words {
                packed.write_all(&word.to_be_bytes()).unwrap();
            }
            let some = vec![0; 784_000];
            for start in (0..bytes).step_by(some.len()) {
                packed
                    .write_all(&some[..some.len().min(bytes - start)])
                    .unwrap();
            }
            packed.finish().unwrap();
        };
        let images = format!("{part}-images-idx3-ubyte.gz");
        packed(&images, &[0x803, count, 28, 28], 784 * count as usize);
        let labels = format!("{part}-labels-idx1-ubyte.gz");
        packed(&labels, &[0x801, count], count as usize);
    }
    let out = dir.path().join("run");
    let data = dir.path().to_str().unwrap();
    let args = [
        "train",
        "--dataset",
        "mnist",
        "--data",
        data,
        "--net",
        "wrn-8-1",
        "--max-steps",
        "1",
    ];
    let said = failure(within(700_000, &args).arg("--out").arg(&out), 1);
    has(
        &said,
        &[
            "train-images-idx3-ubyte.gz",
            "expected 599 MiB of memory",
            "found ",
            "ulimit -v",
        ],
    );
    assert!(!said.contains("damage"), "{said}");
}

#[test]
fn what_fits_computes() {
    let model = large_image();
    let args = ["inspect", model.to_str().unwrap()];
    has(&success(&mut within(400_000, &args)), &["1 x 1024 x 1024"]);
}
