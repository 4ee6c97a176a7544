//! Every kind of network runs in onnxruntime, with the logits of the plain forward pass.

#[path = "../../runtime/tests/common/mod.rs"]
mod common;
#[path = "common/kinds.rs"]
mod kinds;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Random, variants, wide};
use convert::{ConvertError, onnx};
use graph::Op;
use kinds::with_kinds;
use runtime::pixels::Fit;
use runtime::{Conv, Model, Preprocessing, Rejection, Scale, Structure, Weights, reference};
use serde_json::Value;
use testkit::onnxruntime;

/// Images of each network: more than onnxruntime is given at a time.
const IMAGES: usize = 50;

/// The kinds that the format knows, and rows of whole bytes, which need no cutting.
fn networks() -> Vec<(String, Model)> {
    let mut networks = variants();
    networks.push(("rows of whole bytes", wide(11, [8, 8, 8], 8, 1, 8)));
    networks.push(("one channel", wide(12, [1, 7, 9], 1, 1, 2)));
    let mut parts = wide(13, [3, 12, 9], 4, 1, 3);
    parts.structure = Structure::Plain;
    parts.padding = runtime::Padding::BottomRight;
    networks.push(("plain, bottom-right", parts));
    let model =
        |(name, parts): (&str, runtime::SequenceParts)| (name.into(), parts.model().unwrap());
    let mut networks: Vec<(String, Model)> = networks.into_iter().map(model).collect();
    for kind in graph::Weights::ALL {
        let (model, _) = with_kinds(wide(16, [3, 9, 12], 5, 1, 4), |_| *kind);
        networks.push((kind.to_string(), model));
    }
    networks.push(("other nodes".into(), other_nodes()));
    networks
}

/// A network of no family: two skip connections that read one map, a division amid the network, and
/// nodes whose names are those of the file's own.
fn other_nodes() -> Model {
    let (model, _) = with_kinds(wide(17, [3, 9, 12], 4, 1, 4), |_| {
        "ternary".parse().unwrap()
    });
    let mut parts = model.into_parts();
    let (mut nodes, input) = (parts.graph.nodes().to_vec(), parts.graph.input());
    let place = |nodes: &[graph::Node], name: &str| {
        let at = nodes.iter().position(|node| node.name == name);
        at.unwrap_or_else(|| panic!("{name}"))
    };
    let add = place(&nodes, "block 1 add");
    nodes[add].name = "images float".into();
    nodes.push(graph::Node {
        name: "logits".into(),
        op: Op::Scale { divisor: 2.5 },
        inputs: vec![graph::Value::Node(nodes.len() - 1)],
    });
    let relu = place(&nodes, "output relu");
    nodes[relu].op = Op::Activation { floor: 0.25 };
    parts.graph = graph::Graph::new(input, nodes).unwrap();
    Model::new(parts).unwrap()
}

