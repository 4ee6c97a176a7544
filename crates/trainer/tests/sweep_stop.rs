//! A sweep or a series that is stopped: its runs are saved, nothing goes on, and the same command does.

#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{success, tiny, trainer};
use run::RunDir;
use tempfile::{TempDir, tempdir};

/// Runs that take some seconds each.
const SETTINGS: &str = "seeds = '1-4'\n[settings]\ndataset = 'glyphs'\nnet = 'wrn-8-1'\nepochs = 40\n\
    batch_size = 10\nlimit_train = 100\nlimit_test = 20\ncheckpoint_minutes = 0\n";

struct Sweep {
    dir: TempDir,
    process: Child,
}

/// A command that heeds signals, whatever started the tests does with them, in a group of its own.
fn heeding(mut command: Command) -> Command {
    command.process_group(0);
    // SAFETY: `signal` is safe between fork and exec.
    unsafe {
        command.pre_exec(|| {
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGTSTP] {
                libc::signal(signal, libc::SIG_DFL);
            }
            Ok(())
        });
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn sweep(dir: &Path) -> Command {
    let mut command = trainer();
    command.args(["sweep", "s.toml", "--jobs", "2"]);
    command.current_dir(dir);
    command
}

impl Sweep {
    /// One whose first two runs take steps.
    fn begin() -> Self {
        let dir = tempdir().unwrap();
        fs::write(dir.path().join("s.toml"), SETTINGS).unwrap();
        let process = heeding(sweep(dir.path())).spawn().unwrap();
        let sweep = Self { dir, process };
        for seed in [1, 2] {
            wait_for(|| sweep.steps(seed) > 2);
        }
        sweep
    }

    fn run(&self, seed: u64) -> PathBuf {
        self.dir.path().join(format!("runs/s/seed={seed}"))
    }

    fn steps(&self, seed: u64) -> usize {
        let text = fs::read_to_string(self.run(seed).join("steps.jsonl"));
        text.map_or(0, |text| text.lines().count())
    }

    /// To the sweep alone, or as a terminal does to its group.
    fn send(&self, signal: i32, to_group: bool) {
        let id = self.process.id() as i32;
        let to = if to_group { -id } else { id };
        // SAFETY: the process is a child that has not been waited for.
        assert_eq!(unsafe { libc::kill(to, signal) }, 0);
    }

    /// Waits for its end: whether a run is trained still, how it ended, and what it said.
    fn end(self) -> (TempDir, Output, String) {
        let runs = [1, 2, 3, 4].map(|seed| self.run(seed));
        let output = self.process.wait_with_output().unwrap();
        let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        let said = said.concat();
        for run in runs.iter().filter(|run| run.exists()) {
            let (run, _) = RunDir::open(run).unwrap();
            assert!(!run.is_training(), "{said}");
        }
        (self.dir, output, said)
    }
}

fn wait_for(mut what: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(300), "nothing came");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_signal_to_a_sweep_saves_its_runs_and_the_same_command_goes_on() {
    for (signal, to_group) in [
        (libc::SIGTERM, false),
        // What Ctrl-C and a terminal that closes do.
        (libc::SIGINT, true),
        (libc::SIGHUP, true),
    ] {
        let sweep = Sweep::begin();
        sweep.send(signal, to_group);
        if signal == libc::SIGTERM {
            // As `timeout` sends it once more at once.
            sweep.send(signal, true);
        }
        let (dir, output, said) = sweep.end();
        assert_eq!(output.status.signal(), Some(signal), "{said}");
        assert!(
            said.contains("stopped: 0 of 4 runs") && said.contains("onebit sweep s.toml --jobs 2"),
            "{said}"
        );
        let at = |seed: u64| {
            let run = dir.path().join(format!("runs/s/seed={seed}"));
            let (run, _) = RunDir::open(&run).unwrap();
            run.checkpoints().unwrap().newest()
        };
        for seed in [1, 2] {
            let at = at(seed).expect("it was saved where it stopped");
            let line = format!("seed={seed}: stopped {at}, and saved there");
            assert!(said.contains(&line), "{line}: {said}");
        }
        assert!(!dir.path().join("runs/s/seed=3").exists(), "{said}");
        if signal == libc::SIGINT {
            let said = success(&mut self::sweep(dir.path()));
            assert!(said.contains("4 runs: 2 go on, 2 begin"), "{said}");
            assert!(said.contains("mean test error"), "{said}");
            let log = fs::read_to_string(dir.path().join("runs/s/logs/seed=1.log")).unwrap();
            assert!(log.contains("continuing"), "{log}");
            // Once more nothing is left to be done.
            let said = success(&mut self::sweep(dir.path()));
            assert!(said.contains("4 runs: 4 are finished"), "{said}");
        }
    }
}

#[test]
fn a_second_interrupt_ends_a_sweep_and_its_runs_at_once() {
    let sweep = Sweep::begin();
    sweep.send(libc::SIGINT, true);
    std::thread::sleep(Duration::from_millis(5));
    sweep.send(libc::SIGINT, true);
    let (_dir, output, said) = sweep.end();
    assert_eq!(output.status.signal(), Some(libc::SIGINT), "{said}");
}

/// On other systems its runs go on.
#[cfg(target_os = "linux")]
#[test]
fn runs_save_and_end_with_a_sweep_that_is_killed() {
    let sweep = Sweep::begin();
    sweep.send(libc::SIGKILL, false);
    let runs = [1, 2].map(|seed| sweep.run(seed));
    let mut process = sweep.process;
    process.wait().unwrap();
    for run in runs {
        let (run, _) = RunDir::open(&run).unwrap();
        wait_for(|| !run.is_training());
        assert!(run.checkpoints().unwrap().newest().is_some());
        assert!(run.result().unwrap().is_none(), "it did not go on");
    }
}

#[test]
fn a_run_that_another_process_trains_is_found_before_the_first_begins() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("s.toml"), SETTINGS).unwrap();
    let folder = dir.path().join("runs/s/seed=2");
    let config = run::TrainConfig::recipe(data::Dataset::Glyphs);
    let _held = RunDir::create(&folder, &config, "1").unwrap();
    let said = common::failure(&mut sweep(dir.path()), 1);
    let holder = format!("another process ({})", std::process::id());
    assert!(
        said.contains(&holder) && said.contains("seed=2") && said.contains("none was begun"),
        "{said}"
    );
    assert!(!dir.path().join("runs/s/seed=1").exists());
}

