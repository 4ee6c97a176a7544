//! The logs of a run in the hands of those that read them.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{success, tiny, trainer};
use serde_json::Value;
use tempfile::{TempDir, tempdir};
use testkit::python;

/// A run of two epochs that was continued for a third.
fn continued() -> (TempDir, std::path::PathBuf) {
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    success(&mut tiny(&run, 2));
    let mut resume = trainer();
    resume.args(["train", "--dashboard", "none", "--epochs", "3", "--resume"]);
    success(resume.arg(&run));
    (dir, run)
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_table_and_the_weights_agree_with_the_run() {
    let (_dir, run) = continued();
    let metrics = lines(&run.join("metrics.jsonl"));
    let mut table = csv::Reader::from_path(run.join("metrics.csv")).unwrap();
    let header = table.headers().unwrap().clone();
    let rows: Vec<_> = table.records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), metrics.len());
    assert_eq!(rows.len(), 6);
    for (row, line) in rows.iter().zip(&metrics) {
        for (name, cell) in header.iter().zip(row) {
            match &line[name] {
                Value::Null => assert_eq!(cell, ""),
                Value::String(text) => assert_eq!(cell, text),
                number => assert_eq!(cell.parse::<f64>().ok(), number.as_f64(), "{name}"),
            }
        }
    }

    let weights = lines(&run.join("weights.jsonl"));
    let epochs: Vec<_> = weights
        .iter()
        .map(|line| line["epoch"].as_u64().unwrap())
        .collect();
    // wrn-8-1: the first convolution, three blocks of two, the last.
    assert_eq!(epochs, [1, 2, 3].map(|epoch| [epoch; 8]).concat());
    for line in &weights {
        let count = |key: &str| line[key].as_u64().unwrap();
        let counts = line["histogram"]["counts"].as_array().unwrap();
        let sum: u64 = counts.iter().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(sum, count("weights"), "{line}");
        // The middle of the 32 intervals is 0, where the sign changes.
        let upper: u64 = counts[16..]
            .iter()
            .map(|count| count.as_u64().unwrap())
            .sum();
        assert_eq!(upper, count("positive"), "{line}");
        assert!(count("flipped") <= count("weights"), "{line}");
    }
    let flipped: u64 = weights
        .iter()
        .map(|line| line["flipped"].as_u64().unwrap())
        .sum();
    assert!(flipped > 0, "no sign changed in three epochs");
}

#[test]
fn tensorboard_reads_the_events() {
    let module = "tensorboard.backend.event_processing.event_accumulator as events";
    let task = "assert events.EventAccumulator('.').Reload().Tags()['scalars'] == []";
    let Some(python) = python("tensorboard_reads_the_events", module, task) else {
        return;
    };
    let (_dir, run) = continued();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_events.py");
    let text = success(Command::new(&python).arg(script).arg(run.join("events")));
    let found: Value = serde_json::from_str(&text).unwrap();
    let of = |tag: &str| -> Vec<(u64, f64)> {
        let points = found["scalars"][tag]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let point = |point: &Value| (point[0].as_u64().unwrap(), point[1].as_f64().unwrap());
        points.iter().map(point).collect()
    };
    let compare = |tag: &str, expected: Vec<(u64, f64)>| {
        let found = of(tag);
        assert_eq!(found.len(), expected.len(), "{tag}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found.0, expected.0, "{tag}");
            // Events are in 32 bits.
            assert_eq!(found.1 as f32, expected.1 as f32, "{tag}");
        }
    };
    // 250 images in batches of 25: ten steps.
    let steps = lines(&run.join("steps.jsonl"));
    for key in ["loss", "error_percent", "learning_rate"] {
        let number = |line: &Value, key: &str| line[key].as_f64().unwrap();
        let expected = steps.iter().map(|line| {
            let step = (number(line, "epoch") - 1.0) * 10.0 + number(line, "step");
            (step as u64, number(line, key))
        });
        compare(&format!("step/{key}"), expected.collect());
    }
    let metrics = lines(&run.join("metrics.jsonl"));
    for split in ["train", "test"] {
        for key in ["loss", "error_percent", "images_per_second"] {
            let of_split = metrics.iter().filter(|line| line["split"] == split);
            // An epoch too short to be timed has no rate.
            let expected = of_split
                .filter_map(|line| Some((10 * line["epoch"].as_u64()?, line[key].as_f64()?)));
            compare(&format!("{key}/{split}"), expected.collect());
        }
    }

    // The latent weights of each layer as `weights.jsonl` counts them, and the share of the signs that changed.
    let weights = lines(&run.join("weights.jsonl"));
    let layers: Vec<&str> = weights[..8]
        .iter()
        .map(|line| line["layer"].as_str().unwrap())
        .collect();
    for layer in layers {
        let of_layer = || weights.iter().filter(|line| line["layer"] == layer);
        let shares = of_layer().map(|line| {
            let [epoch, flipped, all] =
                ["epoch", "flipped", "weights"].map(|key| line[key].as_u64().unwrap());
            (10 * epoch, 100.0 * flipped as f64 / all as f64)
        });
        compare(&format!("signs_changed_percent/{layer}"), shares.collect());
        let found = found["histograms"][format!("latent_weights/{layer}")].as_array();
        let found = found.unwrap();
        assert_eq!(found.len(), 3, "{layer}");
        for (found, line) in found.iter().zip(of_layer()) {
            let number = |place: usize| found[place].as_f64().unwrap();
            assert_eq!(number(0), 10.0 * line["epoch"].as_f64().unwrap());
            assert_eq!(number(3), line["weights"].as_f64().unwrap());
            let list = |value: &Value| -> Vec<f64> {
                let list = value.as_array().unwrap().iter();
                list.map(|value| value.as_f64().unwrap()).collect()
            };
            assert_eq!(
                list(&found[6]),
                list(&line["histogram"]["counts"]),
                "{layer}"
            );
            let limits = list(&found[5]);
            assert!(limits.is_sorted() && limits[15] == 0.0, "{limits:?}");
            // The middle is 0, and the extremes are within.
            assert!(
                number(1) < 0.0 && number(2) > 0.0 && limits[31] >= number(2),
                "{found}"
            );
            assert!(number(4).abs() < number(3) * number(2), "{found}");
        }
    }

    // The settings, with their kinds, and the score, once for each time that the run came to its end.
    let hparams = &found["hparams"];
    assert_eq!(hparams["net"], "wrn-8-1");
    assert_eq!(hparams["dataset"], "glyphs");
    assert_eq!(hparams["learn_norms"], false);
    assert_eq!(hparams["batch_size"], 25.0);
    assert_eq!(found["ended"], 1, "STATUS_SUCCESS");
    let result: Value =
        serde_json::from_slice(&fs::read(run.join("result.json")).unwrap()).unwrap();
    let scores = of("result/test_error_percent");
    let steps: Vec<u64> = scores.iter().map(|score| score.0).collect();
    assert_eq!(steps, [20, 30]);
    let error = result["test_error_percent"].as_f64().unwrap();
    assert_eq!(scores[1].1 as f32, error as f32);
}
