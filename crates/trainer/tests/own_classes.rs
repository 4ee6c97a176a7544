//! Every count is of the run's own classes, not of the dataset's that it is read as.

mod common;

use std::fs;

use common::inputs::{export, page, photographs, train, without_colours};
use common::{success, trainer};
use runtime::Model;
use serde_json::Value;

/// What `summary` counts for so many classes.
fn counted(classes: usize) -> Value {
    let mut summary = trainer();
    summary.args([
        "summary",
        "--net",
        "wrn-8-1",
        "--input",
        "3x224x224",
        "--json",
    ]);
    let text = success(summary.args(["--classes", &classes.to_string()]));
    serde_json::from_str(&text).unwrap()
}

/// A count as pages have it: `74,352`.
fn grouped(count: &Value) -> String {
    let digits = count.as_u64().unwrap().to_string();
    let digits: Vec<char> = digits.chars().collect();
    let groups = digits.rchunks(3).rev().map(|group| group.iter().collect());
    groups.collect::<Vec<String>>().join(",")
}

#[test]
fn every_count_is_of_the_run_s_classes() {
    let thousand = counted(1000);
    for (names, gray) in [
        (&["bolt", "nut", "washer"][..], false),
        (&["bolt", "nut", "washer"], true),
        (&["a", "b", "c", "d", "e", "f", "g"], false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (data, run) = (dir.path().join("data"), dir.path().join("run"));
        photographs(&data, names, 2);
        if gray {
            without_colours(&data);
        }
        success(&mut train(&data, "imagenet", &run));
        let expected = counted(names.len());
        let total = |counts: &Value, key: &str| counts["totals"][key].clone();

        let result = fs::read_to_string(run.join("result.json")).unwrap();
        let result: Value = serde_json::from_str(&result).unwrap();
        assert_eq!(
            result["trainable_weights"],
            // The recipe of imagenet learns the norms, the summary does not; weights of norms are few.
            total(&trained(names.len()), "trainable_weights")
        );
        let page = page(&run, &data, &[]);
        for key in ["one_bit_weights", "additions"] {
            let (ours, theirs) = (total(&expected, key), total(&thousand, key));
            assert!(page.contains(&grouped(&ours)), "{key}: {ours}");
            assert!(!page.contains(&grouped(&theirs)), "{key}: {theirs}");
        }

        let [file, folder] = ["net.onebit", "c"].map(|name| dir.path().join(name));
        success(&mut export(&run, "onebit", &file));
        let model = Model::load(&file).unwrap();
        assert_eq!(model.class_names(), names);
        let last = model.convs().last().unwrap();
        assert_eq!(last.out_channels, names.len());
        let said = success(trainer().arg("inspect").arg(&file));
        let bits = total(&expected, "one_bit_weights").to_string();
        assert!(said.contains(&bits), "{bits}: {said}");

        let said = success(&mut export(&run, "c", &folder));
        assert!(
            said.contains(&format!("{bits} weights as the C library onebit;")),
            "{said}"
        );
        let header = files(&folder.join("src"), "h");
        let classes = format!("ONEBIT_CLASSES {}", names.len());
        assert!(header.contains(&classes), "{header}");
        let bytes = format!("ONEBIT_IMAGE_BYTES {}", 3 * 224 * 224);
        assert!(header.contains(&bytes), "{header}");
    }
}

/// What `summary` counts where the norms are trained as the recipe has it.
fn trained(classes: usize) -> Value {
    let mut summary = trainer();
    summary.args([
        "summary",
        "--net",
        "wrn-8-1",
        "--input",
        "3x224x224",
        "--json",
    ]);
    summary.args(["--learn-norms", "--classes", &classes.to_string()]);
    serde_json::from_str(&success(&mut summary)).unwrap()
}

/// The files of a folder with an extension, one after the other.
fn files(folder: &std::path::Path, extension: &str) -> String {
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    wanted
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// A run of an earlier version does not say its classes: that is told, beside what is counted in their place.
#[test]
fn a_run_that_does_not_say_its_classes_is_told_of() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = (dir.path().join("data"), dir.path().join("run"));
    photographs(&data, &["cat", "dog"], 2);
    success(&mut train(&data, "imagenet", &run));
    fs::remove_file(run.join("network.json")).unwrap();
    let page = page(&run, &data, &[]);
    assert!(page.contains("its cost is counted for 1000"));
}

/// Runs of other classes stand on one page, each with its own counts.
#[test]
fn runs_of_other_classes_are_costed_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let mut report = trainer();
    report.arg("report");
    for names in [&["bolt", "nut", "washer"][..], &["cat", "dog"]] {
        let count = names.len();
        let data = dir.path().join(format!("data-{count}"));
        let run = dir.path().join(format!("run-{count}"));
        photographs(&data, names, 2);
        success(&mut train(&data, "imagenet", &run));
        report.arg(&run);
    }
    let out = dir.path().join("page.html");
    success(report.arg("--out").arg(&out));
    let page = fs::read_to_string(out).unwrap();
    for classes in [2, 3] {
        let bits = counted(classes)["totals"]["one_bit_weights"].clone();
        assert!(page.contains(&grouped(&bits)), "{classes} classes: {bits}");
    }
}
