//! The commands as their help describes them.

mod common;

use std::fs;

use common::{success, tiny, trainer};
use tempfile::tempdir;

#[test]
fn a_run_leaves_config_metrics_checkpoints_model_and_result() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    let said = success(tiny(&out, 3).args(["--validation", "50", "--seed", "7"]));
    let last = said.lines().last().unwrap();
    assert!(
        last.starts_with("test error: ") && last.ends_with("of 60)"),
        "{last}"
    );

    let config = fs::read_to_string(out.join("config.toml")).unwrap();
    assert!(
        config.contains("seed = 7") && config.contains("learning_rate = 0.1"),
        "{config}"
    );

    let lines: Vec<serde_json::Value> = fs::read_to_string(out.join("metrics.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let splits: Vec<_> = lines
        .iter()
        .map(|line| line["split"].as_str().unwrap())
        .collect();
    assert_eq!(splits, ["train", "validation"].repeat(3));
    assert!(
        lines
            .iter()
            .all(|line| line["loss"].as_f64().unwrap() > 0.0)
    );
    let steps = fs::read_to_string(out.join("steps.jsonl")).unwrap();
    assert_eq!(
        steps.lines().count(),
        3 * 8,
        "200 images are 8 batches of 25 an epoch"
    );

    // Of three checkpoints the last two are kept.
    let mut kept: Vec<String> = fs::read_dir(out.join("checkpoint"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    kept.sort();
    let parts = [
        ("manifest", "json"),
        ("model", "bpk"),
        ("optim", "bpk"),
        ("scheduler", "bpk"),
    ];
    assert_eq!(
        kept,
        parts
            .map(|(part, end)| [2, 3].map(|n| format!("{part}-{n}.{end}")))
            .concat()
    );

    let result: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("result.json")).unwrap()).unwrap();
    let wrong = result["wrong"].as_u64().unwrap();
    assert!(last.contains(&format!("({wrong} of 60)")), "{last}");

    // eval finds the same error in the saved network.
    let mut eval = trainer();
    eval.args(["eval", "--run"]).arg(&out);
    assert_eq!(success(&mut eval).lines().last().unwrap(), last);
    let json: serde_json::Value = serde_json::from_str(&success(eval.arg("--json"))).unwrap();
    assert_eq!(json["wrong"].as_u64().unwrap(), wrong);

    // The last checkpoint has the running moments of training: another score of the same weights.
    let mut eval = trainer();
    eval.args(["eval", "--checkpoint", "3", "--limit", "20", "--run"])
        .arg(&out);
    assert!(success(&mut eval).trim_end().ends_with("of 20)"));
}

#[test]
fn both_kinds_of_weights_train_and_flags_override_a_file() {
    let dir = tempdir().unwrap();
    let config = dir.path().join("a.toml");
    fs::write(&config, "weights = \"32bit\"\nepochs = 40\nseed = 3\n").unwrap();
    let out = dir.path().join("run");
    success(
        tiny(&out, 1)
            .arg("--config")
            .arg(&config)
            .args(["--set", "seed=4"]),
    );
    let resolved = fs::read_to_string(out.join("config.toml")).unwrap();
    for line in ["weights = \"32bit\"", "epochs = 1", "seed = 4"] {
        assert!(resolved.contains(line), "{resolved}");
    }
}

#[test]
fn devices_lists_every_backend_that_is_compiled_in() {
    let said = success(trainer().arg("devices"));
    for backend in trainer::device::compiled() {
        assert!(said.lines().any(|line| line.starts_with(backend)), "{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_told_of_once() {
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    for words in [
        &["summary", "--net", "wrn-8-1"][..],
        &["config"],
        &["config", "--markdown"],
        &["devices"],
        &["--help"],
        &["-h"],
        &["--version"],
        &["help", "train"],
        &["bench", "infer", "--help"],
    ] {
        let message = common::failure(trainer().args(words).stdout(full()), 1);
        assert_eq!(message.matches("standard output").count(), 1, "{message}");
        // Nor does a full standard error end in a panic.
        let status = trainer().args(words).stdout(full()).stderr(full()).status();
        assert_eq!(status.unwrap().code(), Some(1), "{words:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_went_away_is_no_error() {
    for words in [&["config"][..], &["--help"], &["help", "train"]] {
        let mut command = trainer();
        command.args(words);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(writer).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*said), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn negative_numbers_are_refused_by_their_range() {
    for (words, expected) in [
        (&["train", "--epochs", "-1"][..], "from 1 to 1000000"),
        (&["train", "--learning-rate", "-1"], "expected 0 to 1000"),
        (
            &["predict", "--model", "x", "y", "--top", "-3"],
            "expected a whole number, 1 or more",
        ),
        (
            &["eval", "--run", "x", "--limit", "-1"],
            "expected a whole number",
        ),
        (
            &["summary", "--net", "wrn-8-1", "--input", "-3x32x32"],
            "expected CHANNELSxHEIGHTxWIDTH",
        ),
    ] {
        let message = common::failure(trainer().args(words), 2);
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("unexpected argument"), "{message}");
    }
}

#[test]
fn every_experiment_is_a_valid_config() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../experiments");
    let mut found = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let mut layers = trainer::config::Layers::default();
            layers.file(&path).unwrap();
            layers.resolve().unwrap();
            found += 1;
        }
    }
    assert!(found >= 3, "{found} experiments");
}
