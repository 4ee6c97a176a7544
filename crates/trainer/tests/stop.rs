//! A run that was stopped, interrupted or killed at any moment goes on where it was saved, and ends like one that was not.
//!
//! `STOP_MOMENTS` says how many moments are tried of each kind; a few where it is not set.

#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::terminal::Terminal;
use common::{failure, success, tiny, trainer};
use run::RunDir;
use run::checkpoints::Position;
use serde_json::Value;
use tempfile::{TempDir, tempdir};
use trainer::dashboard::Dashboard;
use trainer::train::Training;

const EPOCHS: usize = 3;
/// Of `tiny`, an epoch.
const STEPS: usize = 8;

/// How many moments to try.
fn moments() -> usize {
    let asked = std::env::var("STOP_MOMENTS").ok();
    asked.map_or(3, |text| text.parse().unwrap())
}

/// What says what the run is was removed while it trained: it is there again, with a word, and the run can go on.
#[test]
fn a_run_without_its_config_has_it_again() {
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    let mut command = run_of(&run, &[]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    wait_for_steps(&run, &mut process, 3);
    let kept = fs::read(run.join("config.toml")).unwrap();
    for file in ["config.toml", "network.json"] {
        fs::remove_file(run.join(file)).unwrap();
    }
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", texts(&output));
    let said = String::from_utf8_lossy(&output.stderr);
    for file in ["config.toml", "network.json"] {
        let word = format!("{file}: it was removed while the run trained, and is written again");
        assert_eq!(said.matches(&word).count(), 1, "{said}");
    }
    assert_eq!(fs::read(run.join("config.toml")).unwrap(), kept);
    RunDir::open(&run).unwrap().0.about().unwrap().unwrap();
    success(&mut resume(&run));
}

/// Numbers that do not repeat from run to run of the test, so that in time all moments are tried.
fn random(below: u64) -> u64 {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let mut state = now.as_nanos() as u64;
    for _ in 0..3 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state % below
}

/// A run that takes some seconds, with the rate restarting within it.
fn run_of(out: &Path, more: &[&str]) -> Command {
    let mut command = tiny(out, EPOCHS);
    command.args(["--set", "first_cycle=1", "--set", "clear_momentum=true"]);
    command.args(["--augment", "crop-flip", "--validation", "50"]);
    command.args(more);
    // What started the tests may ignore signals, which its children would then do too.
    // SAFETY: `signal` is safe between fork and exec.
    unsafe {
        command.pre_exec(|| {
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
                libc::signal(signal, libc::SIG_DFL);
            }
            Ok(())
        });
    }
    command
}

fn resume(run: &Path) -> Command {
    let mut command = trainer();
    command.args(["train", "--dashboard", "none", "--resume"]);
    command.arg(run);
    command
}

/// The lines of a file, without times.
fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let line = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap();
        value.as_object_mut().unwrap().remove("images_per_second");
        value
    };
    text.lines().map(line).collect()
}

