//! Several runs: seeds, sweeps, tables.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{failure, success, tiny, trainer};
use serde_json::Value;
use tempfile::tempdir;

fn runs(folder: &Path, more: &[&str]) -> Command {
    let mut command = trainer();
    command.arg("runs").arg(folder).args(more);
    command
}

fn json(folder: &Path) -> Value {
    serde_json::from_str(&success(&mut runs(folder, &["--json"]))).unwrap()
}

/// The settings of `tiny`, as a sweep has them.
const SETTINGS: &str = "[settings]\ndataset = 'glyphs'\nbatch_size = 25\nepochs = 2\n\
    limit_train = 100\nlimit_test = 40\n";

fn sweep(file: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = trainer();
    command
        .arg("sweep")
        .arg(file)
        .arg("--out")
        .arg(out)
        .args(more);
    command
}

#[test]
fn seeds_are_trained_one_after_the_other_and_gone_on_with() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("series");
    let said = success(tiny(&out, 2).args(["--seeds", "1,4-5"]));
    let last: Vec<&str> = said.lines().rev().take(4).collect();
    assert!(
        last[0].starts_with("mean of 3 seeds: test error "),
        "{said}"
    );
    assert!(last[0].contains('±'), "{said}");
    for (line, seed) in last[1..].iter().zip([5, 4, 1]) {
        assert!(
            line.starts_with(&format!("seed {seed}: test error ")),
            "{said}"
        );
    }
    let found = json(&out);
    let errors: Vec<f64> = found["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["test_error_percent"].as_f64().unwrap())
        .collect();
    assert_eq!(errors.len(), 3);
    let group = &found["groups"][0];
    assert_eq!(group["seeds"], 3);
    let mean = group["mean_test_error_percent"].as_f64().unwrap();
    assert!((mean - errors.iter().sum::<f64>() / 3.0).abs() < 1e-9);

    // The same again tells the same without training; a run that is gone is trained anew.
    let model = out.join("seed-1/model.bpk");
    let before = fs::metadata(&model).unwrap().modified().unwrap();
    fs::remove_dir_all(out.join("seed-4")).unwrap();
    let again = success(tiny(&out, 2).args(["--seeds", "1,4-5"]));
    assert_eq!(again.lines().last(), said.lines().last());
    assert_eq!(fs::metadata(&model).unwrap().modified().unwrap(), before);

    // Other settings do not go on with these runs.
    let mut other = tiny(&out, 2);
    let message = failure(other.args(["--seeds", "1", "--set", "momentum=0.5"]), 2);
    assert!(message.contains("momentum"), "{message}");
}

#[test]
fn a_run_in_out_goes_on_with_or_resume() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    success(tiny(&out, 2).arg("--or-resume"));
    let message = failure(&mut tiny(&out, 2), 2);
    assert!(message.contains("--resume"), "{message}");
    success(tiny(&out, 3).arg("--or-resume"));
    let metrics = fs::read_to_string(out.join("metrics.jsonl")).unwrap();
    assert_eq!(metrics.lines().count(), 3 * 2, "{metrics}");
    failure(tiny(&out, 2).arg("--or-resume"), 2);
}

