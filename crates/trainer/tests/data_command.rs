//! `onebit data`: a look at images before anything is trained.

mod common;

use std::fs;
use std::path::Path;

use common::{failure, success, trainer};
use image::{ImageFormat, Rgb, RgbImage};

fn picture(path: &Path, side: u32, colour: [u8; 3]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(side, side, Rgb(colour))
        .save_with_format(path, ImageFormat::Png)
        .unwrap();
}

/// Two classes of ten and five, of two sizes, with much that is none of them.
fn folder() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (class, count) in [("cat", 10), ("dog\u{1b}[31m", 5)] {
        for index in 0..count {
            let side = if index == 0 { 40 } else { 33 };
            picture(
                &root.path().join(format!("my set/{class}/{index}.png")),
                side,
                [index, count, 7],
            );
        }
    }
    let at = |name: &str| root.path().join("my set").join(name);
    fs::copy(at("cat/3.png"), at("cat/3 copy.png")).unwrap();
    fs::write(at("cat/page.jpg"), "<html>").unwrap();
    fs::write(at("cat/x.heic"), "x").unwrap();
    fs::create_dir(at("@eaDir")).unwrap();
    root
}

#[test]
fn a_table_for_people_and_json_for_programs() {
    let root = folder();
    let data = || {
        let mut command = trainer();
        command.current_dir(root.path()).args(["data", "my set"]);
        command
    };
    let text = success(&mut data());
    for line in [
        "my set: class folders, 16 images of 2 classes",
        "unreadable   1 file:",
        "cat/page.jpg: no picture in a format that is read",
        "passed over  1 (not read: .heic), such as cat/x.heic",
        "14 of 33x33, 2 of 40x40",
        "16 RGB",
        "imbalance    2.20",
        "train with: onebit train --dataset './my set' --size 32 --skip-bad",
    ] {
        assert!(text.contains(line), "`{line}` is not in:\n{text}");
    }
    assert!(
        text.contains("duplicates   1;") && !text.contains('\u{1b}'),
        "{text}"
    );
    let json = success(data().args([
        "--json",
        "--size",
        "64x48",
        "--channels",
        "1",
        "--fit",
        "pad",
    ]));
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["classes"][0]["name"], "cat");
    assert_eq!(value["classes"][0]["train"], 9);
    assert_eq!(value["bad"][0]["path"], "cat/page.jpg");
    assert_eq!(value["duplicates"]["images"], 1);
    let command = value["train_with"].as_str().unwrap();
    assert!(
        command.ends_with("--size 64x48 --channels 1 --fit pad --skip-bad"),
        "{command}"
    );
}

#[test]
fn what_cannot_be_looked_at_is_named() {
    let root = tempfile::tempdir().unwrap();
    let error = failure(trainer().arg("data").arg(root.path()), 1);
    assert!(
        error.contains("found no files; put the pictures of each class"),
        "{error}"
    );
    let error = failure(trainer().arg("data").arg(root.path().join("none")), 1);
    assert!(
        error.contains("none") && error.contains("check that the path exists"),
        "{error}"
    );
    for (flag, value) in [
        ("--size", "0"),
        ("--channels", "2"),
        ("--fit", "zoom"),
        ("--test-fraction", "1"),
    ] {
        let output = trainer().args(["data", ".", flag, value]).output().unwrap();
        assert!(!output.status.success(), "{flag} {value}");
    }
}

#[test]
fn of_many_classes_the_first_and_the_last_are_listed() {
    let root = tempfile::tempdir().unwrap();
    let images = |class: usize| if class == 40 { 3 } else { 2 };
    let folders = |count: usize| {
        for class in 0..count {
            for index in 0..images(class) {
                let path = root
                    .path()
                    .join(format!("set/class {class:03}/{index}.png"));
                picture(&path, 2, [class as u8, index, 9]);
            }
        }
    };
    let data = || {
        let mut command = trainer();
        command.current_dir(root.path()).args(["data", "set"]);
        command
    };
    folders(1);
    // A classifier needs two.
    let output = data().output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.ends_with("before training: add images of a second class: with one there is nothing to tell apart\n"), "{said}");
    assert_eq!(output.status.code(), Some(1));
    folders(26);
    let said = success(&mut data());
    assert_eq!(said.matches("  class ").count(), 1 + 26, "{said}");
    folders(200);
    let said = success(&mut data());
    let listed = said.lines().filter(|line| line.starts_with("  class "));
    let listed: Vec<&str> = listed.collect();
    assert_eq!(listed.len(), 1 + 20 + 5, "{said}");
    assert!(
        listed[20].starts_with("  class 019 ") && listed[21].starts_with("  class 195 "),
        "{said}"
    );
    assert!(
        said.contains("\n  … 175 more classes, each of 2 to 3 images; --json has all"),
        "{said}"
    );
    let json: serde_json::Value = serde_json::from_str(&success(data().arg("--json"))).unwrap();
    assert_eq!(json["classes"].as_array().unwrap().len(), 200);
}
