//! Kinds of weights and networks of files, from training to every form.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{failure, success, tiny, trainer};
use runtime::{Engine, Model, Options, Storage};

const NETWORK: &str = r#"
version = 1

[stem]
channels = 8
stride = 2

[[stages]]
channels = 8
blocks = 1

[[stages]]
channels = 12
blocks = 1
stride = 1
weights = "ternary"

[[stages]]
channels = 24
blocks = 1
weights = "8bit"
"#;

fn export(run: &Path, to: &str, out: &Path) -> Command {
    let mut command = trainer();
    command.args(["export", "--to", to, "--run"]).arg(run);
    command.arg("--out").arg(out);
    command
}

fn error_of(said: &str) -> String {
    let line = said
        .lines()
        .find(|line| line.contains("test error"))
        .unwrap();
    line.split("test error: ").nth(1).unwrap().to_owned()
}

/// Burn's predictions, which the run kept, are the engine's.
fn predictions_agree(run: &Path, file: &Path, test: &data::Images) {
    let model = Model::load(file).unwrap();
    let options = Options::default();
    let mut engine = Engine::new(&model, options).unwrap();
    let kept = run::read_predictions(run, model.classes())
        .unwrap()
        .unwrap();
    assert_eq!(kept.len(), test.len());
    for line in kept {
        let class = engine.classify(test.image(line.index as usize)).unwrap();
        assert_eq!(class, line.prediction as usize, "image {}", line.index);
    }
}

fn glyphs() -> data::Images {
    let options = data::GlyphsOptions::default().with_train(250).with_test(60);
    let splits = data::Dataset::Glyphs.load(Path::new("unused"), &options);
    splits.unwrap().test
}

#[test]
fn every_kind_of_weights_trains_and_is_deployed_with_the_same_predictions() {
    let test = glyphs();
    for kind in graph::Weights::ALL {
        let dir = tempfile::tempdir().unwrap();
        let (run, file) = (dir.path().join("run"), dir.path().join("net.onebit"));
        let trained = success(tiny(&run, 1).args(["--weights", kind.name()]));
        success(&mut export(&run, "onebit", &file));
        predictions_agree(&run, &file, &test);
        let mut eval = trainer();
        eval.args(["eval", "--dataset", "glyphs", "--limit", "60", "--model"]);
        let said = success(eval.arg(&file));
        assert_eq!(error_of(&said), error_of(&trained), "{kind}");
        for to in ["onnx", "safetensors"] {
            success(&mut export(&run, to, &dir.path().join(to)));
        }
        // The state dict makes the same network again.
        let back = dir.path().join("back.onebit");
        let mut import = trainer();
        import.args(["import", "--from", "safetensors"]);
        success(
            import
                .arg(dir.path().join("safetensors"))
                .arg("--out")
                .arg(&back),
        );
        predictions_agree(&run, &back, &test);
    }
}

#[test]
fn the_first_and_the_last_convolution_may_be_of_another_kind() {
    let dir = tempfile::tempdir().unwrap();
    let (run, file) = (dir.path().join("run"), dir.path().join("net.onebit"));
    success(tiny(&run, 1).args(["--first-last", "8bit"]));
    success(&mut export(&run, "onebit", &file));
    predictions_agree(&run, &file, &glyphs());
    let model = Model::load(&file).unwrap();
    let storage: Vec<Storage> = model
        .convs()
        .iter()
        .map(|conv| conv.weights.storage())
        .collect();
    assert_eq!((storage[0], storage[7]), (Storage::Int8, Storage::Int8));
    assert!(
        storage[1..7]
            .iter()
            .all(|&storage| storage == Storage::Signs)
    );
}

#[test]
fn a_network_of_a_file_goes_every_way_and_the_file_is_not_needed_again() {
    let dir = tempfile::tempdir().unwrap();
    let (run, net) = (dir.path().join("run"), dir.path().join("mine.toml"));
    fs::write(&net, NETWORK).unwrap();
    let said = success(
        trainer()
            .args(["summary", "--input", "1x28x28", "--net"])
            .arg(&net),
    );
    let kinds = "mine, mixed weights (1bit, ternary, 8bit), 1x28x28 in";
    assert!(said.starts_with(kinds), "{said}");
    let mut train = tiny(&run, 1);
    success(train.arg("--net").arg(&net));
    fs::remove_file(&net).unwrap();
    let config = fs::read_to_string(run.join("config.toml")).unwrap();
    assert!(
        config.contains("[net") && config.contains("\"ternary\""),
        "{config}"
    );
    let mut resume = trainer();
    resume.args(["train", "--epochs", "2", "--dashboard", "none", "--resume"]);
    success(resume.arg(&run));
    for to in ["onebit", "onnx", "safetensors", "c"] {
        success(&mut export(&run, to, &dir.path().join(format!("out.{to}"))));
    }
    predictions_agree(&run, &dir.path().join("out.onebit"), &glyphs());
}