#[test]
fn onnxruntime_computes_the_same_logits() {
    let test = "onnxruntime_computes_the_same_logits";
    let Some(python) = onnxruntime(test) else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run_onnx.py");
    for (weights, level) in [
        (onnx::Weights::Float, "all"),
        (onnx::Weights::Packed, "all"),
        (onnx::Weights::Packed, "none"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        // One process for all, since it takes a while to start.
        let mut command = Command::new(&python);
        command.arg(&script).arg(level);
        let mut cases = Vec::new();
        for (number, (name, model)) in networks().into_iter().enumerate() {
            let folder = dir.path().join(number.to_string());
            let mut random = Random(5);
            let images: Vec<Vec<u8>> = (0..IMAGES).map(|_| random.image(&model)).collect();
            fs::create_dir(&folder).unwrap();
            let file = onnx::export(&model, &onnx::Options::new(weights)).unwrap();
            fs::write(folder.join("net"), file).unwrap();
            fs::write(folder.join("images"), images.concat()).unwrap();
            command.arg(&folder);
            cases.push((name, model, images, folder));
        }
        let output = command.output().unwrap();
        let trouble = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{trouble}");
        for (name, model, images, folder) in cases {
            let logits = fs::read(folder.join("logits")).unwrap();
            let (logits, _) = logits.as_chunks::<4>();
            assert_eq!(logits.len(), IMAGES * model.classes(), "{name}");
            for (image, found) in images.iter().zip(logits.chunks(model.classes())) {
                let expected = reference::logits::<f64>(&model, image).unwrap();
                let largest = expected.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
                for (&found, expected) in found.iter().zip(&expected) {
                    let found = f32::from_le_bytes(found);
                    // Sums of floats in another order.
                    let close = (f64::from(found) - expected).abs() <= 1e-4 * largest.max(1.0);
                    assert!(
                        close,
                        "{name}, {weights:?}, {level}: {found}, expected {expected}"
                    );
                }
            }
            let about = fs::read(folder.join("about")).unwrap();
            check(&name, &model, &serde_json::from_slice(&about).unwrap());
        }
    }
}

/// Other types of pixels, fixed batches and other operators are the same network.
#[test]
fn every_option_computes_the_same_logits() {
    let test = "every_option_computes_the_same_logits";
    let Some(python) = onnxruntime(test) else {
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run_onnx.py");
    let dir = tempfile::tempdir().unwrap();
    let (model, _) = with_kinds(wide(19, [3, 9, 12], 5, 1, 4), |index| {
        ["8bit", "1bit", "ternary"][index % 3].parse().unwrap()
    });
    let mut random = Random(7);
    let images: Vec<Vec<u8>> = (0..IMAGES).map(|_| random.image(&model)).collect();
    let base = onnx::Options::new(onnx::Weights::Float);
    let packed = onnx::Options::new(onnx::Weights::Packed);
    let batch = std::num::NonZeroUsize::new(25);
    let mut cases = vec![
        ("float", base.with_input(onnx::Input::Float), 18),
        ("batch", base.with_batch(batch), 18),
        (
            "both",
            packed.with_input(onnx::Input::Float).with_batch(batch),
            18,
        ),
    ];
    cases.extend(onnx::OPSETS.map(|opset| ("opset", base.with_opset(Some(opset)), opset)));
    let of_packed = onnx::OPSETS.filter(|opset| *opset >= 18);
    cases.extend(of_packed.map(|opset| ("packed", packed.with_opset(Some(opset)), opset)));
    let mut command = Command::new(&python);
    command.arg(&script).arg("all");
    for (number, (_, options, _)) in cases.iter().enumerate() {
        let folder = dir.path().join(number.to_string());
        fs::create_dir(&folder).unwrap();
        let file = onnx::export(&model, options).unwrap();
        fs::write(folder.join("net"), file).unwrap();
        fs::write(folder.join("images"), images.concat()).unwrap();
        command.arg(folder);
    }
    let output = command.output().unwrap();
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{trouble}");
    for (number, (name, options, opset)) in cases.iter().enumerate() {
        let folder = dir.path().join(number.to_string());
        let about = fs::read(folder.join("about")).unwrap();
        let about: Value = serde_json::from_slice(&about).unwrap();
        assert_eq!(about["opset"], *opset, "{name}");
        let number = match options.input {
            onnx::Input::Float => "tensor(float)",
            _ => "tensor(uint8)",
        };
        assert_eq!(about["input"][1], number, "{name}");
        let each = options.batch.map_or("N".into(), |_| serde_json::json!(25));
        assert_eq!(about["input"][2][0], each, "{name}");
        let logits = fs::read(folder.join("logits")).unwrap();
        let (logits, _) = logits.as_chunks::<4>();
        for (image, found) in images.iter().zip(logits.chunks(model.classes())) {
            let expected = reference::logits::<f64>(&model, image).unwrap();
            let largest = expected.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
            for (&found, expected) in found.iter().zip(&expected) {
                let found = f64::from(f32::from_le_bytes(found));
                let close = (found - expected).abs() <= 1e-4 * largest.max(1.0);
                assert!(close, "{name}, opset {opset}: {found}, expected {expected}");
            }
        }
    }
}

#[test]
fn operators_that_a_file_cannot_have_are_refused() {
    let model = wide(14, [3, 9, 12], 4, 1, 3).model().unwrap();
    let refused = |weights, opset| {
        let options = onnx::Options::new(weights).with_opset(Some(opset));
        onnx::export(&model, &options).unwrap_err().to_string()
    };
    let words = |min: u32, found: u32| {
        format!("ONNX file: expected an opset from {min} to 23, found {found}")
    };
    assert_eq!(refused(onnx::Weights::Float, 12), words(13, 12));
    assert_eq!(refused(onnx::Weights::Float, 24), words(13, 24));
    assert_eq!(refused(onnx::Weights::Packed, 17), words(18, 17));
}

/// What the file says of itself.
fn check(name: &str, model: &Model, about: &Value) {
    let [channels, height, width] = model.input();
    let input = serde_json::json!(["images", "tensor(uint8)", ["N", channels, height, width]]);
    assert_eq!(about["input"], input, "{name}");
    let output = serde_json::json!([["logits", "tensor(float)", ["N", model.classes()]]]);
    assert_eq!(about["output"], output, "{name}");
    // No operators but the standard's.
    assert_eq!(about["domains"], serde_json::json!([""]), "{name}");
    assert_eq!(about["opset"], 18, "{name}");
    let json = |key: &str| -> Value {
        serde_json::from_str(about["metadata"][key].as_str().unwrap()).unwrap()
    };
    assert_eq!(json("class_names"), serde_json::json!(model.class_names()));
    assert_eq!(json("provenance"), serde_json::json!(model.provenance()));
}

#[test]
fn packed_files_are_small() {
    let model = wide(14, [3, 32, 32], 64, 1, 10).model().unwrap();
    let length = |weights| {
        onnx::export(&model, &onnx::Options::new(weights))
            .unwrap()
            .len()
    };
    let weights: usize = model.convs().iter().map(Conv::weight_count).sum();
    let (float, packed) = (length(onnx::Weights::Float), length(onnx::Weights::Packed));
    assert!(float > 4 * weights, "{float} bytes for {weights} weights");
    assert!(
        packed < weights / 8 + weights / 16,
        "{packed} bytes for {weights} weights"
    );
    // The same network gives the same bytes.
    let again = onnx::export(&model, &onnx::Options::new(onnx::Weights::Packed)).unwrap();
    assert_eq!(
        again,
        onnx::export(&model, &onnx::Options::new(onnx::Weights::Packed)).unwrap()
    );
    // Two bits, and one byte.
    let size = |kind: &str| {
        let kind = kind.parse().unwrap();
        let (model, _) = with_kinds(wide(14, [3, 32, 32], 64, 1, 10), |_| kind);
        onnx::export(&model, &onnx::Options::new(onnx::Weights::Packed))
            .unwrap()
            .len()
    };
    assert!(size("ternary") < weights / 4 + weights / 16);
    assert!(size("8bit") < weights + weights / 16);
}

#[test]
fn preprocessing_and_rejection_are_metadata() {
    let model = wide(14, [3, 9, 12], 4, 1, 3).model().unwrap();
    let has = |model: &Model, words: &str| {
        let file = onnx::export(model, &onnx::Options::new(onnx::Weights::Packed)).unwrap();
        let mut parts = file.windows(words.len());
        parts.any(|bytes| bytes == words.as_bytes())
    };
    let rejection = r#"{"threshold":0.75,"kept":0.9,"images":30}"#;
    assert!(!has(&model, "preprocessing") && !has(&model, "rejection"));
    let model = model
        .with_preprocessing(Preprocessing::Fit(Fit::Stretch))
        .and_then(|model| model.with_rejection(Some(Rejection::new(0.75, 0.9, 30))))
        .unwrap();
    for words in ["preprocessing", "stretch", "rejection", rejection] {
        assert!(has(&model, words), "{words}");
    }
}

/// Whoever looks into a file finds the network's own names.
#[test]
fn nodes_have_the_networks_names() {
    let kind = |index| {
        ["8bit", "1bit"][usize::from(index % 7 != 0)]
            .parse()
            .unwrap()
    };
    let (model, _) = with_kinds(wide(18, [3, 9, 12], 5, 1, 4), kind);
    let file = onnx::export(&model, &onnx::Options::new(onnx::Weights::Packed)).unwrap();
    let has = |name: &str| {
        file.windows(name.len())
            .any(|bytes| bytes == name.as_bytes())
    };
    for node in model.graph().nodes() {
        assert!(has(&node.name.replace(' ', ".")), "{}", node.name);
    }
    for name in [
        "block.1.conv.1.weight",
        "block.1.conv.1.signs",
        "input.conv.integers",
        "DequantizeLinear",
        "block.2.norm.1.scale",
    ] {
        assert!(has(name), "{name}");
    }
}

/// 2¹⁶ · 8194 weights take 64 MiB as bits, and more than 2 GiB as floats.
#[test]
fn a_file_that_no_reader_takes_is_refused() {
    let mut parts = wide(15, [1, 1, 1], 1, 1, 2);
    let huge = |in_channels: usize, out_channels: usize| Conv {
        in_channels,
        out_channels,
        kernel: 1,
        stride: 1,
        weights: Weights::Signs {
            scale: Scale::Layer(1.0),
            bits: vec![0; out_channels * in_channels.div_ceil(8)],
        },
    };
    parts.structure = Structure::Plain;
    parts.convs = vec![huge(1, 8200), huge(8200, 1 << 16), huge(1 << 16, 2)];
    parts.norms = vec![None; 4];
    let model = parts.model().unwrap();
    let error = onnx::export(&model, &onnx::Options::new(onnx::Weights::Float)).unwrap_err();
    assert!(matches!(error, ConvertError::TooLarge { .. }));
    assert!(error.to_string().contains("2147483647"), "{error}");
    assert!(
        onnx::export(&model, &onnx::Options::new(onnx::Weights::Packed))
            .unwrap()
            .len()
            < 70 << 20
    );
}
