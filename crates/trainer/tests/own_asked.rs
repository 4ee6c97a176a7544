//! What is asked for of own images and cannot be had is refused at the start, in the words in which it was given.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{failure, success, trainer};
use image::{GrayImage, Luma};
use tempfile::tempdir;

/// Two classes of so many small pictures.
fn draw(root: &Path, count: u8) {
    for class in 0..2_u8 {
        let folder = root.join(["dark", "light"][usize::from(class)]);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..count {
            let picture = GrayImage::from_pixel(8, 8, Luma([120 * class + 9 * number]));
            picture.save(folder.join(format!("{number}.png"))).unwrap();
        }
    }
}

fn train(images: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = trainer();
    command.args(["train", "--net", "wrn-8-1", "--max-steps", "1"]);
    command.args(["--epochs", "1", "--dashboard", "none"]);
    command.arg("--dataset").arg(images).arg("--out").arg(out);
    command.args(more);
    command
}

#[test]
fn parts_that_the_data_bring_are_not_made_anew_silently() {
    let dir = tempdir().unwrap();
    let [images, run] = ["images", "run"].map(|name| dir.path().join(name));
    for part in ["train", "val", "test"] {
        draw(&images.join(part), 6);
    }
    for (given, part) in [
        (["--test-fraction", "0.3"], "a test part"),
        (["--validation", "0.2"], "a validation part"),
        // What the recipe has too, and asked for all the same.
        (["--validation", "0.1"], "a validation part"),
        (["--split-seed", "3"], "which images are held out"),
        (["--set", "test_fraction=0.3"], "a test part"),
    ] {
        let message = failure(&mut train(&images, &run, &given), 2);
        let words = given.join(" ");
        assert!(
            message.contains(&format!("{words}: expected data")),
            "{message}"
        );
        assert!(
            message.contains(part) && message.contains("leave it out"),
            "{message}"
        );
        assert!(!run.exists());
    }
    let said = success(&mut train(&images, &run, &["--validation", "0"]));
    assert!(
        said.contains("the validation part of the data is not used"),
        "{said}"
    );
    // All settings of that run, none of which was asked for.
    let config = run.join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    assert!(text.contains("test_fraction = 0.2"), "{text}");
    let mut again = trainer();
    again
        .args(["train", "--dashboard", "none", "--config"])
        .arg(&config);
    success(again.arg("--out").arg(dir.path().join("again")));
    // A dataset with a name has its test part, too.
    let mut named = common::tiny(&dir.path().join("named"), 1);
    let message = failure(named.args(["--test-fraction", "0.3"]), 2);
    assert!(
        message.contains("--test-fraction 0.3: expected data without a test part"),
        "{message}"
    );
}

#[test]
fn errors_name_the_flag_that_was_given() {
    let dir = tempdir().unwrap();
    let [images, run] = ["images", "run"].map(|name| dir.path().join(name));
    draw(&images, 8);
    for (given, said) in [
        (
            &["--size", "4x5000"][..],
            "--size 4x5000: expected 1 to 4096 pixels a side",
        ),
        (
            &["--size", "0"],
            "--size 0: expected 1 to 4096 pixels a side",
        ),
        // Of 8 images of each class, 6 or 7 are left to be split.
        (
            &["--validation", "1"],
            "--validation 1: expected 2 to 10 of 12 images",
        ),
        (
            &["--set", "validation=1"],
            "--set validation=1: expected 2 to 10 of 12 images",
        ),
        (
            &["--validation", "nan"],
            "'--validation <N|SHARE>': expected a whole number",
        ),
        (
            &["--validation", "1.0"],
            "'--validation <N|SHARE>': expected a whole number",
        ),
        (
            &["--validation", "-1"],
            "'--validation <N|SHARE>': expected a whole number",
        ),
        (
            &["--test-fraction", "-0.5"],
            "--test-fraction -0.5: expected more than 0, less than 1",
        ),
        (
            &["--test-fraction", "nan"],
            "--test-fraction nan: expected more than 0, less than 1",
        ),
        (
            &["--learning-rate", "-1"],
            "--learning-rate -1: expected 0 to 1000",
        ),
        (
            &["--weight-decay", "2"],
            "--weight-decay 2: expected 0 to 1",
        ),
        (&["--epochs", "-1"], "invalid value '-1' for '--epochs"),
        (
            &["--split-seed", "18446744073709551615"],
            "--split-seed 18446744073709551615: expected at most 9223372036854775807",
        ),
        (
            &["--set", "seed=18446744073709551615"],
            "--set seed=18446744073709551615: expected at most 9223372036854775807",
        ),
        (&["--channels", "2"], "--channels 2: expected 1 or 3"),
        (
            &["--freeze", "head-only"],
            "--freeze head-only: expected `init` beside it",
        ),
        (
            &["--augment", "scale-crop-flip"],
            "--augment scale-crop-flip: expected a list of ",
        ),
    ] {
        let message = failure(&mut train(&images, &run, given), 2);
        assert!(message.contains(said), "{given:?}: {message}");
        assert!(
            !message.contains("[height") && !message.contains("--set key"),
            "{message}"
        );
        assert!(!run.exists());
    }
}

#[test]
fn what_to_start_from_may_stand_in_the_config() {
    let dir = tempdir().unwrap();
    let [images, first, second] = ["images", "first", "second"].map(|name| dir.path().join(name));
    draw(&images, 8);
    success(&mut train(&images, &first, &[]));
    let config = dir.path().join("a.toml");
    fs::write(&config, format!("init = '{}'\n", first.display())).unwrap();
    let config = config.to_str().unwrap();
    let more = ["--config", config, "--freeze", "head-only"];
    success(&mut train(&images, &second, &more));
}

#[test]
fn a_run_goes_into_a_folder_of_its_own() {
    let dir = tempdir().unwrap();
    let images = dir.path().join("images");
    draw(&images, 8);
    for within in ["images", "images/run", "images/dark/run"] {
        let message = failure(&mut train(&images, &dir.path().join(within), &[]), 2);
        assert!(message.contains("apart from the images"), "{message}");
        assert!(
            message.contains("choose another one with --out"),
            "{message}"
        );
    }
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("letter.txt"), "").unwrap();
    let message = failure(&mut train(&images, &other, &[]), 2);
    assert!(message.contains("found letter.txt in it"), "{message}");
    // Runs go into `runs` of the folder that one works in, which may be that of the images.
    let mut inside = trainer();
    inside.args([
        "train",
        "--dataset",
        ".",
        "--net",
        "wrn-8-1",
        "--max-steps",
        "1",
    ]);
    let message = failure(inside.args(["--dashboard", "none"]).current_dir(&images), 2);
    assert!(message.contains("apart from the images"), "{message}");
    assert_eq!(
        fs::read_dir(&images).unwrap().count(),
        2,
        "nothing was made there"
    );
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    success(&mut train(&images, &empty, &[]));
}