#[test]
fn a_sweep_that_is_paused_pauses_its_runs() {
    let sweep = Sweep::begin();
    sweep.send(libc::SIGTSTP, true);
    let steps = || sweep.steps(1) + sweep.steps(2);
    // What is on its way comes to rest.
    let mut now = steps();
    wait_for(|| {
        let before = now;
        std::thread::sleep(Duration::from_millis(700));
        now = steps();
        now == before
    });
    sweep.send(libc::SIGCONT, false);
    wait_for(|| steps() > now);
    sweep.send(libc::SIGTERM, false);
    let (_dir, output, said) = sweep.end();
    assert_eq!(output.status.signal(), Some(libc::SIGTERM), "{said}");
}

#[test]
fn a_stop_ends_a_series_and_not_its_run_alone() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("series");
    let mut command = tiny(&out, 200);
    command.args(["--seeds", "1-3", "--dashboard", "plain"]);
    let process = heeding(command).spawn().unwrap();
    wait_for(|| out.join("seed-1/checkpoint").exists());
    // SAFETY: the process is a child that has not been waited for.
    assert_eq!(unsafe { libc::kill(process.id() as i32, libc::SIGTERM) }, 0);
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.signal(), Some(libc::SIGTERM), "{said}");
    assert!(said.contains("not all seeds are done"), "{said}");
    assert!(!out.join("seed-2").exists(), "{said}");
}
