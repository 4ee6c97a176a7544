//! A run stands alone: its folder copied elsewhere, its data gone.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::inputs::{cats_and_dogs, copy, export, idx, page, train, with_run};
use common::{failure, success, tiny, trainer};
use runtime::{Model, Storage};

/// Every form with the flags that it takes.
const FORMS: [(&str, &[&str]); 13] = [
    ("onebit", &[]),
    ("onebit", &["--calibration-images", "0"]),
    ("onnx", &[]),
    ("onnx", &["--weights", "packed"]),
    (
        "onnx",
        &["--input", "float", "--batch", "2", "--opset", "13"],
    ),
    ("hub", &[]),
    ("safetensors", &[]),
    ("safetensors", &["--weights", "signs"]),
    ("safetensors", &["--weights", "latent"]),
    ("c", &[]),
    ("rust", &[]),
    ("web", &[]),
    ("npm", &[]),
];

/// A folder that is not there, as the place of the data.
fn nowhere(dir: &Path) -> PathBuf {
    dir.join("nowhere")
}

/// Every file in a folder and its folders.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let files = |path: PathBuf| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    };
    paths.flat_map(files).collect()
}

/// What leaves the machine names the data, and never where they lie.
fn must_not_hold(place: &Path, path: &Path) {
    let place = place.to_string_lossy();
    let paths = match path.is_dir() {
        true => files(path),
        false => vec![path.to_owned()],
    };
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&*place), "{}: {place}", path.display());
    }
}

/// Moves a run away, and deletes what it was trained on.
fn left_alone(dir: &Path, data: &Path, run: &Path) -> PathBuf {
    let alone = dir.join("elsewhere/run");
    copy(run, &alone);
    fs::remove_dir_all(run).unwrap();
    fs::remove_dir_all(data).unwrap();
    alone
}

#[test]
fn a_run_without_its_data_is_exported_reported_and_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = cats_and_dogs(dir.path());
    let with_data = page(&run, &data, &["--without-pictures"]);
    let alone = left_alone(dir.path(), &data, &run);

    for (number, (to, flags)) in FORMS.into_iter().enumerate() {
        let out = dir.path().join(format!("{number}.{to}"));
        success(export(&alone, to, &out).args(flags));
        must_not_hold(dir.path(), &out);
    }
    let packed = dir.path().join("0.onebit");
    let model = Model::load(&packed).unwrap();
    assert_eq!(model.class_names(), ["cat", "dog"]);
    let steps = "the steps that the run kept";
    assert!(model.activation_scales().is_some(), "{steps}");
    let without = Model::load(&dir.path().join("1.onebit")).unwrap();
    assert!(without.activation_scales().is_none());

    let said = success(trainer().arg("inspect").arg(&packed));
    assert!(said.contains("8 convolutions"), "{said}");
    let of_the_run = success(trainer().arg("inspect").arg(&alone));
    assert_eq!(said, of_the_run, "as of the file that it would be");

    let page = page(&alone, &nowhere(dir.path()), &["--without-pictures"]);
    assert!(page.contains("Confusion matrix"));
    assert!(page.contains("cat") && page.contains("dog"));
    assert!(!page.contains(&*dir.path().to_string_lossy()));
    assert!(page == with_data, "the page of the run beside its data");
    must_not_hold(&data, &alone.join("events"));
}

#[test]
fn runs_of_every_kind_of_weights_are_exported_without_their_data() {
    for (weights, first_last) in [("32bit", "32bit"), ("ternary", "8bit"), ("1bit", "8bit")] {
        let dir = tempfile::tempdir().unwrap();
        let (data, run) = (dir.path().join("data"), dir.path().join("run"));
        idx(&data, "mnist", [20, 10], 1);
        let mut train = train(&data, "mnist", &run);
        success(train.args(["--weights", weights, "--first-last", first_last]));
        let alone = left_alone(dir.path(), &data, &run);
        for (number, (to, flags)) in FORMS.into_iter().enumerate() {
            // Integers do not compute real weights, whether the data are there or not.
            if ["c", "rust", "web", "npm"].contains(&to) && weights == "32bit" {
                continue;
            }
            let out = dir.path().join(format!("{number}.{to}"));
            success(export(&alone, to, &out).args(flags));
        }
        let model = Model::load(&dir.path().join("0.onebit")).unwrap();
        let mut storages = model.convs().iter().map(|conv| conv.weights.storage());
        let real = storages.all(|storage| storage == Storage::Float);
        assert_eq!(real, weights == "32bit");
        assert_eq!(model.activation_scales().is_none(), real, "{weights}");
        success(trainer().arg("inspect").arg(&alone));
        page(&alone, &nowhere(dir.path()), &[]);
    }
}

/// Steps that the run did not keep are found on images, and only those need them.
#[test]
fn other_steps_than_those_of_the_run_need_images_and_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = (dir.path().join("data"), dir.path().join("run"));
    idx(&data, "mnist", [20, 10], 1);
    success(&mut train(&data, "mnist", &run));
    let out = dir.path().join("net.onebit");
    let flags = ["--calibration-images", "7"];
    success(
        export(&run, "onebit", &out)
            .args(flags)
            .arg("--data")
            .arg(&data),
    );
    // So are the steps of a residual map of 8 bits; that it has 16 again needs none.
    for (bits, flag, from) in [
        ("8", "--run", &run),
        ("auto", "--run", &run),
        ("16", "--model", &out),
    ] {
        let mut export = trainer();
        export.args(["export", "--to", "onebit", "--residual-bits", bits]);
        export.arg("--data").arg(&data).arg(flag).arg(from);
        let said = success(export.arg("--out").arg(&out));
        let model = Model::load(&out).unwrap();
        let eight = model.residual_scales().is_some();
        assert!(model.activation_scales().is_some());
        match bits {
            "16" => assert!(!eight),
            "8" => assert!(
                eight && said.contains("8 bits; with 8 in place of 16"),
                "{said}"
            ),
            _ => assert!(
                said.contains(if eight { "map: 8" } else { "map: 16" }),
                "{said}"
            ),
        }
    }
    let alone = left_alone(dir.path(), &data, &run);
    fs::remove_file(&out).unwrap();
    for more in [
        &flags[..],
        &["--calibrate", "mnist"],
        &["--residual-bits", "8"],
    ] {
        let mut export = export(&alone, "onebit", &out);
        let export = export.args(more).arg("--data").arg(nowhere(dir.path()));
        let message = failure(export, 1);
        assert!(message.contains("mnist"), "{message}");
        assert!(!out.exists());
    }
    // Other images will do when they are asked for.
    success(export(&alone, "onebit", &out).args(["--calibrate", "glyphs"]));
    let mut eval = with_run("eval", &alone);
    let message = failure(eval.arg("--data").arg(nowhere(dir.path())), 1);
    assert!(message.contains("mnist"), "{message}");
}

/// A run that was not finished has no network yet: that is said, and not that data are missing.
#[test]
fn an_unfinished_run_says_that_it_is_not_finished() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    success(&mut tiny(&run, 1));
    for file in [
        "model.bpk",
        "result.json",
        "calibration.json",
        "predictions.csv",
    ] {
        fs::remove_file(run.join(file)).unwrap();
    }
    let out = dir.path().join("net");
    for to in ["onebit", "onnx", "safetensors", "c"] {
        let message = failure(&mut export(&run, to, &out), 1);
        assert!(message.contains("not finished"), "{message}");
    }
    let message = failure(trainer().arg("inspect").arg(&run), 1);
    assert!(message.contains("not finished"), "{message}");
}
