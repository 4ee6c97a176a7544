//! A trained run in the forms of other programs.

mod common;

use std::path::Path;
use std::process::Command;

use common::{failure, success, tiny, trainer};
use runtime::{Engine, Model, Options};
use testkit::{onnxruntime, skipped};

/// A run of a few steps.
fn run(folder: &Path, net: &str, weights: &str, more: &[&str]) {
    let mut command = tiny(folder, 1);
    command.args(["--net", net, "--weights", weights, "--max-steps", "6"]);
    success(command.args(["--limit-test", "12"]).args(more));
}

fn export(from: &str, what: &Path, to: &str, out: &Path) -> Command {
    let mut command = trainer();
    command
        .args(["export", from])
        .arg(what)
        .args(["--to", to, "--calibration-images", "0", "--out"])
        .arg(out);
    command
}

#[test]
fn a_state_dict_is_the_network_of_the_run() {
    for (net, weights, more) in [
        ("wrn-8-1", "1bit", "input_norm=learned-relu"),
        ("wrn-8-2", "bwn", "learn_norms=true"),
        ("plain-8-1", "bwn-layer", "padding=bottom-right"),
        ("srelu-8-1", "binaryconnect", "temperature=20.0"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        run(&path("run"), net, weights, &["--set", more]);
        success(&mut export(
            "--run",
            &path("run"),
            "onebit",
            &path("net.onebit"),
        ));
        let expected = Model::load(&path("net.onebit")).unwrap();
        for kind in ["latent", "signs"] {
            let (dict, back) = (path("dict"), path("back.onebit"));
            let mut command = export("--run", &path("run"), "safetensors", &dict);
            success(command.args(["--weights", kind]));
            let mut command = trainer();
            command.args(["import", "--from", "safetensors"]).arg(&dict);
            success(command.arg("--out").arg(&back));
            assert_eq!(
                Model::load(&back).unwrap(),
                expected,
                "{net} {weights} {kind}"
            );
        }
        // Of the packed file too, which has no moments any more.
        let mut command = export("--model", &path("net.onebit"), "safetensors", &path("dict"));
        success(&mut command);
        let options = convert::Options::default();
        let back = convert::torch_float::import(&path("dict"), &options).unwrap();
        assert_eq!(back.model, expected, "{net} {weights}");
    }
}

/// All 10,000 test images, with both paddings, from floats and from bits.
#[test]
fn onnxruntime_predicts_as_the_engine_does() {
    let test = "onnxruntime_predicts_as_the_engine_does";
    let Some(data) = std::env::var_os("ONEBIT_DATA") else {
        skipped(test, "$ONEBIT_DATA is not set");
        return;
    };
    let Some(python) = onnxruntime(test) else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../convert/tests/run_onnx.py");
    for (dataset, padding, weights) in [
        ("mnist", "symmetric", "float"),
        ("cifar10", "bottom-right", "packed"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let mut command = trainer();
        command
            .args(["train", "--dataset", dataset, "--net", "wrn-8-1", "--data"])
            .arg(&data)
            .args([
                "--dashboard",
                "none",
                "--limit-train",
                "2000",
                "--epochs",
                "1",
            ])
            .args(["--set", &format!("padding={padding}"), "--out"])
            .arg(path("run"));
        success(&mut command);
        for (to, out) in [("onebit", "onebit"), ("onnx", "net")] {
            let mut command = export("--run", &path("run"), to, &path(out));
            if to == "onnx" {
                command.args(["--weights", weights]);
            }
            success(command.arg("--data").arg(&data));
        }
        let recipe = trainer::config::TrainConfig::recipe(dataset.parse::<data::Source>().unwrap());
        let test = trainer::images::load(&recipe, Path::new(&data))
            .unwrap()
            .test;
        let pixels: Vec<u8> = (0..test.len())
            .flat_map(|i| test.image(i).to_vec())
            .collect();
        std::fs::write(path("images"), &pixels).unwrap();
        let output = Command::new(&python)
            .arg(&script)
            .arg("all")
            .arg(dir.path())
            .output()
            .unwrap();
        let trouble = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{trouble}");

        let model = Model::load(&path("onebit")).unwrap();
        let options = Options::default().with_threads(2);
        let mut expected = vec![0.0; test.len() * model.classes()];
        let mut engine = Engine::new(&model, options).unwrap();
        engine.logits_batch(&pixels, &mut expected).unwrap();
        let found = std::fs::read(path("logits")).unwrap();
        let (found, _) = found.as_chunks::<4>();
        assert_eq!((test.len(), found.len()), (10_000, expected.len()));
        let rows = expected.chunks(model.classes());
        for (image, (found, expected)) in found.chunks(model.classes()).zip(rows).enumerate() {
            let found: Vec<f32> = found
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect();
            let best = runtime::reference::argmax(expected);
            let class = runtime::reference::argmax(&found);
            // Two classes that rounding can exchange are no prediction.
            let tie = expected[best] - expected[class] < 1e-4 * (1.0 + expected[best].abs());
            assert!(
                class == best || tie,
                "{dataset}, image {image}: {found:?}, {expected:?}"
            );
        }
    }
}

#[test]
fn misuse_says_what_fits() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    run(&path("run"), "wrn-8-1", "1bit", &[]);
    success(&mut export("--run", &path("run"), "onebit", &path("net")));
    for (to, more, words) in [
        (
            "onnx",
            ["--weights", "latent"],
            "float or packed for --to onnx",
        ),
        (
            "safetensors",
            ["--weights", "packed"],
            "signs or latent for --to safetensors",
        ),
        (
            "onebit",
            ["--weights", "float"],
            "found float for --to onebit",
        ),
        ("safetensors", ["--weights", "latent"], "expected --run DIR"),
        ("onnx", ["--calibrate", "glyphs"], "expected --to onebit"),
        ("onnx", ["--residual-bits", "8"], "expected --to onebit"),
        ("onebit", ["--residual-bits", "8"], "add --calibrate"),
        ("c", ["--residual-bits", "auto"], "add --calibrate"),
    ] {
        let mut command = export("--model", &path("net"), to, &path("out"));
        let message = failure(command.args(more), 2);
        assert!(message.contains(words), "{message}");
        assert!(!path("out").exists());
    }
    // A file of another kind where a state dict should be.
    let mut command = trainer();
    command
        .args(["import", "--from", "safetensors"])
        .arg(path("net"));
    let message = failure(command.arg("--out").arg(path("out")), 1);
    assert!(message.contains("onebit-float"), "{message}");
}
