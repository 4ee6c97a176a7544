//! A trained run, exported: the packed file gives the same predictions as Burn.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use burn::tensor::{Device, Tensor, TensorData};
use common::{failure, success, tiny, trainer};
use runtime::{Engine, Model, Options, Padding, reference};
use trainer::checkpoint::load_model;
use trainer::config::TrainConfig;
use trainer::run::RunDir;
use trainer::{images, network};

/// Images that Burn classifies at a time.
const BATCH: usize = 100;

/// Logits of the test images in Burn.
fn burn_logits(run: &Path, data: &Path) -> (Vec<Vec<f32>>, data::Images) {
    let (run, config) = RunDir::open(run).unwrap();
    let config: TrainConfig = config;
    let test = images::load(&config, data).unwrap().test;
    let device = Device::default();
    let net = network::of(&config, test.shape(), test.classes());
    let net = load_model(&run, net.init(1, &device).unwrap()).unwrap();
    let [channels, height, width] = test.shape();
    let indices: Vec<usize> = (0..test.len()).collect();
    let logits = indices.chunks(BATCH).flat_map(|indices| {
        let images = indices.iter().flat_map(|&index| test.image(index));
        let pixels: Vec<f32> = images.map(|&p| f32::from(p)).collect();
        let data = TensorData::new(pixels, [indices.len(), channels, height, width]);
        let logits = net.forward(Tensor::from_data(data, &device));
        let logits = logits.into_data().try_to_vec::<f32>().unwrap();
        let classes = logits.len() / indices.len();
        let rows: Vec<_> = logits.chunks(classes).map(<[f32]>::to_vec).collect();
        rows
    });
    (logits.collect(), test)
}

/// `export --to onebit` of a run.
fn export(run: &Path, out: &Path) -> Command {
    let mut command = trainer();
    command
        .args(["export", "--to", "onebit", "--run"])
        .arg(run)
        .arg("--out")
        .arg(out);
    command
}

/// Whole test sets, with both paddings: every prediction of the engine is Burn's.
#[test]
fn on_real_data_the_engine_predicts_as_burn_does() {
    let Some(data) = std::env::var_os("ONEBIT_DATA") else {
        testkit::skipped(
            "predictions on MNIST and CIFAR-10",
            "$ONEBIT_DATA is not set",
        );
        return;
    };
    for dataset in ["mnist", "cifar10"] {
        for padding in ["symmetric", "bottom-right"] {
            let dir = tempfile::tempdir().unwrap();
            let (run, file) = (dir.path().join("run"), dir.path().join("net.onebit"));
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
                .arg(&run);
            success(&mut command);
            success(export(&run, &file).arg("--data").arg(&data));
            let (expected, test) = burn_logits(&run, Path::new(&data));
            let model = Model::load(&file).unwrap();
            assert_eq!(
                model
                    .graph()
                    .convs()
                    .all(|(_, conv)| conv.padding == Padding::BottomRight),
                padding == "bottom-right"
            );
            let options = Options::default().with_threads(2);
            let mut engine = Engine::new(&model, options).unwrap();
            let pixels: Vec<u8> = (0..test.len())
                .flat_map(|i| test.image(i).to_vec())
                .collect();
            let mut found = vec![0.0; test.len() * model.classes()];
            engine.logits_batch(&pixels, &mut found).unwrap();
            assert_eq!(expected.len(), 10_000);
            for (index, (found, expected)) in
                found.chunks(model.classes()).zip(&expected).enumerate()
            {
                let mut order: Vec<usize> = (0..expected.len()).collect();
                order.sort_by(|&a, &b| expected[b].total_cmp(&expected[a]));
                let lead = expected[order[0]] - expected[order[1]];
                let best = (0..found.len()).max_by(|&a, &b| found[a].total_cmp(&found[b]));
                // Two classes that rounding can exchange are no prediction.
                let same = best == Some(order[0]) || lead < 1e-4 * (1.0 + expected[order[0]].abs());
                assert!(
                    same,
                    "{dataset} {padding} image {index}: {found:?}, in Burn {expected:?}"
                );
            }
        }
    }
}

