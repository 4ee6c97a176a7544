//! Training on real images, where they are: short, but long enough that learning shows.

mod common;

use std::path::{Path, PathBuf};

use common::{success, trainer};
use tempfile::tempdir;

/// The data root: `$ONEBIT_DATA`, or `../shared/datasets` beside the workspace. Says so aloud
/// when `needed` is not there.
fn data_root(test: &str, needed: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    let root = std::env::var_os("ONEBIT_DATA").map_or_else(beside, PathBuf::from);
    if root.join(needed).exists() {
        return Some(root);
    }
    let reason = format!("no {needed} in {}; set ONEBIT_DATA", root.display());
    testkit::skipped(test, &reason);
    None
}

/// Trains and returns the test error in percent.
fn test_error(root: &Path, arguments: &str) -> f64 {
    let dir = tempdir().unwrap();
    let said = success(
        trainer()
            .arg("train")
            .args(arguments.split(' '))
            .args(["--net", "wrn-8-1", "--dashboard", "none", "--data"])
            .arg(root)
            .arg("--out")
            .arg(dir.path().join("run")),
    );
    let line = said.lines().last().unwrap();
    let percent = line
        .strip_prefix("test error: ")
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    percent.parse().unwrap()
}

#[test]
fn mnist_is_learned() {
    let Some(root) = data_root("mnist_is_learned", "mnist") else {
        return;
    };
    let arguments = "--dataset mnist --epochs 2 --limit-train 10000 --limit-test 2000";
    let error = test_error(&root, arguments);
    assert!(error < 15.0, "{error} % after 160 steps; 90 % is chance");
}

#[test]
fn cifar10_is_learned() {
    let archive = "cifar-10-binary.tar.gz";
    let Some(root) = data_root("cifar10_is_learned", archive) else {
        return;
    };
    let arguments = "--dataset cifar10 --epochs 2 --limit-train 5000 --limit-test 1000 --seed 2";
    let error = test_error(&root, arguments);
    assert!(error < 75.0, "{error} % after 80 steps; 90 % is chance");
}
