//! What the program suggests can be typed: names are quoted, folders are apart from the images, and what cannot be written
//! in a line is refused or escaped.

#![cfg(unix)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{failure, tiny, trainer};
use image::{Rgb, RgbImage};

/// Two classes of pictures in a folder.
fn images(folder: &Path, classes: [&str; 2]) {
    for (shade, class) in (0..).zip(classes) {
        fs::create_dir_all(folder.join(class)).unwrap();
        for index in 0..8 {
            let picture = RgbImage::from_pixel(8, 8, Rgb([index * 9, shade * 90, 7]));
            picture
                .save(folder.join(class).join(format!("{index}.png")))
                .unwrap();
        }
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

#[test]
fn a_folder_in_a_suggested_command_is_one_word() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("my run's");
    common::success(&mut tiny(&run, 1));
    let message = failure(&mut tiny(&run, 1), 2);
    let (_, rest) = message.split_once("continue it with --resume ").unwrap();
    let (word, _) = rest.rsplit_once(", or choose").unwrap();
    assert_eq!(words(word), [run.to_str().unwrap()]);
}

#[test]
fn standing_among_the_images_the_suggested_command_trains() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own set");
    images(&own, ["a", "b"]);
    for (here, named) in [("own set", "."), ("own set", "./"), ("own set/a", "..")] {
        let here = dir.path().join(here);
        let look = trainer()
            .current_dir(&here)
            .args(["data", named])
            .output()
            .unwrap();
        let text = String::from_utf8(look.stdout).unwrap();
        let (_, command) = text.trim_end().rsplit_once("train with: onebit ").unwrap();
        assert!(!command.contains("--dataset ./."), "{command}");
        let mut train = trainer();
        train.current_dir(&here).args(words(command));
        train.args([
            "--net",
            "wrn-8-1",
            "--max-steps",
            "1",
            "--dashboard",
            "none",
        ]);
        let said = common::success(&mut train);
        assert!(said.contains("run: "), "{said}");
        let out = words(command);
        let out = &out[out.iter().position(|word| word == "--out").unwrap() + 1];
        assert!(here.join(out).join("result.json").exists(), "{command}");
    }
    let mut train = trainer();
    train.current_dir(&own).args(["train", "--dataset", "."]);
    let message = failure(&mut train, 2);
    assert!(
        message.contains("`runs` is where a run goes without --out")
            && message.contains("--out '../own set-run-4'"),
        "{message}"
    );
}

#[test]
fn names_with_line_breaks_make_no_lines() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own");
    images(&own, ["a", "new\nline"]);
    let mut train = trainer();
    train.current_dir(dir.path());
    train.args(["train", "--dataset", "./own", "--net", "wrn-8-1"]);
    train.args(["--max-steps", "1", "--dashboard", "none"]);
    let output = train.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains(r"new\nline 8"), "{said}");
    let message = failure(train.args(["--out", "o\nut"]), 2);
    assert!(
        message.contains("expected a name that can be written in a line"),
        "{message}"
    );
    assert!(!dir.path().join("o\nut").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_told_before_the_images_are_read() {
    let dir = tempfile::tempdir().unwrap();
    images(&dir.path().join("own"), ["a", "b"]);
    std::os::unix::fs::symlink("nowhere", dir.path().join("dangling")).unwrap();
    let mut cases = vec!["dangling", "own/a/0.png/run"];
    if cfg!(target_os = "linux") {
        cases.push("/proc/x/y");
    }
    for out in cases {
        let mut train = trainer();
        train.current_dir(dir.path());
        train.args(["train", "--dataset", "./own", "--out", out]);
        let output = train.output().unwrap();
        assert!(!output.status.success(), "{out}");
        assert!(output.stdout.is_empty(), "{out}: {output:?}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}