#[test]
fn the_packed_file_predicts_as_burn_does() {
    for (net, weights, more) in [
        ("wrn-8-1", "1bit", None),
        ("wrn-8-1", "bwn", Some("input_norm=learned-relu")),
        ("plain-8-1", "bwn-layer", Some("learn_norms=true")),
        ("srelu-8-1", "binaryconnect", None),
        ("resnet-18-0.5", "1bit", None),
        ("wrn-8-1", "1bit", Some("padding=bottom-right")),
        ("plain-8-2", "bwn", Some("padding=bottom-right")),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let mut command = tiny(&run, 1);
        command.args(["--net", net, "--weights", weights, "--limit-test", "12"]);
        command.args(["--max-steps", "6"]);
        command.args(more.map(|more| ["--set", more]).iter().flatten());
        success(&mut command);
        let file = dir.path().join("net.onebit");
        let printed = success(&mut export(&run, &file));
        assert!(printed.contains("weights in"), "{printed}");

        let model = Model::load(&file).unwrap();
        assert_eq!(model.provenance()["weights"], weights);
        let (expected, test) = burn_logits(&run, Path::new("unused"));
        for (index, expected) in expected.iter().enumerate() {
            let found = reference::logits::<f64>(&model, test.image(index)).unwrap();
            for (found, &expected) in found.iter().zip(expected) {
                // Float rounding over a dozen layers of sums.
                let tolerance = 1e-3 * (1.0 + expected.abs());
                let close = (*found - f64::from(expected)).abs() < f64::from(tolerance);
                assert!(
                    close,
                    "{net} {weights} image {index}: {found}, in Burn {expected}"
                );
            }
        }
        let printed = success(trainer().arg("inspect").arg(&file));
        assert!(printed.contains(&format!("net: {net}")), "{printed}");
    }
}

/// The full-precision baseline leaves in the forms that hold 32-bit numbers (case 28), and C refuses it by name.
#[test]
fn the_baseline_leaves_in_every_form_that_holds_its_weights() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    success(tiny(&run, 1).args([
        "--weights",
        "32bit",
        "--max-steps",
        "1",
        "--limit-test",
        "12",
    ]));
    let out = dir.path().join("net.onebit");
    success(&mut export(&run, &out));
    let model = Model::load(&out).unwrap();
    let (expected, test) = burn_logits(&run, Path::new("unused"));
    for (index, expected) in expected.iter().enumerate() {
        let found = reference::logits::<f64>(&model, test.image(index)).unwrap();
        for (found, &expected) in found.iter().zip(expected) {
            let tolerance = 1e-3 * (1.0 + expected.abs());
            assert!((*found - f64::from(expected)).abs() < f64::from(tolerance));
        }
    }
    for (to, weights) in [
        ("onnx", "float"),
        ("safetensors", "latent"),
        ("safetensors", "signs"),
    ] {
        let mut command = trainer();
        command.args(["export", "--to", to, "--weights", weights, "--run"]);
        success(command.arg(&run).arg("--out").arg(dir.path().join(to)));
    }
    let mut command = trainer();
    command.args(["export", "--to", "c", "--run"]).arg(&run);
    let message = failure(command.arg("--out").arg(dir.path().join("c")), 2);
    assert!(
        message.contains("real") || message.contains("8-bit"),
        "{message}"
    );
}

