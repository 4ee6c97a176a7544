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
        text.contains("duplicates   1 copy of another image\n") && !text.contains('\u{1b}'),
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

/// What images of a size take on a board is told before anything is trained on them, as `summary` counts it.
#[test]
fn a_smaller_size_for_a_board_is_told_with_its_ram() {
    let root = tempfile::tempdir().unwrap();
    for (class, shade) in [("a", 10), ("b", 200)] {
        for index in 0..6 {
            let path = root.path().join(format!("set/{class}/{index}.png"));
            picture(&path, 100, [shade, index, 7]);
        }
    }
    let said = |more: &[&str]| {
        let mut command = trainer();
        command.current_dir(root.path()).args(["data", "./set"]);
        success(command.args(more))
    };
    let ram = |side: usize| {
        let input = format!("3x{side}x{side}");
        let net = ["--net", "wrn-14-1", "--classes", "2", "--json"];
        let text = success(trainer().args(["summary", "--input", &input]).args(net));
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let bytes = json["integers"]["ram_bytes"].as_u64().unwrap();
        format!("{} KiB", bytes.div_ceil(1024))
    };
    let text = said(&[]);
    let lines: Vec<&str> = text.lines().rev().take(2).collect();
    assert_eq!(lines[0], "train with: onebit train --dataset ./set");
    let (small, large) = (ram(32), ram(100));
    assert_eq!(
        lines[1],
        format!("for a board: --size 32x32 ({small} of RAM; 100x100 takes {large})")
    );
    assert!(!said(&["--size", "32"]).contains("for a board"));
}

/// One picture under two labels is one mistake, which is told by both names, before training too.
#[test]
fn an_image_in_two_classes_is_a_wrong_label() {
    let root = tempfile::tempdir().unwrap();
    for class in ["cat", "dog"] {
        for index in 0..10 {
            let path = root.path().join(format!("set/{class}/{index}.png"));
            picture(&path, 8, [index, class.as_bytes()[0], 7]);
        }
    }
    let at = |name: &str| root.path().join("set").join(name);
    fs::copy(at("cat/3.png"), at("dog/a.png")).unwrap();
    let data = || {
        let mut command = trainer();
        command.current_dir(root.path()).args(["data", "./set"]);
        command
    };
    let note = "1 image stands in two classes, one of them wrong: ";
    let said = success(&mut data());
    let line = said.lines().find(|line| line.starts_with("note "));
    let line = line.unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains(note), "{line}");
    assert!(
        line.contains("cat/3.png") && line.contains("dog/a.png"),
        "{line}"
    );
    let json: serde_json::Value = serde_json::from_str(&success(data().arg("--json"))).unwrap();
    assert_eq!(json["duplicates"]["images"], 1);
    assert!(
        json["notes"][0].as_str().unwrap().starts_with(note),
        "{json}"
    );
    fs::copy(at("cat/4.png"), at("dog/b.png")).unwrap();
    let said = success(&mut data());
    assert!(
        said.contains("2 images stand in more than one class"),
        "{said}"
    );
    assert!(
        said.contains("duplicates   2 copies of other images"),
        "{said}"
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
        error.contains("none: no such file or folder; check the path"),
        "{error}"
    );
    // A word that is none here: what was perhaps meant.
    fs::create_dir_all(root.path().join("sets/hands")).unwrap();
    let said = |word: &str| {
        let mut command = trainer();
        command.args(["data", word]).current_dir(root.path());
        failure(command.env("ONEBIT_DATA", "sets"), 1)
    };
    for (word, way_out) in [
        ("hands", "did you mean `onebit data sets/hands`?"),
        ("mnist", "`onebit train --dataset mnist` trains on it"),
        ("photos", "check the path: a folder or file of your own"),
    ] {
        let expected = format!("{word}: no such file or folder; ");
        let error = said(word);
        assert!(
            error.contains(&expected) && error.contains(way_out),
            "{error}"
        );
    }
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
