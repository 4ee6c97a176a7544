//! A run whose files fail at any moment, or that is killed there, goes on and ends like one to which nothing happened.
//!
//! Each operation on a file of a short run, and of its resume, fails with an error, fails because the disk is full
//! from there on, has a kill before it, or is torn by one. `FILE_FAULTS=all` tries them all, `FILE_FAULTS=2/3` the
//! second of three parts of them; without it every ninth, each in another way.

mod common;
#[path = "file_faults/records.rs"]
mod records;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use common::shim::Shim;
use common::{success, trainer};
use records::{must_be, records};
use tempfile::{TempDir, tempdir};

/// What can happen at an operation.
const WAYS: [&str; 4] = ["io", "full", "kill", "tear"];

/// A run of a second or less, with every kind of record.
fn train(run: &Path, more: &[&str]) -> Command {
    let mut command = trainer();
    command
        .args("train --dataset glyphs --net wrn-8-0.25 --batch-size 8 --limit-train 26".split(' '));
    command.args("--limit-test 8 --validation 10 --epochs 2 --augment crop-flip".split(' '));
    command.args(["--set", "first_cycle=1", "--dashboard", "none"]);
    command.args(more).arg("--out").arg(run);
    // Threads of more than one such network would wait for each other.
    command.env("RAYON_NUM_THREADS", "1");
    command
}

/// Goes on with what is there.
fn resume(run: &Path) -> Command {
    if !run.join("config.toml").exists() {
        return train(run, &[]);
    }
    let mut command = trainer();
    command.args(["train", "--dashboard", "none", "--resume"]);
    command.arg(run).env("RAYON_NUM_THREADS", "1");
    command
}

/// The operations of a command on a run's folder.
fn operations(shim: &Shim, mut command: Command, run: &Path, log: &Path) -> Vec<String> {
    shim.before(&mut command, run);
    success(command.env("FAULT_LOG", log));
    let text = fs::read_to_string(log).unwrap();
    fs::remove_file(log).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// What is tried: at which operation what happens.
fn cases(operations: usize) -> Vec<(usize, &'static str)> {
    let asked = std::env::var("FILE_FAULTS").unwrap_or_default();
    let part = asked
        .split_once('/')
        .map(|(part, parts)| (part.parse().unwrap(), parts.parse().unwrap()));
    let (part, parts): (usize, usize) = part.unwrap_or((1, 1));
    let all = asked == "all" || parts > 1;
    let numbers = (1..=operations).flat_map(|at| (0..WAYS.len()).map(move |way| (at, way)));
    let cases = numbers.filter(|&(at, way)| match all {
        true => at % parts == part - 1,
        false => at % 9 == 0 && at / 9 % WAYS.len() == way,
    });
    cases.map(|(at, way)| (at, WAYS[way])).collect()
}

struct Attack {
    shim: Shim,
    dir: TempDir,
    expected: BTreeMap<String, Vec<u8>>,
}

impl Attack {
    fn begin(test: &str) -> Option<Self> {
        let shim = Shim::compile(test)?;
        // In memory, where there is such a folder: nothing waits for a disk then.
        let memory = Path::new("/dev/shm");
        let dir = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempdir(),
        };
        let dir = dir.unwrap();
        let unbroken = dir.path().join("unbroken");
        success(&mut train(&unbroken, &[]));
        let expected = records(&unbroken);
        Some(Self {
            shim,
            dir,
            expected,
        })
    }

    /// Tries all cases of a command that works on what `prepare` makes, two at a time.
    fn all(&self, operations: &[String], prepare: impl Fn(&Path) + Sync) -> usize {
        let cases = cases(operations.len());
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(&(at, way)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        self.one(at, way, &operations[at - 1], &prepare);
                    }
                });
            }
        });
        cases.len()
    }

    fn one(&self, at: usize, way: &str, operation: &str, prepare: &impl Fn(&Path)) {
        let folder = tempfile::tempdir_in(self.dir.path()).unwrap();
        let run = folder.path().join("run");
        prepare(&run);
        let moment = format!("{way} at {operation}");
        let mut command = resume(&run);
        self.shim.before(&mut command, &run);
        command
            .env("FAULT_AT", at.to_string())
            .env("FAULT_HOW", way);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked"), "{moment}: {said}");
        match output.status.code() {
            Some(0) => {}
            Some(1) => assert!(said.contains("error: "), "{moment}: {said}"),
            Some(other) => panic!("{moment}: exit status {other}: {said}"),
            None => assert!(
                ["kill", "tear"].contains(&way),
                "{moment}: {}",
                output.status
            ),
        }
        let again = success(&mut resume(&run));
        must_be(
            &records(&run),
            &self.expected,
            &format!("{moment}\n{said}{again}"),
        );
    }
}

/// What was tried, for the record of the long checks.
fn told(what: &str, cases: usize, operations: usize) {
    println!("RESULT {what}: {cases} faults at {operations} operations, none made a difference");
}

#[test]
fn a_run_whose_files_fail_ends_like_the_unbroken_one() {
    let Some(attack) = Attack::begin("a_run_whose_files_fail_ends_like_the_unbroken_one") else {
        return;
    };
    let [run, log] = ["counted", "log"].map(|name| attack.dir.path().join(name));
    let operations = operations(&attack.shim, train(&run, &[]), &run, &log);
    assert!(operations.len() > 90, "{operations:#?}");
    must_be(&records(&run), &attack.expected, "counted");
    let cases = attack.all(&operations, |_| ());
    told("run", cases, operations.len());
}

#[test]
fn a_resume_whose_files_fail_ends_like_the_unbroken_one() {
    let Some(attack) = Attack::begin("a_resume_whose_files_fail_ends_like_the_unbroken_one") else {
        return;
    };
    let at = |name: &str| -> PathBuf { attack.dir.path().join(name) };
    // Killed within the second epoch, after a checkpoint there.
    let (whole, killed) = (at("whole"), at("killed"));
    let often = ["--checkpoint-minutes", "0.0000001"];
    let log = at("log");
    let all = operations(&attack.shim, train(&whole, &often), &whole, &log);
    let manifest =
        |line: &String| line.contains(" rename ") && line.ends_with("/manifest-1-1.json");
    let sealed = 1 + all
        .iter()
        .position(manifest)
        .expect("a checkpoint after a step of epoch 2");
    let mut command = train(&killed, &often);
    attack.shim.before(&mut command, &killed);
    command
        .env("FAULT_HOW", "kill")
        .env("FAULT_AT", (sealed + 3).to_string());
    assert_eq!(command.output().unwrap().status.code(), None);
    // Once more as often as a run has it by itself.
    let config = killed.join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    let usual = fs::read_to_string(at("unbroken/config.toml")).unwrap();
    assert_ne!(text, usual);
    fs::write(&config, usual).unwrap();

    let run = at("counted");
    common::inputs::copy(&killed, &run);
    let operations = operations(&attack.shim, resume(&run), &run, &log);
    assert!(operations.len() > 90, "{operations:#?}");
    must_be(&records(&run), &attack.expected, "counted");
    let cases = attack.all(&operations, |run| common::inputs::copy(&killed, run));
    told("resume", cases, operations.len());
}
