//! Published figures stand beside the published images alone, whatever a dataset is called.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::inputs::{idx, page, resume, train, with_run};
use common::{failure, success};

/// A run that has a published figure after an epoch, on other images in MNIST's files.
fn run(dir: &Path, more: &[&str]) -> (PathBuf, PathBuf) {
    let (data, run) = (dir.join("data"), dir.join("run"));
    idx(&data, "mnist", [30, 10], 1);
    let mut train = train(&data, "mnist", &run);
    success(
        train
            .args(["--net", "wrn-20-4", "--max-steps", "1"])
            .args(more),
    );
    (data, run)
}

/// Where the paper's errors on MNIST stand.
const SOURCE: &str = "paper, MNIST results";

#[test]
fn published_figures_are_for_the_published_images() {
    for more in [
        &[][..],
        // A part of other images is no part of the paper's.
        &["--limit-train", "20"],
        &["--limit-test", "5"],
        &["--validation", "10"],
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (data, run) = run(dir.path(), more);
        let page = page(&run, &data, &[]);
        assert!(
            page.contains("not those of the published mnist"),
            "{more:?}"
        );
        assert!(!page.contains(SOURCE), "{more:?}");
        let words = match more.first() {
            Some(flag) if flag.starts_with("--limit") => "by their digest",
            _ => "30 to train with and 10 to test, there 60,000 and 10,000",
        };
        assert!(page.contains(words), "{more:?}");
    }
}

/// A part of the published images is a part of them: the figures stand there, and so do the limits.
#[test]
fn a_part_of_the_published_images_is_beside_them() {
    let Some(data) = std::env::var_os("ONEBIT_DATA") else {
        testkit::skipped("a part of the published MNIST", "$ONEBIT_DATA is not set");
        return;
    };
    let (data, dir) = (PathBuf::from(data), tempfile::tempdir().unwrap());
    let run = dir.path().join("run");
    let mut train = train(&data, "mnist", &run);
    train.args(["--net", "wrn-20-4", "--max-steps", "1"]);
    success(train.args(["--limit-train", "20", "--limit-test", "5"]));
    let page = page(&run, &data, &[]);
    assert!(page.contains(SOURCE) && page.contains("limit_train = 20, there 0"));
    assert!(!page.contains("not those of the published"));
}

/// Datasets whose digest is not known here are told by their numbers.
#[test]
fn a_few_images_are_not_a_whole_dataset() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/tests/fixtures");
    for (dataset, augment) in [
        ("cifar10", "crop-flip"),
        ("cifar100", "crop-flip"),
        ("svhn", "crop"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let mut train = train(&fixtures, dataset, &run);
        train.args(["--net", "wrn-20-4", "--max-steps", "1", "--batch-size", "2"]);
        success(train.args(["--augment", augment]));
        let page = page(&run, &fixtures, &[]);
        let words = format!("not those of the published {dataset}");
        assert!(page.contains(&words), "{dataset}");
        for source in ["paper, table", "paper, figure"] {
            assert!(!page.contains(source), "{dataset}");
        }
    }
}

/// Other images of MNIST's form take its place: as many, and not the same.
#[test]
fn other_images_of_one_form_are_told_from_those_of_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = (dir.path().join("data"), dir.path().join("run"));
    idx(&data, "mnist", [20, 10], 1);
    success(&mut train(&data, "mnist", &run));
    let shown = "data:image/png;base64,";
    assert!(page(&run, &data, &[]).contains(shown), "there are mistakes");
    idx(&data, "mnist", [20, 10], 2);

    let message = failure(&mut resume(&run, 2, &data), 2);
    assert!(message.contains("as many others"), "{message}");
    for more in [&[][..], &["--limit", "3"], &["--dataset", "mnist"]] {
        let mut eval = with_run("eval", &run);
        let output = eval.args(more).arg("--data").arg(&data).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{more:?}: {said}");
        assert!(said.contains("not those of the run"), "{more:?}: {said}");
    }
    // The sheet of what the network saw is the run's own.
    fs::remove_file(run.join("augmented.png")).unwrap();
    // The run kept its predictions, but pictures of other images are not theirs.
    let page = page(&run, &data, &[]);
    assert!(page.contains("Confusion matrix") && !page.contains(shown));
    let note = "without their pictures: the images of mnist are no longer those of the run";
    assert!(page.contains(note), "{page}");
    // Nor are they classified in their place.
    let page = self::page(&run, &data, &["--limit-test", "5"]);
    assert!(page.contains("found others in their place"));
}

/// Fashion-MNIST's files in the place of MNIST's: their classes have names, MNIST's have numbers.
#[test]
fn fashion_is_not_digits() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = (dir.path().join("data"), dir.path().join("run"));
    idx(&data, "fashion-mnist", [20, 10], 1);
    success(&mut train(&data, "fashion-mnist", &run));
    fs::rename(data.join("fashion-mnist"), data.join("mnist")).unwrap();
    let mut eval = with_run("eval", &run);
    let message = failure(eval.args(["--dataset", "mnist", "--data"]).arg(&data), 2);
    assert!(
        message.contains("t-shirt") && message.contains("0, 1, 2"),
        "{message}"
    );
}
