//! A run stands alone: its folder copied elsewhere, its data gone.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{failure, success, trainer};
use image::{ImageFormat, RgbImage};

/// Photographs of 8×8 in class folders: `images` of each class in train, half of them in val.
fn photographs(root: &Path, classes: &[&str], images: usize) {
    for (split, count) in [("train", images), ("val", images.div_ceil(2))] {
        for (class, name) in classes.iter().enumerate() {
            let folder = root.join("imagenet").join(split).join(name);
            fs::create_dir_all(&folder).unwrap();
            for number in 0..count {
                let colour = [90 + 60 * class as u8, 90, (30 * class + number) as u8];
                let mut picture = RgbImage::from_pixel(8, 8, image::Rgb(colour));
                picture.put_pixel(number as u32 % 8, 0, image::Rgb([255; 3]));
                let path = folder.join(format!("{number}.png"));
                picture.save_with_format(path, ImageFormat::Png).unwrap();
            }
        }
    }
}

fn train(data: &Path, out: &Path) -> Command {
    let mut command = trainer();
    command
        .args([
            "train",
            "--dataset",
            "imagenet",
            "--net",
            "wrn-8-1",
            "--epochs",
            "1",
        ])
        .args(["--batch-size", "4", "--dashboard", "none", "--data"])
        .arg(data)
        .arg("--out")
        .arg(out);
    command
}

fn with_run(command: &str, run: &Path) -> Command {
    let mut with_run = trainer();
    with_run.args([command, "--run"]).arg(run);
    with_run
}

/// A run of two classes, and its data.
fn cats_and_dogs(dir: &Path) -> (PathBuf, PathBuf) {
    let (data, run) = (dir.join("data"), dir.join("run"));
    photographs(&data, &["cat", "dog"], 4);
    success(&mut train(&data, &run));
    (data, run)
}

#[test]
fn a_run_without_its_data_is_exported_reported_and_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = cats_and_dogs(dir.path());
    let alone = dir.path().join("elsewhere");
    let copied = Command::new("cp").arg("-r").arg(&run).arg(&alone).status();
    assert!(copied.unwrap().success());
    fs::remove_dir_all(&run).unwrap();
    fs::remove_dir_all(&data).unwrap();

    for (to, weights) in [
        ("onebit", None),
        ("onnx", None),
        ("onnx", Some("packed")),
        ("safetensors", None),
        ("safetensors", Some("latent")),
        ("c", None),
    ] {
        let out = dir
            .path()
            .join(format!("out.{to}{}", weights.unwrap_or_default()));
        let mut export = with_run("export", &alone);
        export.args(["--to", to, "--out"]).arg(&out);
        if let Some(weights) = weights {
            export.args(["--weights", weights]);
        }
        success(&mut export);
        // What leaves the machine names the data, and never where they lie.
        let place = data.to_string_lossy();
        if out.is_file() {
            let bytes = fs::read(&out).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(&*place), "{to}");
        }
    }
    let said = success(trainer().arg("inspect").arg(dir.path().join("out.onebit")));
    assert!(said.contains("8 convolutions"), "{said}");
    let model = runtime::Model::load(&dir.path().join("out.onebit")).unwrap();
    assert_eq!(model.class_names(), ["cat", "dog"]);
    assert!(
        model.activation_scales().is_some(),
        "the steps that the run kept"
    );

    let page = dir.path().join("page.html");
    success(trainer().arg("report").arg(&alone).arg("--out").arg(&page));
    let page = fs::read_to_string(page).unwrap();
    assert!(
        page.contains("Confusion") || page.contains("taken for") || page.contains("recognised")
    );
    assert!(!page.contains(&*data.to_string_lossy()));
}

/// Case 01: every count is of the run's classes.
#[test]
fn costs_are_those_of_the_run_s_classes() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = (dir.path().join("data"), dir.path().join("run"));
    photographs(&data, &["bolt", "nut", "washer"], 2);
    success(&mut train(&data, &run));
    let page = dir.path().join("page.html");
    let mut report = trainer();
    report.arg("report").arg(&run).arg("--data").arg(&data);
    success(report.arg("--out").arg(&page));
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("74,352"), "1-bit weights with three classes");
    assert!(!page.contains("138,160"), "and not those with 1000");
}

