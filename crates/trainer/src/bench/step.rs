//! A training step: forward, backward, SGD.

use burn::tensor::{Tensor, TensorData};
use burn::train::TrainStep;
use run::TrainConfig;

use super::parameters::{off, parameters};
use super::reference::{Reference, values};
use super::{Report, peak_mib, random_bytes, timed};
use crate::learn::{Classifier, ImageBatch, Sgd, StepRules};
use crate::train::{ALONE, alone_teaches_nothing};
use crate::{Error, device, network};

/// A step to be timed.
pub struct Step {
    /// The network, its weights and the settings of SGD.
    pub config: TrainConfig,
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Number of classes.
    pub classes: usize,
    /// Images of the batch.
    pub batch: usize,
    /// Threads, of which [`use_threads`](super::use_threads) was told.
    pub threads: usize,
    /// Steps that are timed.
    pub runs: usize,
}

/// The most distinct images of a batch: those that the answer is checked on.
const DISTINCT: usize = 8;

/// Checks a step, then times it.
///
/// # Errors
///
/// [`Error::Failed`] when the step's loss, a gradient or a weight after it is wrong.
pub fn time_step(step: &Step) -> Result<Report, Error> {
    let config = &step.config;
    let network = network::of(config, step.input, step.classes);
    if step.batch == 1 && alone_teaches_nothing(&network.graph()?) {
        return Err(Error::Usage(format!(
            "--batch: expected 2 images or more, found 1: {ALONE}"
        )));
    }
    let device = device::find(device::DEFAULT)?.autodiff();
    let net = network.init(config.seed, &device)?;

    // A batch that repeats a few images has their moments, their loss and their gradients, so the
    // very step that is timed can be checked at the cost of few.
    let distinct = distinct(step.batch);
    let pixels: usize = step.input.iter().product();
    let images = random_bytes(distinct * pixels);
    let batch = |count: usize| {
        let pixels = images.iter().cycle().take(count * pixels);
        let pixels: Vec<f32> = pixels.map(|&pixel| f32::from(pixel)).collect();
        let labels: Vec<i32> = (0..count)
            .map(|image| (image % distinct % step.classes) as i32)
            .collect();
        let [channels, height, width] = step.input;
        ImageBatch {
            images: Tensor::from_data(
                TensorData::new(pixels, [count, channels, height, width]),
                &device,
            ),
            labels: Tensor::from_data(TensorData::new(labels, [count]), &device),
            mixed: None,
        }
    };
    let reference = Reference::new(&net, &batch(distinct), &device)?;
    let batch = batch(step.batch);

    let sgd = Sgd {
        momentum: config.momentum,
        weight_decay: config.weight_decay,
    };
    let rules = StepRules {
        ..StepRules::default()
    };
    let mut optimizer = sgd.init();
    let mut classifier = Classifier::with_rules(net, rules);
    let rate = config.learning_rate;
    let output = TrainStep::step(&classifier, batch.clone());
    let loss = f64::from(values(&output.item.loss)?[0]);
    let mut difference = off(
        "the loss",
        (loss - reference.loss).abs(),
        reference.loss.abs(),
    )?;
    let mut expected = Vec::new();
    for parameter in parameters(&classifier, &reference)? {
        let found = parameter.gradient(&output.grads)?;
        difference = difference.max(parameter.gradient_off(&found)?);
        expected.push(parameter.after(&found, &sgd, rate, config.weights.clip()));
    }
    classifier = classifier.optimize(&mut optimizer, rate.into(), output.grads);
    for (parameter, expected) in parameters(&classifier, &reference)?.iter().zip(expected) {
        parameter.must_be(&expected)?;
    }

    let mut current = Some(classifier);
    let seconds = timed(step.runs, || {
        let classifier = current.take().expect("each step leaves a network");
        let output = TrainStep::step(&classifier, batch.clone());
        let next = classifier.optimize(&mut optimizer, rate.into(), output.grads);
        values(&output.item.loss)?;
        current = Some(next);
        Ok(())
    })?;
    let report = Report {
        bench: "train",
        net: Some(config.net.to_string()),
        weights: Some(config.weights.to_string()),
        input: step.input,
        classes: step.classes,
        activations: None,
        batch: step.batch,
        threads: step.threads,
        runs: step.runs,
        difference,
        median_seconds: 0.0,
        min_seconds: 0.0,
        images_per_second: 0.0,
        peak_mib: peak_mib(),
    };
    Ok(report.with_times(seconds))
}

/// The greatest divisor of the batch's size up to [`DISTINCT`]; all images where that is only 1.
fn distinct(batch: usize) -> usize {
    let divisor = (2..=DISTINCT).rev().find(|n| batch.is_multiple_of(*n));
    divisor.unwrap_or(batch)
}