#[test]
fn what_a_network_file_cannot_say_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("mine.toml");
    for (from, to, words) in [
        ("version = 1", "version = 2", "`version`"),
        (
            "channels = 8\nstride = 2",
            "channels = 8\ndepth = 2",
            "depth",
        ),
        (
            "channels = 8\nstride = 2",
            "channels = 8\nkernel = 4",
            "input conv",
        ),
        ("weights = \"ternary\"", "weights = \"2bit\"", "2bit"),
        ("channels = 24", "channels = 4", "number 3"),
        ("blocks = 1", "blocks = 0", "number 1"),
        ("blocks = 1", "blocks = 1000000000", "`stages`"),
    ] {
        let text = NETWORK.replacen(from, to, 1);
        assert_ne!(text, NETWORK);
        fs::write(&net, text).unwrap();
        let mut summary = trainer();
        let message = failure(summary.args(["summary", "--net"]).arg(&net), 2);
        assert!(message.contains(words), "{to}: {message}");
    }
}

#[test]
fn a_flag_stands_over_a_network_file_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (run, net) = (dir.path().join("run"), dir.path().join("mine.toml"));
    fs::write(&net, NETWORK).unwrap();
    let said = success(
        tiny(&run, 1)
            .arg("--net")
            .arg(&net)
            .args(["--weights", "1bit"]),
    );
    assert!(said.contains("do not count"), "{said}");
    let config = fs::read_to_string(run.join("config.toml")).unwrap();
    // Comments list every kind.
    let mut settings = config.lines().filter(|line| !line.starts_with('#'));
    assert!(!settings.any(|line| line.contains("ternary")), "{config}");
    let summary = |flags: &[&str]| {
        let mut summary = trainer();
        summary.args(["summary", "--net"]).arg(&net).args(flags);
        success(&mut summary)
    };
    let said = summary(&["--weights", "1bit"]);
    assert!(
        said.contains("do not count in its stages: weights 1bit"),
        "{said}"
    );
    assert!(said.contains("mine, 1bit weights"), "{said}");
    // The file has no kinds for both ends, so that nothing of it is replaced.
    let said = summary(&["--first-last", "32bit"]);
    assert!(!said.contains("do not count"), "{said}");
    assert!(
        said.starts_with("mine, mixed weights (32bit, 1bit,"),
        "{said}"
    );
    assert!(said.contains("in integers: not computed"), "{said}");
    let said = summary(&["--weights", "1bit", "--json"]);
    assert!(said.starts_with('{'), "{said}");
}

#[test]
fn bits_are_flipped_in_signs_alone_and_both_kinds_of_a_network_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let flip = |file: &Path| {
        let mut eval = trainer();
        eval.args(["eval", "--dataset", "glyphs", "--limit", "20"]);
        eval.args(["--flip-bits", "0.1", "--model"]).arg(file);
        eval
    };
    let (run, file) = (dir.path().join("8bit"), dir.path().join("8bit.onebit"));
    success(tiny(&run, 1).args(["--weights", "8bit", "--max-steps", "1"]));
    success(&mut export(&run, "onebit", &file));
    let message = failure(&mut flip(&file), 2);
    assert!(message.contains("expected sign bits"), "{message}");
    let (run, file) = (dir.path().join("ends"), dir.path().join("ends.onebit"));
    success(tiny(&run, 1).args(["--first-last", "32bit", "--max-steps", "1"]));
    success(&mut export(&run, "onebit", &file));
    let said = success(&mut flip(&file));
    assert!(said.contains("6 of 8 convolutions"), "{said}");
    let said = success(trainer().arg("inspect").arg(&file));
    for words in ["weights: 1bit", "first_last: 32bit", "bytes of weights: "] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let message = failure(&mut export(&run, "c", &dir.path().join("c")), 2);
    assert!(message.contains("--first-last 8bit"), "{message}");
}

/// A family of single convolutions and max pools: what has no fast code is computed all the same, and integers refuse it
/// by the node's name.
#[test]
fn a_family_without_fast_code_goes_every_way_that_has_its_nodes() {
    let dir = tempfile::tempdir().unwrap();
    let (run, file) = (dir.path().join("run"), dir.path().join("net.onebit"));
    success(tiny(&run, 1).args(["--net", "vgg-0.0625"]));
    success(&mut export(&run, "onebit", &file));
    predictions_agree(&run, &file, &glyphs());
    success(&mut export(&run, "onnx", &dir.path().join("net.onnx")));
    let message = failure(&mut export(&run, "c", &dir.path().join("c")), 1);
    assert!(message.contains("block 1 max pool"), "{message}");
    let message = failure(&mut export(&run, "safetensors", &dir.path().join("st")), 1);
    assert!(message.contains("PyTorch"), "{message}");
}
