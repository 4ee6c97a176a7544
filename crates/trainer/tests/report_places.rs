//! `onebit report`: where it writes, what of the machine it tells, and what it says of runs beside each other.

mod common;

use std::fs;

use common::inputs::{idx, train};
use common::reports::{one, page, report, written};
use common::{failure, success, trainer};
use serde_json::Value;
use tempfile::tempdir;

#[test]
fn no_command_replaces_a_file_of_a_run() {
    let (_dir, run) = one("epochs = 2\nseed = 1\n", 2, None);
    // The network is yet to come.
    let files = ["config.toml", "metrics.jsonl", "model.bpk"];
    let before = files.map(|name| fs::read(run.join(name)).ok());
    for name in files {
        let said = failure(&mut report(&[&run], &run.join(name)), 2);
        assert!(said.contains("a run's file"), "{said}");
        let mut export = trainer();
        export.arg("export").arg("--run").arg(&run);
        export.args(["--to", "onebit", "--out"]).arg(run.join(name));
        let said = failure(&mut export, 2);
        assert!(said.contains("a run's file"), "{said}");
    }
    assert_eq!(files.map(|name| fs::read(run.join(name)).ok()), before);
    // A page of its own beside them is fine.
    success(&mut report(&[&run], &run.join("report.html")));
}

#[test]
fn a_page_does_not_tell_where_on_the_machine_its_runs_lie() {
    let (dir, run) = one("epochs = 2\nseed = 1\n", 2, None);
    fs::write(run.join("model.bpk"), b"none").unwrap();
    fs::write(run.join("result.json"), b"none").unwrap();
    let bad = written(
        &dir.path().join("bad"),
        "epochs = 2\nseed = 1\nfirst_cycle = 0\n",
        2,
        None,
    );
    let page = page(&[&run, &bad]);
    assert!(
        page.contains("left out: bad/config.toml: ")
            && page.contains("run: result.json: ")
            && page.contains("Not shown: model.bpk: "),
        "{page}"
    );
    assert!(!page.contains(&dir.path().display().to_string()), "{page}");
    // Whoever runs the command is told all of it.
    let output = report(&[&run, &bad], &dir.path().join("page.html"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    for what in ["first_cycle", "model.bpk", "result.json"] {
        assert!(said.contains(what), "{what}: {said}");
    }
}

/// The pictures of mistakes come from where the run had its images; where they are no longer, three places say so.
#[test]
fn pictures_are_found_where_the_run_had_them_or_missed_aloud() {
    let dir = tempdir().unwrap();
    let (data, run) = (dir.path().join("data"), dir.path().join("run"));
    idx(&data, "mnist", [20, 10], 1);
    success(&mut train(&data, "mnist", &run));
    // The sheet of what the network saw is the run's own.
    fs::remove_file(run.join("augmented.png")).unwrap();
    let out = dir.path().join("page.html");
    // A folder without `datasets`, and no --data.
    let written = || {
        let mut command = report(&[&run], &out);
        let output = command
            .arg("--json")
            .current_dir(dir.path())
            .output()
            .unwrap();
        let [said, told] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(output.status.success(), "{told}");
        let json: Value = serde_json::from_str(&said).unwrap();
        (fs::read_to_string(&out).unwrap(), told, json)
    };
    let (page, told, json) = written();
    assert!(page.contains("data:image/png;base64,"), "{told}");
    assert!(json["notes"].as_array().unwrap().is_empty(), "{json}");
    fs::rename(&data, dir.path().join("elsewhere")).unwrap();
    let (page, told, json) = written();
    assert!(!page.contains("data:image/png;base64,") && page.contains("Confusion matrix"));
    let note = "run: the most confident mistakes stand without their pictures: the images of mnist were not found; \
        name the folder that holds the datasets with `--data DIR`";
    assert_eq!(json["notes"], serde_json::json!([note]));
    assert!(told.contains(&format!("note: {note}")), "{told}");
    assert!(page.contains(note), "{page}");
    assert!(!page.contains(&dir.path().display().to_string()), "{page}");
}

#[test]
fn runs_are_told_apart_by_the_settings_that_differ() {
    let dir = tempdir().unwrap();
    let run = |name: &str, settings: &str| {
        let settings = format!("epochs = 6\nseed = 1\n{settings}");
        written(&dir.path().join(name), &settings, 6, Some(15.0))
    };
    let runs = [run("plain", ""), run("learned", "learn_norms = true\n")];
    let both = page(&[&runs[0], &runs[1]]);
    assert!(both.contains(">learn_norms = true<"), "{both}");
    // The published figures after 2 and 6 epochs belong to both runs; none is drawn after their end.
    assert_eq!(
        both.matches("data-groups=\"0 1\"").count(),
        2 * 2,
        "on a wide and on a narrow chart"
    );
    assert!(!page(&[&runs[0]]).contains(">learn_norms = "));
    // A recipe that is not the published one is said to be another.
    let paper = run(
        "paper",
        "input_norm = \"learned-relu\"\nclear_momentum = true\n",
    );
    assert!(page(&[&runs[0]]).contains("clear_momentum = false, there true"));
    assert!(!page(&[&paper]).contains("Another recipe"));
}

#[test]
fn no_command_replaces_what_it_reads() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("net");
    fs::write(&file, "weights").unwrap();
    for arguments in [
        ["import", "--from", "safetensors"],
        ["export", "--to", "onnx"],
    ] {
        let mut command = trainer();
        command.args(arguments);
        if arguments[0] == "export" {
            command.arg("--model");
        }
        command
            .arg(&file)
            .arg("--out")
            .arg(dir.path().join("./net"));
        let said = failure(&mut command, 2);
        assert!(said.contains("found the file that is read"), "{said}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"weights");
}

#[test]
fn what_is_damaged_is_not_called_missing() {
    let (_dir, run) = one("epochs = 2\nseed = 1\n", 2, Some(20.0));
    fs::write(run.join("weights.jsonl"), "x\n").unwrap();
    let result = fs::read_to_string(run.join("result.json")).unwrap();
    fs::write(run.join("result.json"), result.replace("2000", "75")).unwrap();
    let page = page(&[&run]);
    for what in [
        "damaged lines of weights.jsonl, left out: 1",
        "found 20.0 % and 75 wrong of 10000",
        "its result.json is damaged",
    ] {
        assert!(page.contains(what), "{what}: {page}");
    }
}

#[test]
fn a_heading_can_be_given() {
    let (dir, run) = one("epochs = 2\nseed = 1\n", 2, None);
    let out = dir.path().join("page.html");
    success(report(&[&run], &out).args(["--title", "1 < 32"]));
    let page = fs::read_to_string(out).unwrap();
    assert!(
        page.contains("<title>1 &lt; 32 ") && page.contains("<h1>1 &lt; 32</h1>"),
        "{page}"
    );
}
