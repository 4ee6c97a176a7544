//! Every backend that is compiled in trains with the same losses as flex.

#![cfg(feature = "flex")]

use burn::optim::GradientsParams;
use burn::tensor::Device;
use data::{Dataset, GlyphsOptions, Loader, LoaderConfig};
use std::path::Path;
use std::sync::Arc;
use trainer::config::TrainConfig;
use trainer::device;
use trainer::learn::{Classifier, ImageBatch, Sgd};
use trainer::network;

const STEPS: usize = 5;

/// The losses of a few steps of a small network at a small rate.
fn losses(device: &Device) -> Vec<f64> {
    let device = device.clone().autodiff();
    let glyphs = GlyphsOptions::default().with_train(8 * STEPS).with_test(1);
    let images = Dataset::Glyphs
        .load(Path::new("unused"), &glyphs)
        .unwrap()
        .train;
    let config = TrainConfig::recipe(Dataset::Glyphs);
    let net = network::of(&config, images.shape(), images.classes())
        .init(1, &device)
        .unwrap();
    let mut classifier = Classifier::new(net);
    let mut optimizer = Sgd {
        momentum: 0.9,
        weight_decay: 5e-4,
    }
    .init();
    let shape = images.shape();
    let loader = LoaderConfig::default().with_batch_size(8).with_workers(0);
    let loader = Loader::new(Arc::new(images), loader).unwrap();
    loader
        .epoch(1)
        .map(|batch| {
            let batch = batch.unwrap();
            let scored = classifier.score(ImageBatch::new(&batch, shape, &device));
            let gradients = scored.loss.backward();
            let gradients = GradientsParams::from_grads(gradients, &classifier);
            classifier = optimizer.step(1e-3, classifier.clone(), gradients);
            scored.read().unwrap().0
        })
        .collect()
}

#[test]
fn losses_equal_those_of_flex() {
    let expected = losses(&Device::flex());
    assert!(
        expected.windows(2).all(|pair| pair[0] != pair[1]),
        "{expected:?}"
    );
    for backend in device::compiled()
        .into_iter()
        .filter(|&backend| backend != "flex")
    {
        // Any adapter will do, software ones included.
        let Some(found) = device::list(backend).into_iter().next() else {
            let test = format!("losses on {backend}");
            testkit::skipped(&test, "this machine has no such device");
            continue;
        };
        let losses = losses(&found.device);
        println!("flex {expected:?}\n{} {losses:?}", found.name);
        for (step, (a, b)) in losses.iter().zip(&expected).enumerate() {
            // Each step multiplies rounding errors: signs of weights near 0 may flip, and batch
            // norms over 8 images magnify. 1e-3 is far below the change of a step.
            assert!(
                (a - b).abs() < 1e-3 * (1 << step) as f64,
                "{} step {step}: {a}, {b}",
                found.name
            );
        }
    }
}
