//! A run that was killed, or whose disk was full, ends like one that was not.

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use common::{failure, success, tiny, trainer};
use tempfile::tempdir;
use trainer::checkpoint::load_model;
use trainer::network;
use trainer::run::RunDir;

/// Every number of the trained network of a run, as bits.
fn numbers(run: &Path) -> Vec<u32> {
    struct Collect(Vec<u32>);
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let values = param.val().into_data().try_to_vec::<f32>().unwrap();
            self.0.extend(values.iter().map(|value| value.to_bits()));
        }
    }
    let (dir, config) = RunDir::open(run).unwrap();
    let net = network::of(&config, [1, 28, 28], 10)
        .init(99, &Device::flex())
        .unwrap();
    let mut collect = Collect(Vec::new());
    load_model(&dir, net).unwrap().visit(&mut collect);
    collect.0
}

/// Starts a run, kills it as soon as the checkpoint of `epoch` is whole, and says whether it was
/// still training.
fn kill_after(out: &Path, epochs: usize, epoch: usize, more: &[&str]) {
    let mut process = tiny(out, epochs).args(more).spawn().unwrap();
    let start = Instant::now();
    let last = out.join(format!("checkpoint/manifest-{epoch}.json"));
    while !last.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(300),
            "no checkpoint of epoch {epoch}"
        );
        assert!(
            process.try_wait().unwrap().is_none(),
            "the run ended before it could be killed"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(
        !out.join("result.json").exists(),
        "the run ended before it could be killed"
    );
}

fn resume(out: &Path, more: &[&str]) -> String {
    let mut command = trainer();
    command
        .args(["train", "--dashboard", "none", "--resume"])
        .arg(out)
        .args(more);
    success(&mut command)
}

#[test]
fn a_killed_and_resumed_run_equals_the_unbroken_one_bit_for_bit() {
    let dir = tempdir().unwrap();
    // Four epochs hold a restart, after two; with the momentum cleared there, and kept. The
    // workers differ, which must not matter either.
    for clear in ["clear_momentum=true", "clear_momentum=false"] {
        let unbroken = dir.path().join(format!("unbroken-{clear}"));
        success(tiny(&unbroken, 4).args(["--set", clear, "--augment", "crop-flip"]));
        for epoch in [1, 2] {
            let killed = dir.path().join(format!("killed-{clear}-{epoch}"));
            let more = ["--set", clear, "--augment", "crop-flip", "--workers", "0"];
            kill_after(&killed, 4, epoch, &more);
            resume(&killed, &["--workers", "2"]);
            assert!(
                numbers(&killed) == numbers(&unbroken),
                "{clear}, killed after epoch {epoch}"
            );
            let files = ["result.json", "metrics.jsonl", "weights.jsonl"];
            for file in files
                .into_iter()
                .chain(["predictions.csv", "calibration.json"])
            {
                let without_speed = |run: &Path| {
                    let text = fs::read_to_string(run.join(file)).unwrap();
                    // Of the session, and not of the run.
                    let own = |line: &&str| {
                        !line.contains("\"wall_seconds\"") && !line.contains("\"resumed_after\"")
                    };
                    let lines = text.lines().filter(own).map(|line| {
                        match line.find("\"images_per_second\"") {
                            Some(at) => line[..at].to_owned(),
                            None => line.to_owned(),
                        }
                    });
                    lines.collect::<Vec<_>>()
                };
                assert_eq!(without_speed(&killed), without_speed(&unbroken), "{file}");
            }
        }
    }
}

#[test]
fn clearing_the_momentum_makes_a_difference() {
    let dir = tempdir().unwrap();
    let [kept, cleared] = ["false", "true"].map(|clear| {
        let out = dir.path().join(clear);
        success(tiny(&out, 3).args(["--set", &format!("clear_momentum={clear}")]));
        numbers(&out)
    });
    assert!(kept != cleared);
}

#[test]
fn a_run_can_be_made_longer_and_equals_one_that_was_longer_from_the_start() {
    let dir = tempdir().unwrap();
    let (long, short) = (dir.path().join("long"), dir.path().join("short"));
    success(&mut tiny(&long, 3));
    success(&mut tiny(&short, 2));
    resume(&short, &["--epochs", "3"]);
    assert!(numbers(&long) == numbers(&short));
    let message = failure(
        trainer()
            .args(["train", "--dashboard", "none", "--epochs", "1", "--resume"])
            .arg(&long),
        2,
    );
    assert!(message.contains("already trained 3"), "{message}");
}

#[test]
fn two_processes_cannot_train_one_run() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    let mut first = tiny(&out, 50).spawn().unwrap();
    let start = Instant::now();
    while !out.join("steps.jsonl").exists() {
        assert!(start.elapsed() < Duration::from_secs(300));
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut second = trainer();
    second
        .args(["train", "--dashboard", "none", "--resume"])
        .arg(&out);
    let message = failure(&mut second, 1);
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(message.contains("another process"), "{message}");
}

/// A limit on file sizes stands for the full disk: both make a write fail in its middle.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_run_and_loses_nothing() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    success(&mut tiny(&out, 1));
    let before = fs::read(out.join("checkpoint/model-1.bpk")).unwrap();

    // 64 blocks are 32 or 64 KiB; the network's weights take 300.
    let script =
        "trap '' XFSZ; ulimit -f 64; exec \"$0\" train --dashboard none --epochs 3 --resume \"$1\"";
    let mut full = std::process::Command::new("sh");
    full.args(["-c", script, env!("CARGO_BIN_EXE_onebit")])
        .arg(&out);
    let message = failure(&mut full, 1);
    assert!(message.contains(".bpk"), "names the file: {message}");
    assert!(
        message.contains("--resume") && message.contains("raise the limit of file sizes"),
        "{message}"
    );
    assert_eq!(
        fs::read(out.join("checkpoint/model-1.bpk")).unwrap(),
        before
    );
    for file in fs::read_dir(out.join("checkpoint")).unwrap() {
        let name = file.unwrap().file_name();
        assert!(
            !name.to_string_lossy().ends_with(".tmp"),
            "{name:?} was left behind"
        );
    }

    resume(&out, &["--epochs", "3"]);
    let unbroken = dir.path().join("unbroken");
    success(&mut tiny(&unbroken, 3));
    assert!(numbers(&out) == numbers(&unbroken));
}
