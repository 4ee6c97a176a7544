//! `onebit bench`: what it prints, and what it refuses. No time is asserted.

mod common;

use common::{failure, success, tiny, trainer};
use serde_json::Value;

/// The one line of a measurement of a small network.
fn measured(arguments: &[&str]) -> Value {
    let mut command = trainer();
    command.arg("bench").args(arguments).arg("--json");
    let said = success(&mut command);
    assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    let line: Value = serde_json::from_str(&said).unwrap();
    let number = |key: &str| line[key].as_f64().unwrap();
    let (median, min) = (number("median_seconds"), number("min_seconds"));
    assert!(0.0 < min && min <= median, "{said}");
    let rate = number("batch") / median;
    assert!(
        (number("images_per_second") / rate - 1.0).abs() < 1e-9,
        "{said}"
    );
    line
}

#[test]
fn a_training_step_is_checked_for_every_network_and_kind_of_weights() {
    for (net, weights, input, batch) in [
        ("wrn-8-1", "1bit", "3x12x12", "10"),
        ("wrn-8-1", "32bit", "1x13x9", "6"),
        ("wrn-8-2", "bwn", "3x8x8", "4"),
        ("plain-8-1", "bwn-layer", "3x8x8", "4"),
        ("srelu-8-1", "binaryconnect", "3x8x8", "9"),
        ("resnet-18-0.5", "1bit", "3x64x64", "4"),
        // No divisor but 1 and itself: all images differ.
        ("wrn-8-1", "1bit", "3x8x8", "11"),
    ] {
        let mut arguments = vec!["train", "--net", net, "--weights", weights];
        arguments.extend(["--input", input, "--batch", batch, "--runs", "2"]);
        let line = measured(&arguments);
        assert_eq!([&line["net"], &line["weights"]], [net, weights]);
        assert_eq!(line["batch"].to_string(), batch);
        assert_eq!(line["runs"], 2);
        let difference = line["difference"].as_f64().unwrap();
        assert!((0.0..2e-2).contains(&difference), "{difference}");
        if cfg!(target_os = "linux") {
            assert!(line["peak_mib"].as_f64().unwrap() > 1.0);
        }
    }
}

#[test]
fn a_batch_through_the_engine_is_checked_in_both_arithmetics() {
    for (net, weights) in [
        ("wrn-8-1", "1bit"),
        ("plain-8-1", "bwn"),
        ("srelu-8-1", "binaryconnect"),
    ] {
        for (activations, max) in [("f32", 1e-4), ("int8", 0.2)] {
            let mut arguments = vec!["infer", "--net", net, "--weights", weights];
            arguments.extend(["--activations", activations, "--input", "3x12x12"]);
            arguments.extend(["--classes", "7", "--batch", "5", "--runs", "3"]);
            let line = measured(&arguments);
            assert_eq!([&line["net"], &line["activations"]], [net, activations]);
            assert_eq!((&line["classes"], &line["runs"]), (&7.into(), &3.into()));
            let difference = line["difference"].as_f64().unwrap();
            assert!((0.0..max).contains(&difference), "{difference}");
        }
    }
}

#[test]
fn threads_change_no_answer() {
    for work in ["train", "infer"] {
        let differences = ["1", "2", "3"].map(|threads| {
            let mut arguments = vec![work, "--net", "wrn-8-1", "--input", "3x12x12"];
            arguments.extend(["--batch", "4", "--runs", "1", "--threads", threads]);
            let line = measured(&arguments);
            assert_eq!(line["threads"].to_string(), threads);
            line["difference"].as_f64().unwrap()
        });
        if work == "infer" {
            assert_eq!(differences[0], differences[1]);
        }
    }
}

#[test]
fn a_packed_file_is_timed_and_text_ends_with_the_times() {
    let dir = tempfile::tempdir().unwrap();
    let (run, file) = (dir.path().join("run"), dir.path().join("net.onebit"));
    success(tiny(&run, 1).args(["--max-steps", "2", "--limit-test", "2"]));
    let mut export = trainer();
    export.args(["export", "--to", "onebit", "--run"]).arg(&run);
    success(export.arg("--out").arg(&file));
    for activations in ["f32", "int8"] {
        let mut bench = trainer();
        bench.args([
            "bench",
            "infer",
            "--runs",
            "2",
            "--activations",
            activations,
        ]);
        let said = success(bench.arg("--model").arg(&file));
        assert!(said.starts_with("wrn-8-1, 1bit weights"), "{said}");
        assert!(said.contains("checked: logits"), "{said}");
        let last = said.lines().last().unwrap();
        assert!(
            last.starts_with("median ") && last.ends_with("images/s"),
            "{said}"
        );
    }
}

#[test]
fn misuse_is_status_2_and_a_missing_file_is_1() {
    let cases: [(&[&str], &[&str]); 13] = [
        (&["train", "--net", "wrn-19-1"], &["19", "6n+2"]),
        (&["train", "--weights", "2bit"], &["2bit", "1bit, 32bit"]),
        (
            &["train", "--input", "32x32"],
            &["--input 32x32", "3x32x32"],
        ),
        (&["train", "--classes", "0"], &["--classes 0", "1 to"]),
        (&["train", "--batch", "0"], &["--batch 0", "1 to"]),
        (
            &["train", "--net", "wrn-8-1", "--batch", "1"],
            &["2 images or more"],
        ),
        (
            &["train", "--batch", "1000000000"],
            &["--batch 1000000000", "1 to"],
        ),
        (&["train", "--runs", "0"], &["--runs 0", "1 to"]),
        (&["train", "--threads", "0"], &["--threads 0", "1 to"]),
        (&["train", "--activations", "int8"], &["--activations"]),
        (&["infer", "--weights", "32bit"], &["32bit", "sign bits"]),
        (&["infer", "--activations", "int4"], &["int4", "int8"]),
        (
            &["infer", "--model", "a.onebit", "--net", "wrn-8-1"],
            &["--model", "--net"],
        ),
    ];
    for (arguments, said) in cases {
        let message = failure(trainer().arg("bench").args(arguments), 2);
        for words in said {
            assert!(message.contains(words), "{arguments:?}: {message}");
        }
    }
    let mut missing = trainer();
    missing.args(["bench", "infer", "--model", "missing.onebit"]);
    assert!(failure(&mut missing, 1).contains("missing.onebit"));
}
