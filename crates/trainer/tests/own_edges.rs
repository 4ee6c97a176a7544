//! Own images at the edges: what is small, odd or many trains, or is refused in a line that says why; and the command
//! that `onebit data` prints can be carried out.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{failure, success, trainer};
use image::{GrayImage, Luma};
use tempfile::{TempDir, tempdir};

/// So many pictures of a size in each class, no two alike.
fn classes(root: &Path, counts: &[(&str, u32)], [width, height]: [u32; 2]) {
    for (label, (class, count)) in counts.iter().enumerate() {
        let folder = root.join(class);
        fs::create_dir_all(&folder).unwrap();
        for index in 0..*count {
            let level = (label as u32 * 97 + index * 5) % 256;
            let mut picture = GrayImage::from_pixel(width, height, Luma([level as u8]));
            picture.put_pixel(0, 0, Luma([(index / 51 + label as u32) as u8]));
            picture.save(folder.join(format!("{index}.png"))).unwrap();
        }
    }
}

/// A folder `images` in one of its own, with such classes.
fn folder(counts: &[(&str, u32)], size: [u32; 2]) -> (TempDir, PathBuf) {
    let dir = tempdir().unwrap();
    let images = dir.path().join("images");
    classes(&images, counts, size);
    (dir, images)
}

/// `train` of a step on a folder.
fn train(images: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = trainer();
    command.args(["train", "--net", "wrn-8-1", "--max-steps", "1"]);
    command
        .args(["--epochs", "1", "--dashboard", "none"])
        .args(more);
    command.arg("--dataset").arg(images).arg("--out").arg(out);
    command
}

/// What `data` proposes: the words of a command, or what has to be done before.
fn proposed(images: &Path, more: &[&str]) -> Result<Vec<String>, String> {
    let mut look = trainer();
    look.arg("data").arg(images).arg("--json").args(more);
    let output = look.output().unwrap();
    let json = String::from_utf8(output.stdout).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let status = i32::from(value["train_with"].is_null());
    assert_eq!(output.status.code(), Some(status), "{json}");
    match (value["train_with"].as_str(), value["first"].as_str()) {
        (Some(command), None) => Ok(words(command)),
        (None, Some(first)) => Err(first.into()),
        _ => panic!("{json}"),
    }
}

