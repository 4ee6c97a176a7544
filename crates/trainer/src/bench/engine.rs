//! A batch through the engine of deployed networks.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use run::TrainConfig;
use runtime::{Activations, Engine, Model, Options, RuntimeError, calibrate, reference};

use super::{Report, random_bytes, timed};
use crate::deploy::deploy;
use crate::{Error, device, network, room};

/// A deployed network to be timed.
pub struct Deployed {
    /// The network.
    pub model: Model,
    /// What its convolutions read.
    pub activations: Activations,
    /// Images of a batch.
    pub batch: usize,
    /// Threads of the engine.
    pub threads: usize,
    /// Batches that are timed.
    pub runs: usize,
}

/// Images that moments and steps of 8-bit activations are taken from.
const CALIBRATION: usize = 8;
/// The reference visits every weight once per pixel, so that it takes its time.
const DISTINCT: usize = 2;

/// The network of a config with random weights, and with the moments and steps of random images.
///
/// # Errors
///
/// As [`deploy`].
pub fn random_model(
    config: &TrainConfig,
    input: [usize; 3],
    classes: usize,
) -> Result<Model, Error> {
    let device = device::find(device::DEFAULT)?.autodiff();
    let net = network::of(config, input, classes).init(config.seed, &device)?;
    // Without gradients nothing is kept for a backward pass.
    let mut net = net.no_grad();
    for norm in net.batch_norms_mut() {
        // The running moments become those of the one batch.
        norm.momentum = 1.0;
    }
    let [channels, height, width] = input;
    let images = random_bytes(CALIBRATION * channels * height * width);
    let pixels: Vec<f32> = images.iter().map(|&pixel| f32::from(pixel)).collect();
    let shape = [CALIBRATION, channels, height, width];
    net.forward(Tensor::from_data(TensorData::new(pixels, shape), &device));
    let names: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let model = deploy(&net.valid(), config, &names)?;
    let scales = calibrate(&model, &images).map_err(failed)?;
    model.with_activation_scales(scales).map_err(failed)
}

/// Checks a batch, then times it.
///
/// # Errors
///
/// [`Error::Failed`] when logits are wrong, or the network does not have what the activations take.
pub fn time_engine(deployed: &Deployed) -> Result<Report, Error> {
    let Deployed {
        model,
        activations,
        batch,
        threads,
        runs,
    } = deployed;
    let options = Options::default()
        .with_threads(*threads)
        .with_activations(*activations);
    must_fit(deployed, options)?;
    let mut engine = Engine::new(model, options).map_err(failed)?;
    let distinct = DISTINCT.min(*batch);
    let few = random_bytes(distinct * model.image_len());
    let images: Vec<u8> = few
        .iter()
        .copied()
        .cycle()
        .take(batch * model.image_len())
        .collect();
    let mut logits = vec![0.0; batch * model.classes()];
    engine.logits_batch(&images, &mut logits).map_err(failed)?;
    let difference = check(model, *activations, &few, &logits)?;
    let seconds = timed(*runs, || {
        engine.logits_batch(&images, &mut logits).map_err(failed)
    })?;
    let known = |key: &str| model.provenance().get(key).cloned();
    let report = Report {
        bench: "infer",
        net: known("net"),
        weights: known("weights"),
        input: model.input(),
        classes: model.classes(),
        activations: Some(activations.name()),
        batch: *batch,
        threads: engine.threads(),
        runs: *runs,
        difference,
        median_seconds: 0.0,
        min_seconds: 0.0,
        images_per_second: 0.0,
        peak_mib: None,
    };
    Ok(report.with_times(seconds))
}

/// Refuses what would take more memory than there is: the engine, its batch, and the reference.
fn must_fit(deployed: &Deployed, options: Options) -> Result<(), Error> {
    let Deployed { model, batch, .. } = deployed;
    let engine = Engine::memory(model, options, *batch).map_err(failed)?;
    let images = (batch * model.image_len()) as u64;
    let reference = reference::memory(model.graph(), size_of::<f64>());
    let way_out = match *batch >= options.threads && options.threads > 1 {
        true => "compute on fewer threads with --threads, since each takes memory of its own",
        false => "this network takes images too large for this machine",
    };
    let needed = engine.saturating_add(images).saturating_add(reference);
    room::must_have(
        "a batch and the pass that it is checked with",
        needed,
        way_out,
    )
}

/// How far the logits of a batch that repeats `few` images are from the reference's, at most, of the
/// greatest logit.
fn check(
    model: &Model,
    activations: Activations,
    few: &[u8],
    logits: &[f32],
) -> Result<f64, Error> {
    let references: Result<Vec<Vec<f64>>, RuntimeError> = few
        .chunks(model.image_len())
        .map(|image| reference::logits(model, image))
        .collect();
    let references = references.map_err(failed)?;
    // Floats differ by rounding; 8 bits by what they leave out, which is no mistake of the engine.
    let tolerance = match activations {
        Activations::F32 => 1e-4,
        _ => 0.2,
    };
    let mut difference = 0.0f64;
    let expected = references.iter().cycle();
    for (image, (found, expected)) in logits.chunks(model.classes()).zip(expected).enumerate() {
        let size = expected
            .iter()
            .fold(1.0f64, |max, logit| max.max(logit.abs()));
        for (&found, &expected) in found.iter().zip(expected) {
            if !expected.is_finite() {
                return Err(Error::Failed(format!(
                    "the network's logits are no numbers: one of image {image} is {expected}; train or export it again"
                )));
            }
            let off = (f64::from(found) - expected).abs() / size;
            if activations == Activations::Int8 && off > tolerance {
                return Err(Error::Failed(format!(
                    "8-bit logits far from the float ones: one of image {image} is {found}, in floats {expected}; the steps of the activations do not fit these random images: find them anew with `onebit export --model FILE --to onebit --calibrate DATASET --out FILE`, or leave --activations int8 out"
                )));
            }
            if off.is_nan() || off > tolerance {
                return Err(Error::Failed(format!(
                    "the engine is wrong: a logit of image {image} is {found}, expected {expected}; please report this with the command line"
                )));
            }
            difference = difference.max(off);
        }
    }
    Ok(difference)
}

fn failed(error: RuntimeError) -> Error {
    error.into()
}
