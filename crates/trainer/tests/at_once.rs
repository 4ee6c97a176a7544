//! Many runs at once, and fewer threads than were asked for.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::shim::Shim;
use common::{failure, success, trainer};
use tempfile::tempdir;

const AT_ONCE: usize = 8;

/// A run of one step, in a folder with a number.
fn short(dir: &Path) -> Command {
    let mut command = trainer();
    command
        .args("train --dataset glyphs --net wrn-8-0.25 --batch-size 8 --limit-train 8".split(' '));
    command.args("--limit-test 4 --epochs 1 --dashboard none".split(' '));
    command.env("RAYON_NUM_THREADS", "1").current_dir(dir);
    command
}

/// `AT_ONCE_RUNS` says how many.
#[test]
fn runs_that_begin_at_once_do_not_disturb_each_other() {
    let asked = std::env::var("AT_ONCE_RUNS").ok();
    let count: usize = asked.map_or(40, |text| text.parse().unwrap());
    let dir = tempdir().unwrap();
    let begun = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while begun.fetch_add(1, Ordering::Relaxed) < count {
                    success(&mut short(dir.path()));
                }
            });
        }
    });
    let runs = fs::read_dir(dir.path().join("runs")).unwrap();
    let runs: BTreeSet<String> = runs
        .map(|run| {
            let run = run.unwrap();
            assert!(run.path().join("result.json").is_file(), "{run:?}");
            run.file_name().into_string().unwrap()
        })
        .collect();
    let expected = (1..=count).map(|number| format!("glyphs-wrn-8-0.25-1bit-{number}"));
    assert_eq!(runs, expected.collect());
    println!("RESULT {count} runs, {AT_ONCE} at once, none failed");
}

#[test]
fn threads_that_cannot_be_had_are_told_once_and_make_no_difference() {
    let Some(shim) =
        Shim::compile("threads_that_cannot_be_had_are_told_once_and_make_no_difference")
    else {
        return;
    };
    let dir = tempdir().unwrap();
    let limited = |threads: &str| {
        let mut command = short(dir.path());
        shim.before(&mut command, dir.path());
        command
            .env("FAULT_THREADS", threads)
            .env("RAYON_NUM_THREADS", "16");
        command
    };
    let mut all = short(dir.path());
    success(all.args(["--out", "all"]));
    let output = limited("9").args(["--out", "fewer"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(
        said.matches("threads: expected 16, found 3").count(),
        1,
        "{said}"
    );
    let model = |run: &str| fs::read(dir.path().join(run).join("model.bpk")).unwrap();
    assert!(model("all") == model("fewer"));
    for threads in ["0", "1", "3"] {
        let said = failure(limited(threads).args(["--out", "none"]), 1);
        assert!(said.contains("threads: expected at least"), "{said}");
        assert!(!dir.path().join("none").exists());
    }
}