/// The words of a command, as a shell has them.
fn words(command: &str) -> Vec<String> {
    let output = Command::new("sh")
        .args(["-c", &format!("printf '%s\\n' {command}")])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Carries out what `data` printed, for one step.
fn carried_out(words: &[String], out: &Path) -> String {
    assert_eq!(words[..2], ["onebit", "train"]);
    let mut command = trainer();
    command.args(&words[1..]).args(["--net", "wrn-8-1"]);
    command.args(["--max-steps", "1", "--dashboard", "none", "--out"]);
    success(command.arg(out))
}

#[test]
fn what_data_prints_can_be_carried_out() {
    let at = |counts: &[(&str, u32)], size: [u32; 2]| folder(counts, size);
    let (parts, root) = at(&[], [8, 8]);
    for part in ["train", "val", "test"] {
        classes(&root.join(part), &[("a", 4), ("b", 4)], [8, 8]);
    }
    let cases = [
        (at(&[("a", 9), ("b", 12)], [8, 8]), vec![], vec![]),
        // One for the test, one to train with, none to choose by.
        (
            at(&[("a", 2), ("b", 12)], [8, 8]),
            vec![],
            vec!["--validation 0"],
        ),
        (at(&[("a", 3), ("b", 3)], [8, 8]), vec![], vec![]),
        (
            at(&[("a", 5), ("b", 5)], [8, 8]),
            vec!["--test-fraction", "0.9"],
            vec!["0.9", "--validation 0"],
        ),
        (
            at(&[("a", 4), ("b", 4)], [700, 500]),
            vec![],
            vec!["--size 224"],
        ),
        (
            at(&[("a", 9), ("b", 9)], [8, 8]),
            vec!["--size", "6x4"],
            vec!["--size 6x4"],
        ),
        (
            at(&[("it's a dog", 4), ("Größe 猫", 4)], [8, 8]),
            vec!["--split-seed", "3"],
            vec!["--split-seed 3"],
        ),
        // What the data bring needs no share and no seed.
        (
            (parts, root),
            vec!["--test-fraction", "0.3", "--split-seed", "4"],
            vec![],
        ),
    ];
    for ((dir, images), more, expected) in cases {
        let words = proposed(&images, &more).unwrap();
        let line = words.join(" ");
        for part in &expected {
            assert!(line.contains(part), "{part}: {line}");
        }
        let extra = ["--validation", "--size", "--split-seed", "--test-fraction"];
        for flag in extra.iter().filter(|flag| {
            !expected.iter().any(|part| {
                part.starts_with(*flag) || (**flag == "--test-fraction" && *part == "0.9")
            })
        }) {
            assert!(!line.contains(flag), "{flag}: {line}");
        }
        carried_out(&words, &dir.path().join("run"));
    }
}

#[test]
fn different_sizes_and_files_that_cannot_be_read_get_their_flags() {
    let (dir, images) = folder(&[("a", 6), ("b", 6)], [40, 50]);
    classes(&images, &[("c", 6)], [33, 90]);
    fs::write(images.join("a/page.jpg"), "<html>").unwrap();
    let words = proposed(&images, &[]).unwrap();
    let line = words.join(" ");
    assert!(
        line.contains("--size 40") && line.ends_with("--skip-bad"),
        "{line}"
    );
    let said = carried_out(&words, &dir.path().join("run"));
    assert!(
        said.contains("left out: 1 file that cannot be read"),
        "{said}"
    );
}

#[test]
fn where_nothing_can_be_trained_data_says_what_is_to_be_done_first() {
    let (_dir, images) = folder(&[("a", 1), ("b", 9)], [8, 8]);
    let first = proposed(&images, &[]).unwrap_err();
    assert!(
        first.starts_with("class a: expected 2 images or more") && first.contains("found 1 image;"),
        "{first}"
    );
    let output = trainer().arg("data").arg(&images).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("before training: class a") && !text.contains("train with:"),
        "{text}"
    );

    let (_dir, images) = folder(&[("a", 4), ("b", 4)], [8, 8]);
    let spoil = |class: &str| {
        for file in fs::read_dir(images.join(class)).unwrap() {
            fs::write(file.unwrap().path(), "no picture").unwrap();
        }
    };
    spoil("b");
    let first = proposed(&images, &[]).unwrap_err();
    assert!(
        first.contains("class b") && first.contains("none that can be read"),
        "{first}"
    );
    // Training says the same, and advises nothing that would not do.
    let run = images.parent().unwrap().join("run");
    let message = failure(&mut train(&images, &run, &[]), 1);
    assert!(
        message.contains("leaving them out is not enough")
            && message.contains("class b")
            && !message.contains("--skip-bad"),
        "{message}"
    );
    let message = failure(&mut train(&images, &run, &["--skip-bad"]), 1);
    assert!(
        message.contains("class b") && message.contains("found none of 4 files"),
        "{message}"
    );
    spoil("a");
    let first = proposed(&images, &[]).unwrap_err();
    assert!(first.contains("none of them can be read"), "{first}");

    for (flags, said) in [
        (
            ["--size", "5000"],
            "--size 5000: expected 1 to 4096 pixels a side",
        ),
        (["--size", "4x5000"], "--size 4x5000: expected 1 to 4096"),
        (
            ["--test-fraction", "1"],
            "--test-fraction 1: expected more than 0, less than 1",
        ),
        (
            ["--test-fraction", "-0.5"],
            "--test-fraction -0.5: expected more than 0",
        ),
        (["--channels", "2"], "--channels 2: expected 1 or 3"),
    ] {
        let message = failure(trainer().arg("data").arg(&images).args(flags), 2);
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn small_sets_train_or_say_what_they_lack() {
    for (counts, size, more) in [
        (&[("a", 3), ("b", 3)][..], [8, 8], &[][..]),
        (&[("a", 45), ("b", 45)], [8, 8], &[]),
        (&[("only", 20)], [8, 8], &[]),
        (&[("a", 9), ("b", 9)], [1, 1], &[]),
        (&[("a", 2), ("b", 2)], [8, 8], &["--validation", "0"]),
    ] {
        let (dir, images) = folder(counts, size);
        let said = success(&mut train(&images, &dir.path().join("run"), more));
        assert!(said.contains("test error"), "{counts:?}: {said}");
        for wrong in [
            " 1 images",
            " 1 pictures",
            " 1 classes",
            " 1 files",
            " 1 steps",
            " 0 MiB",
        ] {
            assert!(!said.contains(wrong), "{wrong}: {said}");
        }
    }
    let (dir, images) = folder(&[("a", 2), ("b", 9)], [8, 8]);
    let run = dir.path().join("run");
    let message = failure(&mut train(&images, &run, &[]), 1);
    assert!(
        message.contains(
            "class a: expected at least 2 images, one to hold out for the validation part, found 1"
        ),
        "{message}"
    );
    assert!(message.contains("`--validation 0`"), "{message}");
    assert!(!run.exists());
    let (dir, images) = folder(&[("a", 1), ("b", 9)], [8, 8]);
    let message = failure(&mut train(&images, &dir.path().join("run"), &[]), 1);
    assert!(
        message.contains("for the test part") && message.contains("three with a validation part"),
        "{message}"
    );
}

#[test]
fn two_thousand_classes_train() {
    let names: Vec<String> = (0..2000).map(|class| format!("class {class:04}")).collect();
    let counts: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 3)).collect();
    let (dir, images) = folder(&counts, [4, 4]);
    let said = success(&mut train(&images, &dir.path().join("run"), &[]));
    assert!(said.contains("6000 images of 2000 classes"), "{said}");
    assert!(said.contains("… and 1980 more"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_to_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, images) = folder(&[("a", 5), ("b", 5)], [8, 8]);
    let allow = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let folders = [images.join("a"), images.join("b"), images.clone()];
    folders.iter().for_each(|folder| allow(folder, 0o555));
    let said = success(&mut train(&images, &dir.path().join("run"), &[]));
    assert!(said.contains("test error"), "{said}");
    folders.iter().for_each(|folder| allow(folder, 0o755));
    // One that cannot be listed is told, but by those who may do everything.
    allow(&images.join("b"), 0o000);
    if fs::read_dir(images.join("b")).is_err() {
        let message = failure(&mut train(&images, &dir.path().join("other"), &[]), 1);
        assert!(
            message.contains("images/b") && message.contains("permissions"),
            "{message}"
        );
    }
    allow(&images.join("b"), 0o755);
}