/// A card, a config, the packed file and a state dict that comes back; nothing of somebody else's is replaced.
#[test]
fn a_folder_for_a_hub() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    success(tiny(&run, 1).args(["--max-steps", "2", "--limit-test", "12"]));
    let out = dir.path().join("hub");
    let to_hub = || {
        let mut command = trainer();
        command.args(["export", "--to", "hub", "--run"]).arg(&run);
        command.arg("--out").arg(&out);
        command
    };
    let printed = success(&mut to_hub());
    assert!(printed.contains("licence"), "{printed}");

    let read = |name: &str| fs::read(out.join(name)).unwrap();
    let config: serde_json::Value = serde_json::from_slice(&read("config.json")).unwrap();
    let model = Model::load(&out.join("model.onebit")).unwrap();
    assert!(model.activation_scales().is_some(), "what the run kept");
    let [channels, height, width] = model.input();
    assert_eq!(config["image_size"], serde_json::json!([height, width]));
    assert_eq!(config["num_channels"], channels);
    assert_eq!(config["num_labels"], model.classes());
    for (id, name) in model.class_names().iter().enumerate() {
        assert_eq!(config["id2label"][id.to_string()], **name);
    }
    let card = String::from_utf8(read("README.md")).unwrap();
    let head = card
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"));
    let (head, text) = head.expect("a head between rules");
    let result: serde_json::Value =
        serde_json::from_slice(&fs::read(run.join("result.json")).unwrap()).unwrap();
    let error = result["test_error_percent"].as_f64().unwrap();
    assert!(
        head.contains(&format!("value: {:.2}", 100.0 - error)),
        "{head}"
    );
    assert!(head.contains("datasets: [\"glyphs\"]"), "{head}");
    assert!(text.contains(&format!("{error:.2} %")), "{text}");

    let back = dir.path().join("back.onebit");
    let mut import = trainer();
    import.args(["import", "--from", "safetensors"]);
    success(
        import
            .arg(out.join("model.safetensors"))
            .arg("--out")
            .arg(&back),
    );
    let (back, image) = (Model::load(&back).unwrap(), vec![7; model.image_len()]);
    let logits = |model: &Model| reference::logits::<f64>(model, &image).unwrap();
    for (found, expected) in logits(&back).iter().zip(logits(&model)) {
        assert!(
            (found - expected).abs() < 1e-3,
            "{found}, expected {expected}"
        );
    }

    // Again: what is not an export's stays, and so does a card that somebody changed.
    fs::create_dir(out.join(".git")).unwrap();
    fs::write(out.join("mine.txt"), "mine").unwrap();
    success(&mut to_hub());
    assert!(!out.join("README.new.md").exists());
    fs::write(out.join("README.md"), "mine").unwrap();
    let printed = success(&mut to_hub());
    assert!(
        printed.contains("README.md was edited and stays as it is"),
        "{printed}"
    );
    assert_eq!(read("README.md"), b"mine");
    assert_eq!(read("README.new.md"), card.as_bytes());
    assert_eq!(read("mine.txt"), b"mine");
    assert!(out.join(".git").is_dir());

    // A folder of somebody else's is refused.
    fs::remove_file(out.join("config.json")).unwrap();
    let message = failure(&mut to_hub(), 2);
    assert!(
        message.contains("without the config.json of an export"),
        "{message}"
    );
}

/// In the head of a card, which programs read, and in its table.
#[test]
fn own_data_have_one_name_on_a_card() {
    let dir = tempfile::tempdir().unwrap();
    let [data, run, card] = ["hands", "run", "card"].map(|name| dir.path().join(name));
    for class in ["left", "right"] {
        fs::create_dir_all(data.join(class)).unwrap();
        for number in 0..8 {
            let shade = if class == "left" { 10 } else { 200 };
            let picture = image::RgbImage::from_pixel(16, 16, image::Rgb([shade, number, 7]));
            picture
                .save(data.join(class).join(format!("{number}.png")))
                .unwrap();
        }
    }
    let mut train = trainer();
    train.args([
        "train",
        "--net",
        "wrn-8-1",
        "--epochs",
        "1",
        "--dashboard",
        "none",
    ]);
    train.args(["--size", "16", "--dataset"]).arg(&data);
    success(train.arg("--out").arg(&run));
    let mut export = trainer();
    export.args(["export", "--to", "hub", "--run"]).arg(&run);
    success(export.arg("--out").arg(&card));
    let card = fs::read_to_string(card.join("README.md")).unwrap();
    let head = "dataset: {name: \"hands\", type: \"hands\", split: test}";
    assert!(card.contains(head), "{card}");
    assert!(card.contains("| dataset | hands |"), "{card}");
}

