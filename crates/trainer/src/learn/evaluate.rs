//! Passes over a whole set with a finished network: its score, and its batch norms' moments.

use burn::module::Module;
use burn::tensor::Device;
use data::{Batch, Loader};
use indicatif::{ProgressBar, ProgressStyle};
use model::Network;

use super::{ImageBatch, Score};
use crate::Error;

/// Scores a network, with its stored moments, on all images of a loader.
///
/// # Errors
///
/// [`Error::Failed`] when the device cannot return a result.
pub fn evaluate(net: &Network, loader: &Loader, device: &Device) -> Result<Score, Error> {
    let mut score = Score::new(loader.images().classes());
    predict(net, loader, device, |batch, logits| {
        score.add(logits, &batch.labels);
    })?;
    Ok(score)
}

/// Shows `see` every batch of a loader with what the network, with its stored moments, makes of it:
/// the logits of each view of each image, `[images · views, classes]`.
///
/// # Errors
///
/// As [`evaluate`].
pub fn predict(
    net: &Network,
    loader: &Loader,
    device: &Device,
    mut see: impl FnMut(&Batch, &[f32]),
) -> Result<(), Error> {
    let net = net.valid();
    let bar = progress("scoring", loader);
    for batch in loader.epoch(0) {
        let batch = batch?;
        let images = ImageBatch::new(&batch, loader.images().shape(), device).images;
        let logits = net.forward(images).try_into_data();
        let logits = logits.map_err(|e| device_failed(&e))?;
        let logits = logits.try_to_vec::<f32>();
        let logits = logits.map_err(|e| device_failed(&e))?;
        see(&batch, &logits);
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Replaces every batch norm's moments by the mean of the batch moments over one epoch of a
/// loader (section 4 of the paper); no weight changes. `device` is one with autodiff, on which
/// batch norms use the moments of the batch.
pub fn reestimate_moments(
    net: Network,
    loader: &Loader,
    epoch: u64,
    batches: usize,
    device: &Device,
) -> Result<Network, Error> {
    let bar = progress("batch-norm moments", loader);
    let net = moments(net, loader, epoch, batches, device, &bar)?;
    bar.finish_and_clear();
    // Burn holds the last update of a running value back until it is asked to synchronise.
    Ok(net.valid())
}

/// Batches that the moments of an average are estimated on while a run goes on.
const AVERAGE_BATCHES: usize = 16;

/// The same of an average amid a run, on a few batches: it stays on the device, in training and without
/// gradients.
///
/// # Errors
///
/// As [`reestimate_moments`].
pub fn settle_average(
    average: Network,
    loader: &Loader,
    epoch: u64,
    device: &Device,
) -> Result<Network, Error> {
    let bar = ProgressBar::hidden();
    let net = moments(average, loader, epoch, AVERAGE_BATCHES, device, &bar)?;
    // As above.
    drop(net.valid());
    Ok(net)
}

/// The network in training, with the mean of the moments of some batches.
fn moments(
    net: Network,
    loader: &Loader,
    epoch: u64,
    batches: usize,
    device: &Device,
    bar: &ProgressBar,
) -> Result<Network, Error> {
    // Without gradients nothing is kept for a backward pass.
    let mut net = net.train().fork(device).no_grad();
    for (done, batch) in loader.epoch(epoch).take(batches).enumerate() {
        let batch = batch?;
        // A running average with the factor 1/n is the mean of the n values so far.
        net.batch_norms_mut()
            .for_each(|norm| norm.momentum = 1.0 / (done + 1) as f64);
        let batch = ImageBatch::new(&batch, loader.images().shape(), device);
        drop(net.forward(batch.images));
        bar.inc(batch.labels.dims()[0] as u64);
    }
    Ok(net)
}

fn device_failed(error: &dyn std::error::Error) -> Error {
    Error::Failed(format!(
        "the device could not return a result: {error}; try another --device"
    ))
}

/// A progress bar over a loader's images; it shows on a terminal only.
fn progress(what: &'static str, loader: &Loader) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} images, {eta} left")
        .expect("the template is valid");
    ProgressBar::new(loader.items_per_epoch() as u64)
        .with_style(style)
        .with_message(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tensor;
    use data::{Augment, Dataset, GlyphsOptions, LoaderConfig};
    use model::{InputNorm, NetworkConfig};
    use std::path::Path;
    use std::sync::Arc;

    /// The input norm sees the pixels themselves, so its moments can be computed from the batches;
    /// the mean of batch moments, and not those of all images together.
    #[test]
    fn moments_are_the_mean_of_the_batches_moments() {
        let glyphs = GlyphsOptions::default().with_train(90).with_test(1);
        let images = Dataset::Glyphs
            .load(Path::new("unused"), &glyphs)
            .unwrap()
            .train;
        let loader = LoaderConfig::default()
            .with_batch_size(30)
            .with_augment(Augment::CROP_FLIP.spec());
        let loader = Loader::new(Arc::new(images), loader).unwrap();
        let (mut mean, mut variance) = (0.0, 0.0);
        for batch in loader.epoch(7) {
            let batch = batch.unwrap();
            let n = batch.pixels.len() as f64;
            let batch_mean = batch.pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / n;
            let squares = batch
                .pixels
                .iter()
                .map(|&p| (f64::from(p) - batch_mean).powi(2));
            mean += batch_mean / 3.0;
            variance += squares.sum::<f64>() / n / 3.0;
        }

        let device = Device::default().autodiff();
        let config = NetworkConfig::new("wrn-8-1".parse().unwrap(), [1, 28, 28], 10)
            .with_input_norm(InputNorm::LearnedRelu);
        let net = config.init(1, &device).unwrap();
        let weights = |net: &Network| {
            net.convs()
                .map(|conv| conv.weight.val().into_data())
                .collect::<Vec<_>>()
        };
        let before = weights(&net);
        let mut net = reestimate_moments(net.valid(), &loader, 7, usize::MAX, &device).unwrap();
        for (old, new) in before.iter().zip(weights(&net)) {
            new.assert_eq(old, true);
        }
        let scalar = |tensor: Tensor<1>| f64::from(tensor.into_scalar::<f32>());
        let norm = net.batch_norms_mut().next().unwrap();
        let (found_mean, found_variance) = (
            scalar(norm.running_mean.value()),
            scalar(norm.running_var.value()),
        );
        assert!(
            (found_mean / mean - 1.0).abs() < 1e-5,
            "{found_mean}, expected {mean}"
        );
        assert!(
            (found_variance / variance - 1.0).abs() < 1e-5,
            "{found_variance}, {variance}"
        );
    }
}
