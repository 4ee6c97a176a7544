//! A packed network with bit errors is scored for each seed.

mod common;

use common::{failure, success, tiny, trainer};
use serde_json::Value;

#[test]
fn bit_errors_are_counted_by_seed() {
    let dir = tempfile::tempdir().unwrap();
    let (run, net) = (dir.path().join("run"), dir.path().join("net"));
    success(tiny(&run, 1).args(["--max-steps", "6", "--limit-test", "12"]));
    let mut command = trainer();
    command
        .args(["export", "--to", "onebit", "--run"])
        .arg(&run);
    command.args(["--calibration-images", "0", "--out"]);
    success(command.arg(&net));
    let eval = |more: &[&str]| {
        let mut command = trainer();
        command.args(["eval", "--dataset", "glyphs", "--limit", "100"]);
        command.arg("--model").arg(&net).args(more);
        command
    };
    let score = |more: &[&str]| -> Value {
        serde_json::from_str(&success(eval(more).arg("--json"))).unwrap()
    };
    let whole = score(&[]);
    let none = score(&["--flip-bits", "0"]);
    let seeds = none["seeds"].as_array().unwrap();
    assert_eq!(seeds.len(), 1);
    assert_eq!(seeds[0]["flipped_bits"], 0);
    assert_eq!(seeds[0]["wrong"], whole["wrong"]);
    assert_eq!(none["mean_test_error_percent"], whole["test_error_percent"]);

    let some = score(&["--flip-bits", "0.1", "--seeds", "3"]);
    assert_eq!(some, score(&["--flip-bits", "0.1", "--seeds", "3"]));
    let seeds = some["seeds"].as_array().unwrap();
    let errors: Vec<f64> = seeds
        .iter()
        .map(|seed| seed["test_error_percent"].as_f64().unwrap())
        .collect();
    assert_eq!(errors.len(), 3);
    let near = |key: &str, expected: f64| {
        let found = some[key].as_f64().unwrap();
        assert!(
            (found - expected).abs() < 1e-9,
            "{key}: {found}, expected {expected}"
        );
    };
    near("mean_test_error_percent", errors.iter().sum::<f64>() / 3.0);
    near(
        "min_test_error_percent",
        errors.iter().copied().fold(100.0, f64::min),
    );
    near(
        "max_test_error_percent",
        errors.iter().copied().fold(0.0, f64::max),
    );

    let text = success(&mut eval(&["--flip-bits", "0.1", "--seeds", "2"]));
    for words in [
        "seed 1: ",
        "seed 2: ",
        "bits flipped, test error: ",
        "over 2 seeds: mean ",
    ] {
        assert!(text.contains(words), "{text}");
    }

    for (more, words) in [
        (&["--flip-bits", "1.5"][..], "expected a probability"),
        (&["--flip-bits", "nan"], "expected a probability"),
        (&["--flip-bits", "0.1", "--seeds", "0"], "expected 1 to"),
        (&["--seeds", "3"], "--flip-bits"),
    ] {
        let message = failure(&mut eval(more), 2);
        assert!(message.contains(words), "{message}");
    }
}