/// Cases 04a and 04e: other classes are named.
#[test]
fn data_with_other_classes_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = cats_and_dogs(dir.path());
    let file = dir.path().join("before.onebit");
    let mut export = with_run("export", &run);
    success(export.args(["--to", "onebit", "--out"]).arg(&file));

    let renamed = dir.path().join("renamed");
    photographs(&renamed, &["cat", "ant"], 4);
    let grown = dir.path().join("grown");
    photographs(&grown, &["cat", "dog", "eel"], 4);
    for (data, words) in [
        (&renamed, ["cat, dog", "ant, cat"]),
        (
            &grown,
            ["2 classes (cat, dog)", "3 in the data (cat, dog, eel)"],
        ),
    ] {
        let mut eval = with_run("eval", &run);
        let message = failure(eval.arg("--data").arg(data), 2);
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
        let mut resume = trainer();
        resume.args(["train", "--epochs", "2", "--dashboard", "none", "--resume"]);
        let resume = resume
            .arg(&run)
            .arg("--data")
            .arg(data)
            .arg("--accept-data");
        let message = failure(resume, 2);
        assert!(message.contains("cat, dog"), "{message}");
    }
    let mut eval = trainer();
    eval.args(["eval", "--dataset", "imagenet", "--model"])
        .arg(&file);
    let message = failure(eval.arg("--data").arg(&renamed), 2);
    assert!(
        message.contains("`cat`") && message.contains("`ant`"),
        "{message}"
    );
    success(
        trainer()
            .args(["eval", "--dataset", "imagenet", "--model"])
            .arg(&file)
            .arg("--data")
            .arg(&data),
    );
}

/// Case 04b: images added between two parts of a run.
#[test]
fn a_resume_on_other_images_is_refused_with_both_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = cats_and_dogs(dir.path());
    photographs(&data, &["cat", "dog"], 6);
    let resume = || {
        let mut resume = trainer();
        resume.args(["train", "--epochs", "2", "--dashboard", "none", "--resume"]);
        resume.arg(&run).arg("--data").arg(&data);
        resume
    };
    let message = failure(&mut resume(), 2);
    for words in [
        "8 images to train with and 4 to test",
        "12 images to train with and 6 to test",
        "--accept-data",
    ] {
        assert!(message.contains(words), "{message}");
    }
    success(resume().arg("--accept-data"));
    // From now on the run's data are these.
    success(
        trainer()
            .args(["train", "--epochs", "3", "--dashboard", "none", "--resume"])
            .arg(&run)
            .arg("--data")
            .arg(&data),
    );
}

/// Case 03: images that are only called MNIST are not laid beside the paper's.
#[test]
fn published_figures_are_for_the_published_images() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = (dir.path().join("data"), dir.path().join("run"));
    fs::create_dir_all(data.join("mnist")).unwrap();
    for (part, count) in [("train", 30u32), ("t10k", 10)] {
        let write = |name: &str, magic: u32, sizes: &[u32], bytes: Vec<u8>| {
            let header = [magic].into_iter().chain(sizes.iter().copied());
            let header = header.flat_map(u32::to_be_bytes);
            let path = data.join("mnist").join(format!("{part}-{name}-ubyte"));
            fs::write(path, header.chain(bytes).collect::<Vec<u8>>()).unwrap();
        };
        let pixels = (0..count * 784).map(|n| (n * 37 % 251) as u8).collect();
        write("images-idx3", 0x803, &[count, 28, 28], pixels);
        let labels = (0..count).map(|n| (n % 10) as u8).collect();
        write("labels-idx1", 0x801, &[count], labels);
    }
    let mut train = trainer();
    train.args([
        "train",
        "--dataset",
        "mnist",
        "--net",
        "wrn-20-4",
        "--epochs",
        "1",
    ]);
    train.args(["--batch-size", "10", "--dashboard", "none", "--data"]);
    success(train.arg(&data).arg("--out").arg(&run));
    let page = dir.path().join("page.html");
    let mut report = trainer();
    report.arg("report").arg(&run).arg("--data").arg(&data);
    success(report.arg("--out").arg(&page));
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("not those of the published mnist"));
    assert!(!page.contains("0.81"), "the paper's error after one epoch");
}
