//! Files that scipy and safetensors wrote, of several depths, widths, class counts and numberings:
//! the imported networks compute what numpy computed by the rules of the layout.

use std::path::{Path, PathBuf};

use convert::{ConvertError, Options, mcdonnell, torch_packed};
use graph::{Design, Net, Op};
use runtime::inspect::{Summary, net_name};
use runtime::{Model, Padding, PoolDivisor, reference};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn expected() -> Value {
    let text = std::fs::read_to_string(fixture("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn import(file: &str, options: &Options) -> Result<Model, ConvertError> {
    match file.ends_with(".mat") {
        true => mcdonnell::import(&fixture(file), options),
        false => torch_packed::import(&fixture(file), options),
    }
}

/// The image that the script made; see there.
fn image(model: &Model, k: u64) -> Vec<u8> {
    let pixel = |i: u64| ((i + 1000 * k) * 2_654_435_761 % (1 << 32)) >> 24;
    (0..model.image_len() as u64)
        .map(|i| pixel(i) as u8)
        .collect()
}

fn check(file: &str, expected: &Value) {
    let options =
        Options::default().with_net(expected["hint"].as_str().map(|name| name.parse().unwrap()));
    let model = import(file, &options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        net_name(&model).as_deref(),
        expected["name"].as_str(),
        "{file}"
    );
    let size = [&expected["size"][0], &expected["size"][1]].map(|n| n.as_u64().unwrap() as usize);
    assert_eq!(model.input()[1..], size, "{file}");
    let plus = Summary::new(&model, 0).plus;
    assert_eq!(
        plus as u64,
        expected["plus"].as_u64().unwrap(),
        "{file}: signs that are +1"
    );
    for (k, logits) in expected["logits"].as_array().unwrap().iter().enumerate() {
        let logits: Vec<f64> = logits
            .as_array()
            .unwrap()
            .iter()
            .map(|logit| logit.as_f64().unwrap())
            .collect();
        let found = reference::logits::<f64>(&model, &image(&model, k as u64)).unwrap();
        assert_eq!(found.len(), logits.len(), "{file}");
        let largest = logits
            .iter()
            .fold(0.0, |max: f64, logit| max.max(logit.abs()));
        for (found, expected) in found.iter().zip(&logits) {
            // The import rounds scales and folded norms to f32 once: 16 layers of 2⁻²⁴ each, and
            // what the skip paths add up.
            let off = (found - expected).abs();
            assert!(
                off <= 1e-5 * largest,
                "{file}, image {k}: {found}, expected {expected}"
            );
        }
        assert_eq!(
            reference::argmax(&found),
            reference::argmax(&logits),
            "{file}"
        );
    }
    // And it survives our own file.
    let back = Model::read(&model.write().unwrap()).unwrap();
    assert_eq!(back, model, "{file}");
}

#[test]
fn every_fixture() {
    let expected = expected();
    let files = expected.as_object().unwrap();
    for (file, expected) in files {
        check(file, expected);
    }
    assert_eq!(files.len(), 10);
}

fn padding(model: &Model) -> Padding {
    model.graph().convs().next().unwrap().1.padding
}

fn has(model: &Model, node: &str) -> bool {
    let mut nodes = model.graph().nodes().iter();
    nodes.any(|other| other.name == node)
}

#[test]
fn each_layout_has_its_rules() {
    let options = Options::default();
    let keras = import("keras-wrn-8-1-classes-100.mat", &options).unwrap();
    assert_eq!(
        (padding(&keras), has(&keras, "input relu")),
        (Padding::BottomRight, false)
    );
    assert_eq!(keras.classes(), 100);
    assert_eq!(keras.class_names()[99], "99");
    assert_eq!(keras.provenance()["net"], "wrn-8-1");
    assert_eq!(keras.provenance()["weights"], "1bit");
    assert_eq!(keras.provenance()["file"], "keras-wrn-8-1-classes-100.mat");
    let matlab = import("matlab-wrn-8-1.mat", &options).unwrap();
    assert_eq!(
        (padding(&matlab), has(&matlab, "input relu")),
        (Padding::Symmetric, true)
    );
    assert_eq!(matlab.provenance()["epochs"], "2");
    assert_eq!(matlab.provenance()["reported_test_error"], "11.75 %");
    let plain = import("matlab-plain-14-1.mat", &options).unwrap();
    assert!(!has(&plain, "block 1 add"));
    let torch = import("torch-wrn-8-1.safetensors", &options).unwrap();
    assert_eq!(padding(&torch), Padding::Symmetric);
    let divisors = torch
        .graph()
        .nodes()
        .iter()
        .filter_map(|node| match node.op {
            Op::AvgPool { divisor, .. } => Some(divisor),
            _ => None,
        });
    assert_eq!(divisors.collect::<Vec<_>>(), [PoolDivisor::Kernel; 2]);
    assert_eq!(torch.provenance()["weights"], "1bit and 32bit");
    assert!(torch.convs()[0].signs().is_none() && torch.convs()[1].signs().is_some());
}

#[test]
fn options_say_what_the_file_does_not() {
    let names = ["a", "b", "c", "d", "e", "f", "g"]
        .map(String::from)
        .to_vec();
    let options = Options::default()
        .with_input_size(Some([24, 20]))
        .with_class_names(Some(names.clone()));
    let model = import("keras-narrow.mat", &options).unwrap();
    assert_eq!(model.input(), [3, 24, 20]);
    assert_eq!(model.class_names(), names);

    // The layout of Keras cannot tell a plain network: its name does, and gives another scale.
    let residual = import("keras-plain-8-1.mat", &Options::default()).unwrap();
    assert!(has(&residual, "block 1 add"));
    let net = |name: &str| Options::default().with_net(Some(name.parse().unwrap()));
    let plain = import("keras-plain-8-1.mat", &net("plain-8-1")).unwrap();
    assert!(!has(&plain, "block 1 add"));
    // A network of a file is compared by its nodes.
    let mut design = Design::of_stages(&[16, 32, 64], 1);
    design.skip = false;
    for stages in [3, 2] {
        design.stages.truncate(stages);
        let options = Options::default().with_net(Some(Net::own(design.clone()).unwrap()));
        let own = import("keras-plain-8-1.mat", &options);
        assert_eq!(own.is_ok(), stages == 3);
        if let Ok(own) = own {
            assert_eq!(own, plain);
        }
    }

    for (file, hint, words) in [
        (
            "keras-plain-8-1.mat",
            "plain-20-4",
            "expected plain-20-4, the network that was named, found plain-8-1",
        ),
        (
            "matlab-wrn-8-1.mat",
            "wrn-8-2",
            "expected wrn-8-2, the network that was named, found wrn-8-1",
        ),
        (
            "keras-narrow.mat",
            "wrn-8-1",
            "found a network without a name",
        ),
        (
            "torch-wrn-8-1.safetensors",
            "plain-8-1",
            "residual networks `wrn-…` only",
        ),
    ] {
        let error = import(file, &net(hint)).unwrap_err().to_string();
        assert!(error.contains(words), "no `{words}` in: {error}");
    }
}

#[test]
fn memory_is_what_the_caller_allows() {
    let options = Options::default().with_memory(10_000);
    for file in [
        "keras-wrn-8-1-classes-100.mat",
        "matlab-wrn-8-1.mat",
        "torch-wrn-8-1.safetensors",
    ] {
        let error = import(file, &options).unwrap_err().to_string();
        assert!(
            error.contains(file) && error.contains("at most 10000 bytes"),
            "{error}"
        );
    }
}
