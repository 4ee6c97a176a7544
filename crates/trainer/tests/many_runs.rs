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
    // Of a seed whose turn would come later, too: the first one is not begun.
    let mut other = tiny(&out, 3);
    let message = failure(other.args(["--seeds", "9,1", "--set", "momentum=0.5"]), 2);
    assert!(message.contains("seed-1"), "{message}");
    assert!(!out.join("seed-9").exists());
}

#[test]
fn a_run_in_out_goes_on_with_or_resume() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    success(tiny(&out, 2).arg("--or-resume"));
    let message = failure(&mut tiny(&out, 2), 2);
    assert!(message.contains("--resume"), "{message}");
    let said = success(tiny(&out, 3).arg("--or-resume"));
    let line = "finished with 2 epochs; it goes on, to 3";
    assert!(said.contains(line), "{said}");
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

/// Data, networks that do not fit them, trained weights and devices: what is found only where they are looked at.
#[test]
fn all_that_is_wrong_with_a_sweep_is_told_before_it_begins() {
    let dir = tempdir().unwrap();
    let (file, out) = (dir.path().join("s.toml"), dir.path().join("runs"));
    let text = "seeds = '1-2'\n[settings]\nlimit_train = 100\nlimit_test = 40\nepochs = 2\n[sweep]\n\
        dataset = ['glyphs', './nowhere']\nbatch_size = [20, 500]\ninit = ['./no-weights']\n";
    fs::write(&file, text).unwrap();
    let message = failure(sweep(&file, &out, &[]).current_dir(dir.path()), 1);
    for part in [
        "4 runs, such as",
        "./nowhere",
        "no-weights",
        "none was begun",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(message.matches("no-weights:").count(), 1, "{message}");
    assert!(!out.exists());
    let text = format!("{SETTINGS}[sweep]\ndevice = ['flex', 'nothing']\n");
    fs::write(&file, text).unwrap();
    let message = failure(&mut sweep(&file, &out, &[]), 2);
    assert!(message.contains("device=nothing,seed=1: "), "{message}");
    assert!(!out.exists());
}

#[test]
fn a_sweep_with_more_epochs_says_which_finished_runs_go_on() {
    let dir = tempdir().unwrap();
    let (file, out) = (dir.path().join("s.toml"), dir.path().join("runs"));
    let with = |from: &str, to: &str| {
        let text = format!("seeds = '1-2'\n{SETTINGS}net = 'wrn-8-1'\n");
        fs::write(&file, text.replace(from, to)).unwrap();
        sweep(&file, &out, &[])
    };
    let said = success(&mut with("seeds = '1-2'", "seeds = 1"));
    assert!(said.contains("1 run: 1 begins; in "), "{said}");
    let said = success(&mut with("epochs = 2", "epochs = 3"));
    assert!(said.contains("2 runs: 1 goes on, 1 begins"), "{said}");
    let line = "seed=1: finished with 2 epochs; it goes on, to 3";
    assert!(said.contains(line), "{said}");
    // What cannot go on is told of all runs at once, and nothing is changed.
    for (from, to, part) in [
        ("epochs = 2", "epochs = 2", "epochs = 2, found one with 3"),
        ("epochs = 2", "epochs = 3\nmomentum = 0.5", "momentum = 0.5"),
    ] {
        let message = failure(&mut with(from, to), 2);
        assert!(message.contains(part), "{message}");
        for seed in ["seed=1: ", "seed=2: "] {
            assert!(message.contains(seed), "{seed}: {message}");
        }
    }
}

#[test]
fn runs_of_folders_that_are_there_are_listed_and_the_others_named() {
    let dir = tempdir().unwrap();
    let settings = "epochs = 2\nseed = 1\nmomentum = 0.5\n";
    let runs = ["one", "two"].map(|name| {
        common::reports::written(&dir.path().join("all").join(name), settings, 2, Some(9.0))
    });
    let mut command = trainer();
    command
        .arg("runs")
        .args([&runs[0], &dir.path().join("nosuch"), &runs[1]]);
    // Once, whichever way it is named.
    command
        .arg(dir.path().join("all"))
        .arg(dir.path().join("neither"));
    let output = command.output().unwrap();
    let [said, told] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.code(), Some(1), "{told}");
    for line in ["one ", "two "] {
        assert_eq!(said.matches(&format!("\n{line}")).count(), 1, "{said}");
    }
    assert!(
        told.contains("nosuch: ") && told.contains("neither: "),
        "{told}"
    );
    assert!(!told.contains("panicked"), "{told}");
    let nosuch = dir.path().join("nosuch");
    let told = failure(trainer().arg("runs").arg(&nosuch), 1);
    assert!(
        told.contains("nosuch: no such file or folder; check the path"),
        "{told}"
    );
    // In a fresh folder nobody has named one that is missing.
    fs::create_dir(&nosuch).unwrap();
    let fresh = |more: &[&str]| success(trainer().arg("runs").args(more).current_dir(&nosuch));
    assert_eq!(fresh(&[]), "no runs here yet; `onebit train` makes one\n");
    let found: Value = serde_json::from_str(&fresh(&["--json"])).unwrap();
    assert!(found["runs"].as_array().unwrap().is_empty(), "{found}");
}

