//! Passes over a whole set with a finished network: its score, and its batch norms' moments.

use burn::module::Module;
use burn::tensor::Device;
use data::Loader;
use indicatif::{ProgressBar, ProgressStyle};
use model::WideResNet;
use serde::Serialize;

use super::{Classifier, ImageBatch};
use crate::Error;

/// How a network did on a set of images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Images with the wrong class.
    pub wrong: usize,
    /// All images.
    pub images: usize,
    /// Mean cross-entropy in nats.
    pub loss: f64,
}

impl Score {
    /// Share of images with the wrong class, in percent.
    pub fn error_percent(&self) -> f64 {
        100.0 * self.wrong as f64 / self.images as f64
    }
}

impl std::fmt::Display for Score {
    /// `3.75 % (375 of 10000)`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.2} % ({} of {})",
            self.error_percent(),
            self.wrong,
            self.images
        )
    }
}

/// Scores a network, with its stored moments, on all images of a loader.
///
/// # Errors
///
/// [`Error::Failed`] when the device cannot return a result.
pub fn evaluate(classifier: &Classifier, loader: &Loader, device: &Device) -> Result<Score, Error> {
    let classifier = classifier.valid();
    let bar = progress("scoring", loader);
    let (mut wrong, mut images, mut loss) = (0, 0, 0.0);
    for batch in loader.epoch(0) {
        let scored = classifier.score(ImageBatch::new(&batch, loader.images().shape(), device));
        let (batch_loss, batch_wrong) = scored.read().map_err(|e| device_failed(&e))?;
        images += scored.images;
        wrong += batch_wrong;
        loss += batch_loss * scored.images as f64;
        bar.inc(scored.images as u64);
    }
    bar.finish_and_clear();
    Ok(Score {
        wrong,
        images,
        loss: loss / images as f64,
    })
}

/// Replaces every batch norm's moments by the mean of the batch moments over one epoch of a
/// loader (section 4 of the paper); no weight changes. `device` is one with autodiff, on which
/// batch norms use the moments of the batch.
pub fn reestimate_moments(
    net: WideResNet,
    loader: &Loader,
    epoch: u64,
    device: &Device,
) -> WideResNet {
    let bar = progress("batch-norm moments", loader);
    // Without gradients nothing is kept for a backward pass.
    let mut net = net.train().fork(device).no_grad();
    for (done, batch) in loader.epoch(epoch).enumerate() {
        // A running average with the factor 1/n is the mean of the n values so far.
        net.batch_norms_mut()
            .for_each(|norm| norm.momentum = 1.0 / (done + 1) as f64);
        let batch = ImageBatch::new(&batch, loader.images().shape(), device);
        drop(net.forward(batch.images));
        bar.inc(batch.labels.dims()[0] as u64);
    }
    bar.finish_and_clear();
    net
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
