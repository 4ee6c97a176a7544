//! A trained network as a deployed one: sign bits, scales, folded batch norms.

use std::collections::BTreeMap;

use burn::nn::BatchNorm;
use convert::torch_float::{Moments, Trained};
use model::{Conv, EPSILON, InputNorm, Layout, Network, SignScale};
use runtime::{
    Activation, Affine, Model, Padding, Parts, PoolDivisor, Scale, Stem, Structure, Weights,
};

use crate::Error;
use crate::config::TrainConfig;

/// The deployed form of a network that was trained with this config on images of shape `input`
/// with these classes.
///
/// # Errors
///
/// [`Error::Usage`] for 32-bit weights, which have no sign bits; [`Error::Failed`] when the device
/// cannot return the weights, or they are not finite.
pub fn deploy(
    net: &Network,
    config: &TrainConfig,
    input: [usize; 3],
    class_names: &[String],
) -> Result<Model, Error> {
    let network = config.network(input, class_names.len());
    let layout = Layout::new(&network)?;
    let norms: Result<Vec<_>, Error> = net
        .batch_norms()
        .map(|norm| norm.map(affine).transpose())
        .collect();
    let convs: Result<Vec<_>, Error> = net.convs().map(conv).collect();
    let parts = Parts {
        input,
        class_names: class_names.to_vec(),
        padding: match network.padding {
            model::Padding::Symmetric => Padding::Symmetric,
            model::Padding::BottomRight => Padding::BottomRight,
        },
        structure: match layout.residual {
            true => Structure::Residual,
            false => Structure::Plain,
        },
        pool_divisor: PoolDivisor::Inside,
        activation: match layout.norms {
            true => Activation::Relu,
            false => Activation::ShiftedRelu,
        },
        input_relu: config.input_norm == InputNorm::LearnedRelu,
        temperature: match layout.norms {
            true => 1.0,
            false => config.temperature as f32,
        },
        stem: match layout.max_pool {
            true => Stem::MaxPool,
            false => Stem::Plain,
        },
        norms: norms?,
        convs: convs?,
        activation_scales: None,
        provenance: provenance(config),
    };
    Model::new(parts).map_err(|e| Error::Failed(e.to_string()))
}

/// Where the network comes from.
fn provenance(config: &TrainConfig) -> BTreeMap<String, String> {
    let words = [
        ("net", config.net.to_string()),
        ("weights", config.weights.to_string()),
        ("dataset", config.dataset.to_string()),
        ("epochs", config.epochs.to_string()),
        ("seed", config.seed.to_string()),
        ("source", format!("trainer {}", crate::VERSION)),
    ];
    words.map(|(key, value)| (key.to_owned(), value)).into()
}

/// What a trained network has beside its deployed form: real weights and moments.
///
/// # Errors
///
/// [`Error::Failed`] when the device cannot return them.
pub fn trained(net: &Network) -> Result<Trained, Error> {
    let norms = net.batch_norms().map(|norm| norm.map(moments).transpose());
    let latent = net
        .convs()
        .map(|conv| read(conv.weight().val().try_into_data()));
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
    let [out_channels, in_channels, kernel, _] = conv.weight().shape().dims();
    let latent = latent_weights(conv)?;
    let row_len = in_channels * kernel * kernel;
    let (scale, stride) = match conv {
        Conv::OneBit(conv) => (Scale::Layer(conv.scale as f32), conv.stride),
        Conv::Rival(conv) => (rival_scale(conv.scale, &latent, row_len), conv.stride),
        Conv::Full(_) => {
            return Err(Error::Usage(
                "expected a run with 1-bit weights, found 32-bit ones, which have no sign bits; train with --weights 1bit".into(),
            ));
        }
    };
    let bits = runtime::Conv::pack(latent.iter().map(|&w| w >= 0.0), row_len);
    Ok(runtime::Conv {
        in_channels,
        out_channels,
        kernel,
        stride,
        weights: Weights::Signs { scale, bits },
    })
}

/// The mean |W| that the rivals computed at each step, as it is in the end.
fn rival_scale(scale: SignScale, latent: &[f32], row_len: usize) -> Scale {
    match scale {
        SignScale::Channel => Scale::mean_of_rows(latent, row_len),
        SignScale::Layer => Scale::Layer(Scale::mean(latent)),
        SignScale::None => Scale::Layer(1.0),
    }
}

/// The real weights of a convolution, `[out][in][kernel row][kernel column]`.
///
/// # Errors
///
/// [`Error::Failed`] when the device cannot return them.
pub fn latent_weights(conv: &Conv) -> Result<Vec<f32>, Error> {
    read(conv.weight().val().try_into_data())
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
