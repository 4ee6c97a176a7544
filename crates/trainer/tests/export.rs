//! A trained run, exported: the packed file gives the same predictions as Burn.

mod common;

use burn::tensor::{Device, Tensor, TensorData};
use common::{failure, success, tiny, trainer};
use runtime::{Model, reference};
use std::path::Path;
use trainer::config::TrainConfig;
use trainer::images;
use trainer::run::RunDir;

/// Logits of the test images in Burn.
fn burn_logits(run: &Path) -> (Vec<Vec<f32>>, data::Images) {
    let (run, config) = RunDir::open(run).unwrap();
    let config: TrainConfig = config;
    let test = images::load(&config, Path::new("unused")).unwrap().test;
    let device = Device::default();
    let net = config.network(test.shape(), test.classes());
    let net = run.load_model(net.init(1, &device).unwrap()).unwrap();
    let [channels, height, width] = test.shape();
    let logits = (0..test.len())
        .map(|index| {
            let pixels: Vec<f32> = test.image(index).iter().map(|&p| f32::from(p)).collect();
            let data = TensorData::new(pixels, [1, channels, height, width]);
            let logits = net.forward(Tensor::from_data(data, &device));
            logits.into_data().try_to_vec::<f32>().unwrap()
        })
        .collect();
    (logits, test)
}

#[test]
fn the_packed_file_predicts_as_burn_does() {
    for (net, weights, more) in [
        ("wrn-8-1", "1bit", None),
        ("wrn-8-1", "bwn", Some("input_norm=learned-relu")),
        ("plain-8-1", "bwn-layer", Some("learn_norms=true")),
        ("srelu-8-1", "binaryconnect", None),
        ("resnet-18-0.5", "1bit", None),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let mut command = tiny(&run, 1);
        command.args(["--net", net, "--weights", weights, "--limit-test", "12"]);
        command.args(["--max-steps", "6"]);
        command.args(more.map(|more| ["--set", more]).iter().flatten());
        success(&mut command);
        let file = dir.path().join("net.onebit");
        let export = |out: &Path| {
            let mut command = trainer();
            command
                .args(["export", "--to", "onebit", "--run"])
                .arg(&run);
            command.arg("--out").arg(out);
            command
        };
        let printed = success(&mut export(&file));
        assert!(printed.contains("one-bit weights in"), "{printed}");

        let model = Model::load(&file).unwrap();
        assert_eq!(model.provenance()["weights"], weights);
        let (expected, test) = burn_logits(&run);
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

#[test]
fn what_cannot_be_exported_is_misuse() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    success(tiny(&run, 1).args([
        "--weights",
        "32bit",
        "--max-steps",
        "1",
        "--limit-test",
        "2",
    ]));
    let out = dir.path().join("net.onebit");
    let mut command = trainer();
    command
        .args(["export", "--to", "onebit", "--run"])
        .arg(&run);
    let message = failure(command.arg("--out").arg(&out), 2);
    assert!(message.contains("--weights 1bit"), "{message}");
    assert!(!out.exists());
    std::fs::write(&out, "no packed file").unwrap();
    let message = failure(trainer().arg("inspect").arg(&out), 1);
    assert!(message.contains("net.onebit"), "{message}");
}
