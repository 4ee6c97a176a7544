//! Images of a user's own, few and small, and what tests do with runs on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage};

use super::{success, trainer};

/// Photographs of 8×8 in class folders: `images` of each class in train, half of them in val.
pub fn photographs(root: &Path, classes: &[&str], images: usize) {
    for (split, count) in [("train", images), ("val", images.div_ceil(2))] {
        for (class, name) in classes.iter().enumerate() {
            let folder = root.join("imagenet").join(split).join(name);
            fs::create_dir_all(&folder).unwrap();
            for number in 0..count {
                let colour = [(90 + 60 * class) as u8, 90, (30 * class + number) as u8];
                let mut picture = RgbImage::from_pixel(8, 8, Rgb(colour));
                picture.put_pixel(number as u32 % 8, 0, Rgb([255; 3]));
                let path = folder.join(format!("{number}.png"));
                picture.save_with_format(path, ImageFormat::Png).unwrap();
            }
        }
    }
}

/// Makes the photographs of `root` gray ones.
pub fn without_colours(root: &Path) {
    for split in fs::read_dir(root.join("imagenet")).unwrap() {
        for class in fs::read_dir(split.unwrap().path()).unwrap() {
            for file in fs::read_dir(class.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let level = path.to_string_lossy().len() as u8;
                let picture = GrayImage::from_pixel(8, 8, Luma([level]));
                picture.save_with_format(path, ImageFormat::Png).unwrap();
            }
        }
    }
}

/// Files in MNIST's form, in the folder of the dataset `name`: some images to train with, some to test, whose pixels
/// follow from `seed`.
pub fn idx(root: &Path, name: &str, [train, test]: [u32; 2], seed: u32) {
    let folder = root.join(name);
    fs::create_dir_all(&folder).unwrap();
    for (part, count) in [("train", train), ("t10k", test)] {
        let write = |name: &str, magic: u32, sizes: &[u32], bytes: Vec<u8>| {
            let header = [magic].into_iter().chain(sizes.iter().copied());
            let header = header.flat_map(u32::to_be_bytes);
            let path = folder.join(format!("{part}-{name}-ubyte"));
            fs::write(path, header.chain(bytes).collect::<Vec<u8>>()).unwrap();
        };
        let pixels = (0..count * 784).map(|n| ((n + seed) * 37 % 251) as u8);
        write("images-idx3", 0x803, &[count, 28, 28], pixels.collect());
        let labels = (0..count).map(|n| (n % 10) as u8).collect();
        write("labels-idx1", 0x801, &[count], labels);
    }
}

/// `train` for an epoch on what `root` has of a dataset.
pub fn train(root: &Path, dataset: &str, out: &Path) -> Command {
    let mut command = trainer();
    command.args(["train", "--dataset", dataset, "--net", "wrn-8-1"]);
    command.args(["--epochs", "1", "--batch-size", "4", "--dashboard", "none"]);
    command.arg("--data").arg(root).arg("--out").arg(out);
    command
}

/// A run of two classes of photographs, four images each, and its data: data, run.
pub fn cats_and_dogs(dir: &Path) -> (PathBuf, PathBuf) {
    let (data, run) = (dir.join("data"), dir.join("run"));
    photographs(&data, &["cat", "dog"], 4);
    success(&mut train(&data, "imagenet", &run));
    (data, run)
}

/// A command about a run.
pub fn with_run(command: &str, run: &Path) -> Command {
    let mut with_run = trainer();
    with_run.args([command, "--run"]).arg(run);
    with_run
}

/// `export` of a run.
pub fn export(run: &Path, to: &str, out: &Path) -> Command {
    let mut command = with_run("export", run);
    command.args(["--to", to, "--out"]).arg(out);
    command
}

/// `train --resume` up to some epochs, on other data or the same.
pub fn resume(run: &Path, epochs: usize, root: &Path) -> Command {
    let mut resume = trainer();
    resume.args(["train", "--dashboard", "none", "--resume"]);
    resume.arg(run).args(["--epochs", &epochs.to_string()]);
    resume.arg("--data").arg(root);
    resume
}

/// The page about a run, where the data are in `root`.
pub fn page(run: &Path, root: &Path, more: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("page.html");
    let mut report = trainer();
    report.arg("report").arg(run).arg("--data").arg(root);
    success(report.args(more).arg("--out").arg(&out));
    fs::read_to_string(out).unwrap()
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}
