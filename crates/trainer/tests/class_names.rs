//! Names for the classes of networks that have none, and errors per class.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::inputs::{idx, with_run};
use common::{failure, success, tiny, trainer};
use runtime::Model;
use serde_json::Value;

/// A packed network of ten classes without names, calibrated: file, run.
fn numbered(dir: &Path) -> (PathBuf, PathBuf) {
    let (run, file) = (dir.join("run"), dir.join("net.onebit"));
    success(&mut tiny(&run, 1));
    let mut export = with_run("export", &run);
    success(export.args(["--to", "onebit", "--out"]).arg(&file));
    assert!(Model::load(&file).unwrap().activation_scales().is_some());
    (file, run)
}

fn renamed(file: &Path, out: &Path) -> Command {
    let mut export = trainer();
    export
        .args(["export", "--to", "onebit", "--model"])
        .arg(file);
    export.arg("--out").arg(out);
    export
}

#[test]
fn names_come_from_a_file_or_a_dataset() {
    let dir = tempfile::tempdir().unwrap();
    let (file, _) = numbered(dir.path());
    let out = dir.path().join("named.onebit");
    let names = |path: &Path| Model::load(path).unwrap().class_names().to_vec();
    let clothes = [
        "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
        "boot",
    ];
    idx(dir.path(), "fashion-mnist", [20, 10], 1);
    let data = |command: &mut Command| success(command.arg("--data").arg(dir.path()));

    data(renamed(&file, &out).args(["--dataset", "fashion-mnist"]));
    assert_eq!(names(&out), clothes);
    fs::remove_file(&out).unwrap();
    // The images that it is calibrated on have names too.
    let said = data(renamed(&file, &out).args(["--calibrate", "fashion-mnist"]));
    assert_eq!(names(&out), clothes);
    assert!(said.contains("they take the names of the images"), "{said}");
    // Names that there are stay,
    let again = dir.path().join("again.onebit");
    success(renamed(&out, &again).args(["--calibration-images", "0"]));
    assert_eq!(names(&again), clothes);
    // unless others are given.
    let list = dir.path().join("list");
    for text in [
        "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n",
        r#"["a","b","c","d","e","f","g","h","i","j"]"#,
    ] {
        fs::write(&list, text).unwrap();
        success(renamed(&out, &again).arg("--classes").arg(&list));
        assert_eq!(names(&again).concat(), "abcdefghij");
    }
    for (text, words) in [
        (
            "a\nb\n",
            ["expected 10 names", "found 2, the last of them `b`"],
        ),
        ("", ["expected 10 names", "found 0"]),
        ("[1]", ["JSON list", "invalid type"]),
    ] {
        fs::write(&list, text).unwrap();
        let message = failure(renamed(&out, &again).arg("--classes").arg(&list), 2);
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
    }
    failure(renamed(&out, &again).args(["--classes", "nowhere"]), 1);
}

/// The score of each class of a run, in each arithmetic of its file, and in the file and the page of the run.
#[test]
fn errors_per_class_are_told_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let (file, run) = numbered(dir.path());
    let json = |command: &mut Command| -> Value {
        serde_json::from_str(&success(command.arg("--json"))).unwrap()
    };
    let read = fs::read_to_string(run.join("result.json")).unwrap();
    let kept: Value = serde_json::from_str(&read).unwrap();
    let of_run = json(&mut with_run("eval", &run));
    for key in [
        "wrong",
        "classes",
        "balanced_accuracy_percent",
        "macro_f1_percent",
    ] {
        assert_eq!(kept[key], of_run[key], "{key}");
    }
    let mut eval = trainer();
    eval.args(["eval", "--dataset", "glyphs", "--limit", "60", "--model"])
        .arg(&file);
    for activations in ["f32", "int8", "integer"] {
        let found = json(
            Command::new(eval.get_program())
                .args(eval.get_args())
                .args(["--activations", activations]),
        );
        let classes = found["classes"].as_array().unwrap();
        let sum = |key: &str| {
            classes
                .iter()
                .map(|class| class[key].as_u64().unwrap())
                .sum::<u64>()
        };
        assert_eq!((classes.len(), sum("images")), (10, 60));
        assert_eq!(sum("wrong"), found["wrong"].as_u64().unwrap());
        assert_eq!(sum("wrongly_predicted"), sum("wrong"));
        let recall = |class: &Value| {
            1.0 - class["wrong"].as_f64().unwrap() / class["images"].as_f64().unwrap()
        };
        let mean = classes.iter().map(recall).sum::<f64>() * 10.0;
        assert!((mean - found["balanced_accuracy_percent"].as_f64().unwrap()).abs() < 1e-9);
        if activations == "f32" {
            assert_eq!(
                found["classes"], of_run["classes"],
                "the engine computes what the run does"
            );
        }
    }
    let said = success(&mut with_run("eval", &run));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("class"), "{said}");
    assert_eq!(lines.len(), 1 + 10 + 2, "{said}");
    assert!(lines[11].starts_with("balanced accuracy: "), "{said}");
    assert!(lines[12].starts_with("test error: "), "{said}");
    let page = common::inputs::page(&run, dir.path(), &[]);
    assert!(page.contains(&format!("<p class=\"note\">{}</p>", lines[11])));
    assert!(page.contains("others taken for it"));
}
