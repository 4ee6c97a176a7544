//! Trains a tiny network with one bit per weight, for a hundred steps, on digits that are drawn for it:
//!
//! ```text
//! cargo run --release -p onebit-model --example train_glyphs
//! ```

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};
use data::{Batch, Dataset, GlyphsOptions, Loader, LoaderConfig};
use model::{NetworkConfig, Weights};

const STEPS: usize = 100;
const RATE: f64 = 0.02;

fn main() -> Result<(), Box<dyn Error>> {
    let options = GlyphsOptions::default().with_train(2_000).with_test(1);
    let images = Dataset::Glyphs.load(Path::new("unused"), &options)?.train;
    let (shape, classes) = (images.shape(), images.classes());
    let loader = Loader::new(
        Arc::new(images),
        LoaderConfig::default().with_batch_size(50),
    )?;

    // 8 convolutions deep, 16, 32 and 64 channels wide. Other kinds of weights are one word away.
    let device = Device::default().autodiff();
    let mut net = NetworkConfig::new("wrn-8-1".parse()?, shape, classes)
        .with_weights(Weights::ONE_BIT)
        .init(1, &device)?;
    println!(
        "{} weights are trained, in {} convolutions",
        net.trainable_weights(),
        net.convs().count()
    );

    // Burn's own SGD. Its momentum has a dampening that the paper has not.
    let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
    let mut optimizer = SgdConfig::new().with_momentum(Some(momentum)).init();

    let batches = (0..).flat_map(|epoch| loader.epoch(epoch));
    let mut sum = 0.0;
    for (step, batch) in batches.take(STEPS).enumerate() {
        let (images, labels) = tensors(&batch?, shape, &device);
        let loss = CrossEntropyLossConfig::new()
            .init(&device)
            .forward(net.forward(images), labels);
        sum += loss.clone().into_scalar::<f32>();
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        net = optimizer.step(RATE, net, gradients);
        // BinaryConnect clips its weights after each step; other kinds stay as they are.
        net = net.clip_weights();
        if (step + 1) % 10 == 0 {
            println!(
                "steps {:>3} to {:>3}: loss {:.3}",
                step - 8,
                step + 1,
                sum / 10.0
            );
            sum = 0.0;
        }
    }
    Ok(())
}

/// A batch on a device. Pixels stay 0 to 255: the network's first batch norm does the rest.
fn tensors(
    batch: &Batch,
    [channels, height, width]: [usize; 3],
    device: &Device,
) -> (Tensor<4>, Tensor<1, Int>) {
    let pixels: Vec<f32> = batch.pixels.iter().map(|&pixel| f32::from(pixel)).collect();
    let labels: Vec<i32> = batch.labels.iter().map(|&label| i32::from(label)).collect();
    let shape = [batch.len(), channels, height, width];
    (
        Tensor::from_data(TensorData::new(pixels, shape), device),
        Tensor::from_data(TensorData::new(labels, [batch.len()]), device),
    )
}
