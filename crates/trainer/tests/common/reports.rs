//! Runs as the trainer writes them, without training, and the pages about them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::{TempDir, tempdir};

use super::{success, trainer};

/// `report RUN.. --out page.html`, of a page beside the first run.
pub fn report(runs: &[&Path], out: &Path) -> Command {
    let mut command = trainer();
    command.arg("report").args(runs).arg("--out").arg(out);
    command
}

/// The page about these runs.
pub fn page(runs: &[&Path]) -> String {
    let dir = tempdir().unwrap();
    let out = dir.path().join("page.html");
    success(&mut report(runs, &out));
    fs::read_to_string(out).unwrap()
}

/// The folder of a run of 20-4 on CIFAR-10 that was never trained: what the trainer writes, and no network.
pub fn written(folder: &Path, settings: &str, epochs: usize, result: Option<f64>) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let config = "dataset = 'cifar10'\nnet = 'wrn-20-4'\nweights = '1bit'\naugment = 'crop-flip'\n";
    fs::write(folder.join("config.toml"), format!("{config}{settings}")).unwrap();
    let line = |epoch: usize, split: &str| {
        let error = 40.0 / epoch as f64;
        format!(
            "{{\"epoch\":{epoch},\"split\":\"{split}\",\"loss\":{error},\"error_percent\":{error},\"images_per_second\":200.0,\"learning_rate\":0.05}}\n"
        )
    };
    let metrics: String = (1..=epochs)
        .flat_map(|e| [line(e, "train"), line(e, "test")])
        .collect();
    fs::write(folder.join("metrics.jsonl"), metrics).unwrap();
    if let Some(error) = result {
        let wrong = (100.0 * error).round();
        let text = format!(
            "{{\"test_error_percent\":{error},\"wrong\":{wrong},\"images\":10000,\"loss\":0.5,\"epochs\":{epochs},\"trainable_weights\":4300000,\"version\":\"0.1.0\"}}"
        );
        fs::write(folder.join("result.json"), text).unwrap();
    }
    folder.to_owned()
}

/// A folder for runs, and one of them.
pub fn one(settings: &str, epochs: usize, result: Option<f64>) -> (TempDir, PathBuf) {
    let dir = tempdir().unwrap();
    let run = written(&dir.path().join("run"), settings, epochs, result);
    (dir, run)
}