/// What differs from the recipe is told, whether all runs have it or one; programs read the same of a run whatever stands
/// beside it.
#[test]
fn settings_that_all_runs_have_are_told_too() {
    let dir = tempdir().unwrap();
    let written = |name: &str, settings: &str| {
        let settings = format!("epochs = 2\n{settings}");
        common::reports::written(&dir.path().join(name), &settings, 2, Some(9.0))
    };
    let limits = "limit_train = 3000\nlimit_test = 2000\n";
    written("all/one", &format!("seed = 1\n{limits}"));
    written("all/two", &format!("seed = 1\nmomentum = 0.5\n{limits}"));
    written("other", "seed = 1\n");
    let all = dir.path().join("all");
    let both = "limit_test=2000 limit_train=3000";
    let settings = |found: &Value, run: usize| found["runs"][run]["settings"].clone();

    let said = success(&mut runs(&all, &[]));
    let above: Vec<&str> = said
        .lines()
        .take_while(|line| !line.starts_with("run "))
        .collect();
    let above = above.join(" ");
    assert!(
        above.ends_with("state finished, limit_test=2000, limit_train=3000:"),
        "{said}"
    );
    let found = json(&all);
    assert_eq!(settings(&found, 0), both);
    assert_eq!(settings(&found, 1), format!("{both} momentum=0.5"));
    let beside = json(dir.path());
    assert_eq!(settings(&beside, 0), settings(&found, 0));
    assert_eq!(settings(&beside, 1), settings(&found, 1));
    assert_eq!(settings(&beside, 2), "");
    let csv = success(&mut runs(&all, &["--csv"]));
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[1].ends_with(&format!(",{both}")), "{csv}");
    assert!(
        lines[2].ends_with(&format!(",{both} momentum=0.5")),
        "{csv}"
    );
    let md = success(&mut runs(&all, &["--md"]));
    assert!(md.contains(&format!("| {both} |")), "{md}");
    // A run alone has no line above it.
    let said = success(&mut runs(&all.join("one"), &[]));
    assert!(said.contains(both), "{said}");
}

#[test]
fn a_gap_has_its_interval_as_the_report_has_it() {
    let dir = tempdir().unwrap();
    for (weights, seed, error) in [
        ("1bit", 1, 30.0),
        ("1bit", 2, 20.0),
        ("32bit", 1, 14.0),
        ("32bit", 2, 11.0),
    ] {
        let folder = dir.path().join(format!("{weights}-{seed}"));
        let settings = format!("epochs = 2\nseed = {seed}\n");
        let run = common::reports::written(&folder, &settings, 2, Some(error));
        let config = fs::read_to_string(run.join("config.toml")).unwrap();
        let config = config.replace("'1bit'", &format!("'{weights}'"));
        fs::write(run.join("config.toml"), config).unwrap();
    }
    // Variances of the means 25 and 2.25, so 1.17 degrees of freedom, of which 1 counts: 12.706 · √27.25.
    let said = success(&mut runs(dir.path(), &[]));
    let line = said.lines().last().unwrap();
    assert!(
        line.ends_with("+12.50            5.22  -53.83 to 78.83"),
        "{said}"
    );
    let found = json(dir.path());
    let interval = &found["gaps"][0]["interval_points"];
    let margin = 12.706 * 27.25f64.sqrt();
    let near = |found: &Value, wanted: f64| (found.as_f64().unwrap() - wanted).abs() < 1e-9;
    assert!(
        near(&interval[0], 12.5 - margin) && near(&interval[1], 12.5 + margin),
        "{found}"
    );
}

/// Whatever the runs are called and however many settings tell them apart.
#[test]
fn tables_of_runs_keep_to_a_width() {
    let dir = tempdir().unwrap();
    let folder = dir.path().join("x".repeat(60)).join("y".repeat(60));
    for (name, settings) in [
        (
            "a".repeat(200),
            "learning_rate = 0.05\nmomentum = 0.5\nweight_decay = 0.1\n",
        ),
        (
            "evil\u{1b}[2J日本".into(),
            "validation = 50\nkeep_best = true\nworkers = 3\nlimit_test = 9\n",
        ),
        (
            "c".into(),
            "schedule = 'steps'\ndrops = [1.0, 2.0, 3.0]\ninput_norm = 'fixed'\n",
        ),
    ] {
        let settings = format!("epochs = 2\nseed = 1\n{settings}");
        common::reports::written(&folder.join(name), &settings, 2, Some(9.0));
    }
    let said = success(&mut runs(dir.path(), &[]));
    for line in said.lines() {
        assert!(line.chars().count() <= 100, "{line}\n{said}");
    }
    for part in [
        "learning_rate=0.05",
        "keep_best=true",
        "drops=[1.0,",
        "evil\\u{1b}[2J日本",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
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

/// The example in docs/many-runs.md is what the command above it prints of the committed runs.
#[cfg(unix)]
#[test]
fn the_tables_in_the_docs_are_those_of_committed_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/many-runs.md")).unwrap();
    let (_, rest) = page
        .split_once("```sh\nonebit runs experiments/results/")
        .expect("a command");
    let (pattern, rest) = rest
        .split_once("\n```\n\n```text\n")
        .expect("what it prints");
    let (shown, _) = rest.split_once("```\n").unwrap();
    let mut shell = Command::new("sh");
    let line = format!("\"$0\" runs experiments/results/{pattern}");
    shell.arg("-c").arg(line).arg(trainer().get_program());
    assert_eq!(success(shell.current_dir(root)), shown);
    assert!(shown.contains("+4.02            0.18"), "{shown}");
}