#[test]
fn flags_of_onnx_are_refused_for_other_forms() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |flags: &[&str], to: &str| {
        let mut command = trainer();
        command.args(["export", "--model", "net.onebit", "--to", to]);
        command.arg("--out").arg(dir.path().join("out"));
        failure(command.args(flags), 2)
    };
    for (flag, value) in [("--input", "float"), ("--batch", "1"), ("--opset", "13")] {
        let message = refused(&[flag, value], "c");
        let expected = format!("{flag}: expected --to onnx, found --to c");
        assert!(message.contains(&expected), "{message}");
    }
    assert!(refused(&["--opset", "12"], "onnx").contains("13"));
    // Flags that contradict each other are known once the network is there.
    let mut command = trainer();
    command.args(["export", "--model", "cifar10-20-1", "--to", "onnx", "--out"]);
    command.arg(dir.path().join("net.onnx"));
    let message = failure(command.args(["--weights", "packed", "--opset", "13"]), 2);
    assert!(
        message.contains("18 to 23") && message.contains("--opset"),
        "{message}"
    );
    assert!(refused(&["--batch", "0"], "onnx").contains("--batch"));
}

/// What a program that was ended left in the folder of a hub is gone with the next export, and a new folder is there as a
/// whole or not at all.
#[test]
fn a_folder_for_a_hub_has_no_leftovers() {
    let dir = tempfile::tempdir().unwrap();
    let hub = dir.path().join("hub");
    let export = || {
        let mut export = trainer();
        export.args(["export", "--model", "cifar10-20-1", "--to", "hub", "--out"]);
        export.arg(&hub);
        export
    };
    success(&mut export());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    fs::write(hub.join(".README.md.Ab3dEf.aside"), "half").unwrap();
    fs::write(hub.join(".gitattributes"), "theirs").unwrap();
    success(&mut export());
    assert!(!hub.join(".README.md.Ab3dEf.aside").exists());
    assert_eq!(fs::read(hub.join(".gitattributes")).unwrap(), b"theirs");
}

/// A packed file keeps the threshold that it has: no images are there to find another one on.
#[test]
fn a_share_to_keep_needs_a_run() {
    let dir = tempfile::tempdir().unwrap();
    for word in ["0.9", "off"] {
        let mut export = trainer();
        export.args(["export", "--model", "cifar10-20-1", "--to", "onebit"]);
        export
            .args(["--keep", word, "--out"])
            .arg(dir.path().join("x"));
        let message = failure(&mut export, 2);
        let expected = format!("--keep {word}: expected --run DIR");
        assert!(message.contains(&expected), "{message}");
        assert!(!dir.path().join("x").exists());
    }
}

/// What needs no import says so once, and how it is used.
#[test]
fn a_packed_file_is_not_imported() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net.onebit");
    let mut export = trainer();
    export.args([
        "export",
        "--model",
        "cifar10-20-1",
        "--to",
        "onebit",
        "--out",
    ]);
    success(export.arg(&net));
    for from in ["safetensors", "mcdonnell"] {
        let mut import = trainer();
        import.args(["import", "--from", from]).arg(&net);
        let message = failure(import.arg("--out").arg(dir.path().join("x")), 1);
        assert!(message.contains("net.onebit"), "{message}");
        if from == "safetensors" {
            assert_eq!(message.matches("needs no import").count(), 1, "{message}");
            assert!(message.contains("name it with --model"), "{message}");
        }
        assert!(!dir.path().join("x").exists());
    }
}

#[test]
fn what_is_no_packed_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("net.onebit");
    fs::write(&out, "no packed file").unwrap();
    let message = failure(trainer().arg("inspect").arg(&out), 1);
    assert!(message.contains("net.onebit"), "{message}");
}

/// A folder that is not there is made, for a file and for a folder.
#[test]
fn the_folder_of_what_is_written_is_made() {
    let dir = tempfile::tempdir().unwrap();
    for (to, out, file) in [
        ("onnx", "a/b/net.onnx", "a/b/net.onnx"),
        ("c", "c/d/net", "c/d/net/src/onebit.c"),
        ("hub", "e/f/card", "e/f/card/config.json"),
    ] {
        let mut command = trainer();
        command.args([
            "export",
            "--model",
            "cifar10-20-1",
            "--to",
            to,
            "--out",
            out,
        ]);
        success(command.current_dir(dir.path()));
        assert!(dir.path().join(file).is_file(), "{to}");
    }
}
