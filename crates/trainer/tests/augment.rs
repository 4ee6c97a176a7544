//! Augmentation, mixup and balance from the command line: what is written, what is shown, and the
//! same numbers after an interruption.

mod common;

use std::fs;
use std::path::Path;

use common::reports::report;
use common::{failure, success, tiny, trainer};
use tempfile::tempdir;

const ALL: &str = "mixup,crop=2,flip,cutout=5,rotate,shift,scale,brightness,contrast,noise=4";
/// The same, as a config has it.
const WRITTEN: &str = "crop=2,flip,cutout=5,rotate,shift,scale,brightness,contrast,noise=4,mixup";

/// Loss and error of each epoch, and of the test.
fn numbers(run: &Path) -> Vec<String> {
    let metrics = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let mut numbers: Vec<String> = metrics
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            format!(
                "{} {} {} {}",
                line["epoch"], line["split"], line["loss"], line["error_percent"]
            )
        })
        .collect();
    let result: serde_json::Value =
        serde_json::from_slice(&fs::read(run.join("result.json")).unwrap()).unwrap();
    numbers.push(format!("{} {}", result["loss"], result["wrong"]));
    numbers
}

#[test]
fn every_operation_trains_and_a_longer_run_has_the_same_epochs() {
    let dir = tempdir().unwrap();
    for balance in ["none", "sample", "weight"] {
        let more = ["--augment", ALL, "--balance", balance];
        let whole = dir.path().join(format!("whole-{balance}"));
        success(tiny(&whole, 2).args(more).args(["--workers", "0"]));
        let config = fs::read_to_string(whole.join("config.toml")).unwrap();
        assert!(
            config.contains(&format!("augment = \"{WRITTEN}\"")),
            "{config}"
        );
        assert!(
            config.contains(&format!("balance = \"{balance}\"")),
            "{config}"
        );
        let parts = dir.path().join(format!("parts-{balance}"));
        success(tiny(&parts, 1).args(more).args(["--workers", "2"]));
        let sheet = fs::read(parts.join("augmented.png")).unwrap();
        let mut resume = trainer();
        resume.args(["train", "--dashboard", "none", "--epochs", "2", "--resume"]);
        success(resume.arg(&parts));
        assert_eq!(numbers(&whole), numbers(&parts), "{balance}");
        assert_eq!(fs::read(parts.join("augmented.png")).unwrap(), sheet);
        assert_eq!(fs::read(whole.join("augmented.png")).unwrap(), sheet);
    }
}

#[test]
fn a_batch_in_parts_counts_its_weights_as_a_whole() {
    // The first step is made with the first weights, so its loss tells what images count. Batch
    // norms see the parts, so it is near the whole's and not the same.
    let dir = tempdir().unwrap();
    let first = |name: &str, more: &[&str]| -> f64 {
        let run = dir.path().join(name);
        let common = ["--max-steps", "1", "--augment", "mixup=0.4"];
        success(tiny(&run, 1).args(common).args(more));
        let steps = fs::read_to_string(run.join("steps.jsonl")).unwrap();
        let line: serde_json::Value = serde_json::from_str(steps.lines().next().unwrap()).unwrap();
        line["loss"].as_f64().unwrap()
    };
    for balance in ["none", "weight"] {
        let whole = first(&format!("whole-{balance}"), &["--balance", balance]);
        let more = ["--balance", balance, "--accumulate", "3"];
        let parts = first(&format!("parts-{balance}"), &more);
        assert!(
            (whole / parts - 1.0).abs() < 0.3,
            "{balance}: {whole}, {parts}"
        );
    }
}

#[test]
fn the_page_shows_what_the_network_sees() {
    let dir = tempdir().unwrap();
    let (run, page) = (dir.path().join("run"), dir.path().join("page.html"));
    success(tiny(&run, 1).args(["--augment", "crop,rotate=20"]));
    let picture = image::open(run.join("augmented.png")).unwrap();
    // 8 images of 28 pixels, each as it is and in 8 epochs, with 2 pixels between.
    assert_eq!(
        (picture.width(), picture.height()),
        (9 * 30 + 2, 8 * 30 + 2)
    );
    let report = |more: &[&str]| {
        success(report(&[&run], &page).args(more));
        fs::read_to_string(&page).unwrap()
    };
    let shown = report(&[]);
    assert!(shown.contains("id=\"images\"") && shown.contains("augment = crop,rotate=20"));
    assert!(shown.contains("class=\"sheet\""));
    let bare = report(&["--without-pictures"]);
    assert!(!bare.contains("id=\"images\"") && !bare.contains("class=\"sheet\""));
    // A run of before has none; another file in its place is told of.
    fs::write(run.join("augmented.png"), "no picture").unwrap();
    let damaged = report(&[]);
    assert!(!damaged.contains("id=\"images\"") && damaged.contains("augmented.png"));
    fs::remove_file(run.join("augmented.png")).unwrap();
    let before = report(&[]);
    assert!(!before.contains("id=\"images\"") && !before.contains("augmented.png"));
}

#[test]
fn help_and_errors_have_the_table() {
    let help = success(trainer().args(["train", "--help"]));
    for words in [
        "rotate=15 [0 to 180 degrees]",
        "mixup=0.2 [0 to 4]",
        "scale-crop-flip",
    ] {
        assert!(help.contains(words), "{words}");
    }
    let dir = tempdir().unwrap();
    for (augment, words) in [
        ("rotat=3", ["--augment", "did you mean `rotate`"]),
        ("rotate=900", ["rotate", "0 to 180 degrees"]),
        ("flip,flip", ["flip twice", "once"]),
    ] {
        let run = dir.path().join("refused");
        let message = failure(tiny(&run, 1).args(["--augment", augment]), 2);
        for word in words {
            assert!(message.contains(word), "{message}");
        }
        assert!(!run.exists());
    }
}