/// Everything that a finished run leaves, without times.
struct Outcome {
    packed: Vec<u8>,
    files: Vec<(&'static str, Vec<u8>)>,
    lines: Vec<(&'static str, Vec<Value>)>,
    result: Value,
}

fn outcome(run: &Path) -> Outcome {
    let packed = run.with_extension("onebit");
    let mut export = trainer();
    export.args(["export", "--to", "onebit", "--run"]).arg(run);
    success(export.arg("--out").arg(&packed));
    let text = fs::read_to_string(run.join("result.json")).unwrap();
    let mut result: Value = serde_json::from_str(&text).unwrap();
    result.as_object_mut().unwrap().remove("machine");
    let files = ["predictions.csv", "calibration.json"];
    let lined = ["metrics.jsonl", "steps.jsonl", "weights.jsonl"];
    Outcome {
        packed: fs::read(packed).unwrap(),
        files: files
            .map(|name| (name, fs::read(run.join(name)).unwrap()))
            .into(),
        lines: lined.map(|name| (name, lines(&run.join(name)))).into(),
        result,
    }
}

impl Outcome {
    fn must_be(&self, other: &Self, moment: &str) {
        assert!(self.packed == other.packed, "{moment}: the packed file");
        assert_eq!(self.result, other.result, "{moment}");
        for ((name, found), (_, expected)) in other.files.iter().zip(&self.files) {
            assert!(found == expected, "{moment}: {name}");
        }
        for ((name, found), (_, expected)) in other.lines.iter().zip(&self.lines) {
            assert_eq!(found, expected, "{moment}: {name}");
        }
    }
}

fn unbroken(dir: &TempDir) -> (PathBuf, Outcome) {
    let run = dir.path().join("unbroken");
    success(&mut run_of(&run, &[]));
    let expected = outcome(&run);
    (run, expected)
}

/// Waits until a run has written this many lines of steps, and then a little.
fn wait_for_steps(run: &Path, process: &mut Child, steps: usize) {
    let begun = Instant::now();
    let path = run.join("checkpoint");
    while !path.exists() || lines_of(&run.join("steps.jsonl")) < steps {
        assert!(begun.elapsed() < Duration::from_secs(300), "no step");
        if process.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn lines_of(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

fn send(process: &Child, signal: i32) {
    // SAFETY: the process is a child that has not been waited for.
    assert_eq!(unsafe { libc::kill(process.id() as i32, signal) }, 0);
}

fn texts(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}

/// In this process, after a number of steps, so that every moment of an epoch can be named.
#[test]
fn a_run_that_stops_after_some_steps_ends_like_the_unbroken_one() {
    let dir = tempdir().unwrap();
    let (_, expected) = unbroken(&dir);
    let all = EPOCHS * STEPS;
    let mut stops: Vec<usize> = vec![1, STEPS - 1, STEPS, STEPS + 1];
    stops.extend((0..moments()).map(|_| 1 + random(all as u64 - 1) as usize));
    for steps in stops {
        let run = dir.path().join(format!("after-{steps}"));
        if run.exists() {
            continue;
        }
        // The settings of the run, then the run by the library.
        let mut command = run_of(&run, &["--max-steps", "1"]);
        success(&mut command);
        let (_, mut config) = RunDir::open(&run).unwrap();
        config.max_steps = 0;
        fs::remove_dir_all(&run).unwrap();
        let folder = RunDir::create(&run, &config, "test").unwrap();
        let mut at = Position::default();
        // Once more it is stopped after a step, at which nothing is new but the place.
        for steps in [steps, 1] {
            let training = Training::prepare(config.clone(), Path::new("unused")).unwrap();
            assert_eq!(training.start(&folder).unwrap().unwrap_or_default(), at);
            training.stop().after_steps(steps);
            let result = training.run(&folder, Dashboard::None).unwrap();
            let done = at.epoch * STEPS + at.step + steps;
            if result.is_some() {
                assert!(done > all);
                break;
            }
            at = folder.checkpoints().unwrap().newest().unwrap();
            assert_eq!(at.epoch * STEPS + at.step, done, "nothing is lost");
        }
        drop(folder);
        success(&mut resume(&run));
        expected.must_be(&outcome(&run), &format!("after {steps} steps"));
        let kept = fs::read_dir(run.join("checkpoint")).unwrap();
        assert_eq!(kept.count(), 2 * 4, "two ends of epochs, and no more");
    }
}

#[test]
fn a_signal_saves_where_the_run_is_and_says_how_to_go_on() {
    let dir = tempdir().unwrap();
    let (_, expected) = unbroken(&dir);
    let signals = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];
    for (moment, signal) in (0..moments()).zip(signals.into_iter().cycle()) {
        let run = dir.path().join(format!("signal-{moment}"));
        let mut command = run_of(&run, &["--dashboard", "plain"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        wait_for_steps(&run, &mut process, 0);
        std::thread::sleep(Duration::from_millis(random(1000)));
        if process.try_wait().unwrap().is_none() {
            send(&process, signal);
        }
        let output = process.wait_with_output().unwrap();
        let said = texts(&output);
        if output.status.success() {
            assert!(run.join("result.json").exists(), "{said}");
        } else {
            assert_eq!(output.status.signal(), Some(signal), "{said}");
            let way = format!("onebit train --resume {}", run.display());
            assert!(said.contains("stopped") && said.contains(&way), "{said}");
            let said = success(&mut resume(&run));
            assert!(
                said.contains("continuing") || said.contains("anew"),
                "{said}"
            );
        }
        expected.must_be(&outcome(&run), &format!("signal {signal}: {said}"));
    }
}

#[test]
fn a_kill_loses_what_came_after_the_last_checkpoint() {
    let dir = tempdir().unwrap();
    let (_, expected) = unbroken(&dir);
    for moment in 0..moments() {
        let run = dir.path().join(format!("kill-{moment}"));
        let often = ["--checkpoint-minutes", "0.0001"];
        let mut process = run_of(&run, &often).stdout(Stdio::null()).spawn().unwrap();
        wait_for_steps(&run, &mut process, 0);
        let mut kills = 0;
        let mut steps = 0;
        loop {
            // A little longer each time, so that some of it is training.
            let wait = 100 + random(800) + 100 * kills;
            std::thread::sleep(Duration::from_millis(wait));
            let over = process.try_wait().unwrap().is_some();
            process.kill().unwrap();
            process.wait().unwrap();
            if over {
                break;
            }
            kills += 1;
            // It is saved after every step, but for those whose checkpoint was under way.
            let (folder, _) = RunDir::open(&run).unwrap();
            let at = folder.checkpoints().unwrap().newest().unwrap_or_default();
            let saved = at.epoch * STEPS + at.step;
            assert!(saved >= steps, "{saved} steps are saved, {steps} were");
            steps = saved;
            let mut again = resume(&run);
            process = again.stdout(Stdio::null()).spawn().unwrap();
        }
        success(&mut resume(&run));
        expected.must_be(&outcome(&run), &format!("killed {kills} times"));
    }
}

/// Trains with the dashboard in a terminal, presses `keys` with a pause after each, and returns how it ended and what the
/// terminal was told.
fn press(run: &Path, keys: &str) -> (std::process::ExitStatus, String) {
    let terminal = Terminal::open();
    let more = ["--dashboard", "tui", "--epochs", "2000"];
    let mut process = terminal.start(run_of(run, &more));
    // The end of the first epoch: the dashboard is open by then.
    let begun = Instant::now();
    while !run.join("checkpoint/manifest-1.json").exists() {
        assert!(begun.elapsed() < Duration::from_secs(300), "no epoch");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(500));
    for key in keys.split_inclusive(|_| true) {
        terminal.press(key);
        std::thread::sleep(Duration::from_millis(500));
    }
    let status = process.wait().unwrap();
    (status, terminal.settled())
}

#[test]
fn the_dashboard_stops_by_its_keys_and_by_ctrl_c() {
    let dir = tempdir().unwrap();
    for (name, keys, signal) in [("ctrl-c", "\x03", Some(libc::SIGINT)), ("keys", "qs", None)] {
        let run = dir.path().join(name);
        let (status, shown) = press(&run, keys);
        assert_eq!(status.signal(), signal, "{shown}");
        assert!(signal.is_some() || status.success(), "{shown}");
        // The dashboard has given the terminal back before it is told what is saved.
        let closed = shown.rfind("\x1b[?1049l").expect("the screen of before");
        let last = &shown[closed..];
        assert!(
            last.contains("stopped") && last.contains("--resume"),
            "{last}"
        );
    }
}

/// The second Ctrl-C does not wait for the end of a step.
#[test]
fn a_second_interrupt_ends_at_once_and_loses_no_checkpoint() {
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    // Steps of a batch of everything, which take long.
    let slow = ["--net", "wrn-20-4", "--batch-size", "200", "--epochs", "50"];
    let mut command = run_of(&run, &slow);
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    wait_for_steps(&run, &mut process, 0);
    std::thread::sleep(Duration::from_millis(300));
    send(&process, libc::SIGINT);
    std::thread::sleep(Duration::from_millis(20));
    send(&process, libc::SIGINT);
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(libc::SIGINT));
    assert!(!run.join("result.json").exists());
}

#[test]
fn what_the_caller_ignores_stays_ignored() {
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    let mut command = run_of(&run, &[]);
    // SAFETY: `signal` is safe between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGHUP, libc::SIG_IGN);
            Ok(())
        });
    }
    let mut process = command.stdout(Stdio::null()).spawn().unwrap();
    wait_for_steps(&run, &mut process, 0);
    send(&process, libc::SIGHUP);
    assert!(process.wait().unwrap().success());
    assert!(run.join("result.json").exists());
}

/// Of a run with two checkpoints the newer one is damaged.
#[test]
fn a_damaged_checkpoint_is_passed_over_with_a_line() {
    let dir = tempdir().unwrap();
    let (whole, expected) = unbroken(&dir);
    let parts = [
        "model-3.bpk",
        "optim-3.bpk",
        "scheduler-3.bpk",
        "manifest-3.json",
    ];
    for (number, part) in parts.into_iter().enumerate() {
        let run = dir.path().join(format!("damaged-{number}"));
        common::inputs::copy(&whole, &run);
        for file in ["result.json", "model.bpk"] {
            fs::remove_file(run.join(file)).unwrap();
        }
        let path = run.join("checkpoint").join(part);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        match part.ends_with(".json") {
            true => bytes.truncate(middle),
            false => bytes[middle] ^= 0x10,
        }
        fs::write(&path, bytes).unwrap();
        let said = success(&mut resume(&run));
        assert!(
            said.contains(part) && said.contains("passed over"),
            "{said}"
        );
        assert!(said.contains("continuing after epoch 2"), "{said}");
        expected.must_be(&outcome(&run), part);
    }
    // None of the checkpoints is whole: nothing is begun anew over them.
    let run = dir.path().join("damaged-0");
    fs::remove_file(run.join("result.json")).unwrap();
    for epoch in [2, 3] {
        fs::write(run.join(format!("checkpoint/model-{epoch}.bpk")), "").unwrap();
    }
    let said = failure(&mut resume(&run), 1);
    assert!(
        said.contains("model-2.bpk") && said.contains("model-3.bpk"),
        "{said}"
    );
}

/// The best of three epochs: the run ends as one that had no more of them.
#[test]
fn the_best_epoch_is_kept_and_ends_the_run() {
    let dir = tempdir().unwrap();
    let best = dir.path().join("best");
    // A rate that does harm in the end, so that the last epoch is not the best one.
    let harm = [
        "--set",
        "schedule=steps",
        "--set",
        "drops=[]",
        "--set",
        "learning_rate=0.3",
    ];
    success(run_of(&best, &harm).args(["--keep-best", "--epochs", "8"]));
    let validation: Vec<(u64, f64)> = lines(&best.join("metrics.jsonl"))
        .iter()
        .filter(|line| line["split"] == "validation")
        .map(|line| {
            (
                line["epoch"].as_u64().unwrap(),
                line["error_percent"].as_f64().unwrap(),
            )
        })
        .collect();
    let min = validation
        .iter()
        .map(|line| line.1)
        .fold(f64::INFINITY, f64::min);
    let (epoch, _) = validation.into_iter().find(|line| line.1 == min).unwrap();
    let found = outcome(&best);
    assert_eq!(found.result["best_epoch"], epoch);
    assert_eq!(found.result["epochs"], 8);
    assert!(best.join(format!("checkpoint/model-{epoch}.bpk")).is_file());

    let short = dir.path().join("short");
    success(run_of(&short, &harm).args(["--epochs", &epoch.to_string()]));
    let expected = outcome(&short);
    // The packed files tell of other numbers of epochs; the numbers in them are the same.
    for key in ["loss", "test_error_percent", "wrong", "trainable_weights"] {
        assert_eq!(found.result[key], expected.result[key], "{key}");
    }
    let bits = |run: &Path| {
        let model = runtime::Model::load(&run.with_extension("onebit")).unwrap();
        let convs = model.convs().iter();
        convs
            .map(|conv| format!("{:?}", conv.weights))
            .collect::<Vec<_>>()
    };
    assert!(bits(&best) == bits(&short));
    for ((name, found), (_, expected)) in found.files.iter().zip(&expected.files) {
        assert!(found == expected, "{name}");
    }
}