#[test]
fn a_sweep_trains_all_and_tells_of_what_failed() {
    let dir = tempdir().unwrap();
    let (file, out) = (dir.path().join("s.toml"), dir.path().join("my runs"));
    let text =
        format!("seeds = '1-2'\n{SETTINGS}net = 'wrn-8-1'\n[sweep]\nweights = ['1bit', '32bit']\n");
    fs::write(&file, &text).unwrap();
    let said = success(&mut sweep(&file, &out, &["--jobs", "2"]));
    assert!(said.contains("gap to 32bit"), "{said}");
    let found = json(&out);
    assert_eq!(found["runs"].as_array().unwrap().len(), 4);
    assert_eq!(found["groups"].as_array().unwrap().len(), 2);
    let gap = &found["gaps"][0];
    assert!(gap["standard_error"].as_f64().is_some(), "{found}");
    let mean = |group: &Value| group["mean_test_error_percent"].as_f64().unwrap();
    let expected = mean(&found["groups"][0]) - mean(&found["groups"][1]);
    assert!((gap["gap_points"].as_f64().unwrap() - expected).abs() < 1e-9);

    // Again: a damaged run fails, one without a result goes on, the finished ones stay.
    let run = |name: &str| out.join(format!("weights={name}"));
    fs::write(run("1bit,seed=1").join("config.toml"), "epochs = ").unwrap();
    fs::remove_file(run("1bit,seed=2").join("result.json")).unwrap();
    let message = failure(&mut sweep(&file, &out, &[]), 1);
    assert!(message.contains("1 of 4 runs failed"), "{message}");
    assert!(message.contains("weights=1bit,seed=1"), "{message}");
    assert!(run("1bit,seed=2").join("result.json").is_file());

    // Each printed line does what a job does.
    let printed = success(&mut sweep(&file, &out, &["--print"]));
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|line| line.starts_with("onebit train ")));
    let shell = lines[3].replacen("onebit", env!("CARGO_BIN_EXE_onebit"), 1);
    let said = success(Command::new("sh").arg("-c").arg(shell));
    assert!(said.contains("test error"), "{said}");
}

#[test]
fn a_sweep_that_cannot_be_is_refused_before_it_begins() {
    let dir = tempdir().unwrap();
    let (file, out) = (dir.path().join("s.toml"), dir.path().join("runs"));
    for (text, part) in [
        ("[sweep]\nepoch = [2]", "epoch"),
        ("[sweep]\nepochs = []", "empty"),
        ("[sweep]\nepochs = [2, 0]", ": expected 1 to 1000000"),
        ("[sweep]\nnet = ['wrn-19-1']", "6n+2"),
        ("epochs = 2", "[settings]"),
    ] {
        fs::write(&file, text).unwrap();
        let message = failure(&mut sweep(&file, &out, &[]), 2);
        assert!(message.contains(part), "{text}: {message}");
    }
    assert!(!out.exists());
}

#[test]
fn damaged_runs_are_named_and_the_others_listed() {
    let dir = tempdir().unwrap();
    let good = dir.path().join("good");
    success(&mut tiny(&good, 2));
    let bad = dir.path().join("bad\u{1b}[2J");
    fs::create_dir(&bad).unwrap();
    fs::write(bad.join("config.toml"), "no config").unwrap();
    let half = dir.path().join("half");
    fs::create_dir(&half).unwrap();
    fs::copy(good.join("config.toml"), half.join("config.toml")).unwrap();
    for form in [
        &[][..],
        &["--csv"],
        &["--md"],
        &["--sort", "error"],
        &["--sort", "date"],
    ] {
        let output = runs(dir.path(), form).output().unwrap();
        let [said, noted] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(output.status.success(), "{noted}");
        assert!(
            noted.contains("config.toml") && !noted.contains('\u{1b}'),
            "{noted}"
        );
        assert!(
            said.contains("good") && said.contains("half") && !said.contains('\u{1b}'),
            "{said}"
        );
        assert!(said.contains("stopped"), "{said}");
    }
    let found = json(dir.path());
    assert_eq!(found["runs"].as_array().unwrap().len(), 2);
    assert_eq!(found["damaged"].as_array().unwrap().len(), 1);
    failure(&mut runs(&dir.path().join("none"), &[]), 1);
}

#[test]
fn runs_begun_at_once_have_folders_of_their_own() {
    let dir = tempdir().unwrap();
    let begin = |seed: u64| {
        let mut command = tiny(Path::new("unused"), 2);
        let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        command = trainer();
        // Without --out and its folder, which stand last.
        command
            .args(&args[..args.len() - 2])
            .args(["--max-steps", "1"]);
        command
            .args(["--seed", &seed.to_string()])
            .current_dir(dir.path());
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    let begun: Vec<_> = (1..=8).map(begin).collect();
    for mut run in begun {
        assert!(run.wait().unwrap().success());
    }
    let found = json(&dir.path().join("runs"));
    let mut seeds: Vec<u64> = found["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["seed"].as_u64().unwrap())
        .collect();
    seeds.sort_unstable();
    assert_eq!(seeds, (1..=8).collect::<Vec<_>>());
}
