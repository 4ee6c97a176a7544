//! A trained network as a deployed one: weights as they are stored, folded batch norms.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::nn::BatchNorm;
use convert::torch_float::{Moments, Trained};
use data::Images;
use model::{Conv, EPSILON, Network};
use pixels::Fit;
use run::TrainConfig;
use runtime::{Affine, Model, Parts, Weights, calibrate};

use crate::Error;
use crate::images::evaluation_loader;

/// The deployed form of a network that was trained with this config, for these classes.
///
/// # Errors
///
/// [`Error::Failed`] when the device cannot return the weights, or they are not finite.
pub fn deploy(net: &Network, config: &TrainConfig, class_names: &[String]) -> Result<Model, Error> {
    let norms: Result<Vec<_>, Error> = net.batch_norms().map(affine).collect();
    let convs: Result<Vec<_>, Error> = net.convs().map(conv).collect();
    let mut parts = Parts::new(net.graph().clone(), norms?, convs?);
    parts.class_names = class_names.to_vec();
    parts.provenance = provenance(config);
    Ok(Model::new(parts)?)
}

/// What becomes of a picture before a run's network sees it, as a packed file says it.
pub fn preprocessing(of: run::Preprocessing) -> runtime::Preprocessing {
    match of {
        run::Preprocessing::None => runtime::Preprocessing::None,
        run::Preprocessing::CentreCrop => runtime::Preprocessing::CentreCrop,
        run::Preprocessing::Crop => runtime::Preprocessing::Fit(Fit::Crop),
        run::Preprocessing::Pad => runtime::Preprocessing::Fit(Fit::Pad),
        run::Preprocessing::Stretch => runtime::Preprocessing::Fit(Fit::Stretch),
    }
}

/// The steps of 8-bit activations, from images as they are.
///
/// # Errors
///
/// When an image cannot be read, or the images are none or not of the network's size.
pub fn activation_scales(
    model: &Model,
    images: &Arc<Images>,
    seed: u64,
) -> Result<Vec<f32>, Error> {
    Ok(calibrate(model, &pixels(images, seed)?)?)
}

/// Images as a network reads them, one after the other.
///
/// # Errors
///
/// When an image cannot be read.
pub fn pixels(images: &Arc<Images>, seed: u64) -> Result<Vec<u8>, Error> {
    let loader = evaluation_loader(images, 1, seed, 1)?;
    let mut pixels = Vec::new();
    for batch in loader.epoch(0) {
        pixels.extend(batch?.pixels);
    }
    Ok(pixels)
}

/// Where the network comes from.
fn provenance(config: &TrainConfig) -> BTreeMap<String, String> {
    let words = [
        ("net", config.net.to_string()),
        ("weights", config.weights.to_string()),
        ("dataset", config.dataset.name()),
        ("epochs", config.epochs.to_string()),
        ("seed", config.seed.to_string()),
        ("source", format!("onebit {}", crate::VERSION)),
    ];
    let mut words: BTreeMap<_, _> = words.map(|(key, value)| (key.to_owned(), value)).into();
    if let Some(ends) = config.first_last.filter(|&ends| ends != config.weights) {
        words.insert("first_last".to_owned(), ends.to_string());
    }
    words
}

/// What a trained network has beside its deployed form: real weights, those whose signs count where
/// signs do, and moments.
///
/// # Errors
///
/// [`Error::Failed`] when the device cannot return them.
pub fn trained(net: &Network) -> Result<Trained, Error> {
    let norms = net.batch_norms().map(moments);
    let latent = net.convs().map(counting_weights);
    Ok(Trained {
        latent: latent.collect::<Result<_, Error>>()?,
        norms: norms.collect::<Result<_, Error>>()?,
    })
}

fn moments(norm: &BatchNorm) -> Result<Moments, Error> {
    let values = |tensor: burn::tensor::Tensor<1>| read(tensor.try_into_data());
    Ok(Moments {
        gamma: values(norm.gamma.val())?,
        beta: values(norm.beta.val())?,
        mean: values(norm.running_mean.value_sync())?,
        variance: values(norm.running_var.value_sync())?,
    })
}

fn affine(norm: &BatchNorm) -> Result<Affine, Error> {
    let Moments {
        gamma,
        beta,
        mean,
        variance,
    } = moments(norm)?;
    let moments =
        (0..gamma.len()).map(|c| [gamma[c], beta[c], mean[c], variance[c]].map(f64::from));
    Ok(Affine::fold_variance(moments, EPSILON))
}

fn conv(conv: &Conv) -> Result<runtime::Conv, Error> {
    let latent = counting_weights(conv)?;
    let kernel = conv.kernel;
    let weights = match conv.kind.quantize(&kernel, &latent) {
        Some(quantized) => Weights::of(quantized, conv.kind.storage(), kernel.row_len()),
        None => Weights::Real(latent),
    };
    Ok(runtime::Conv {
        in_channels: kernel.inputs,
        out_channels: kernel.out,
        kernel: kernel.size,
        stride: conv.stride,
        weights,
    })
}

/// The weights of each convolution that count, as numbers.
///
/// # Errors
///
/// [`Error::Failed`] when the device cannot return them.
pub fn effective(net: &Network) -> Result<Vec<Vec<f32>>, Error> {
    let effective = |conv: &Conv| {
        let latent = counting_weights(conv)?;
        Ok(match conv.kind.quantize(&conv.kernel, &latent) {
            Some(quantized) => quantized.effective().collect(),
            None => latent,
        })
    };
    net.convs().map(effective).collect()
}

/// The real weights of a convolution that are quantised: see [`Conv::counting`].
///
/// # Errors
///
/// [`Error::Failed`] when the device cannot return them.
pub fn counting_weights(conv: &Conv) -> Result<Vec<f32>, Error> {
    Ok(conv.counting(latent_weights(conv)?))
}

/// The real weights of a convolution, `[out][in][kernel row][kernel column]`.
///
/// # Errors
///
/// [`Error::Failed`] when the device cannot return them.
pub fn latent_weights(conv: &Conv) -> Result<Vec<f32>, Error> {
    read(conv.weight.val().try_into_data())
}

fn read<E: std::error::Error>(
    data: Result<burn::tensor::TensorData, E>,
) -> Result<Vec<f32>, Error> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::Failed(format!(
            "the device could not return the weights: {error}; try another --device"
        ))
    };
    let data = data.map_err(|e| failed(&e))?;
    data.try_to_vec().map_err(|e| failed(&e))
}
