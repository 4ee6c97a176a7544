//! From a network to its state dict.

use graph::{Scale, Weights as Kind};
use runtime::format::{Writer, metadata};
use runtime::{Affine, Conv, Model};

use super::names::{Names, PARTS};
use super::{FOLDED, FORMAT, Moments, SCALES, Scales, Trained, WEIGHTS, Weights};
use crate::ConvertError;

/// The network as the bytes of a state dict. Norms have the moments of `trained`, and without it
/// are folded; latent weights are those of `trained`.
///
/// # Errors
///
/// [`ConvertError::NoTraining`] when latent weights are asked for without `trained`,
/// [`ConvertError::OtherTraining`] when it is another network's, [`ConvertError::NoName`] when the
/// port has no names for the layers, [`ConvertError::Header`] when class names and provenance are
/// too long.
pub fn export(
    model: &Model,
    trained: Option<&Trained>,
    weights: Weights,
) -> Result<Vec<u8>, ConvertError> {
    if let Some(trained) = trained {
        must_fit(model, trained)?;
    }
    let latent = match weights {
        Weights::Signs => None,
        Weights::Latent => Some(trained.ok_or(ConvertError::NoTraining)?),
    };
    let graph = model.graph();
    let names = Names::new(graph)?;
    let mut tensors = Writer::default();
    let mut scales = Vec::new();
    let layers = graph.convs().zip(model.convs()).zip(names.convs);
    for (index, (((node, op), conv), name)) in layers.enumerate() {
        let real: Vec<f32>;
        let numbers = match latent {
            Some(trained) if conv.weights.scale().is_some() => &trained.latent[index],
            _ => {
                let rows = (0..conv.out_channels).flat_map(|out| conv.row(out));
                real = rows.collect();
                &real
            }
        };
        tensors.floats(name, &graph.weight_shape(node), numbers);
        scales.push(told(op.weights, conv, weights));
    }
    for (index, (norm, name)) in model.norms().iter().zip(names.norms).enumerate() {
        let own;
        let moments = match trained {
            Some(trained) => &trained.norms[index],
            None => {
                own = folded(norm);
                &own
            }
        };
        let Moments {
            gamma,
            beta,
            mean,
            variance,
        } = moments;
        for (part, numbers) in PARTS.iter().zip([gamma, beta, mean, variance]) {
            tensors.floats(format!("{name}.{part}"), &[numbers.len()], numbers);
        }
    }
    let mut metadata = metadata(model, FORMAT);
    metadata.insert(WEIGHTS, weights.name().into());
    let scales = serde_json::to_string(&scales).expect("finite numbers are JSON");
    metadata.insert(SCALES, scales);
    tensors.finish(metadata).map_err(ConvertError::Header)
}

/// The scale of a convolution, where its tensor does not tell it.
fn told(kind: Kind, conv: &Conv, weights: Weights) -> Option<Scales> {
    let scale = conv.weights.scale()?;
    let follows = match weights {
        Weights::Signs => conv.signs().is_some(),
        Weights::Latent => follows_from_latent(kind),
    };
    match scale {
        _ if follows => None,
        Scale::Layer(scale) => Some(Scales::Layer(*scale)),
        Scale::Channels(scales) => Some(Scales::Channels(scales.clone())),
    }
}

/// Whether the scale of a kind of weights is made of the latent weights alone, so that it changes
/// with them: not a constant, and not one of the network's initialisation.
fn follows_from_latent(kind: Kind) -> bool {
    let kernel = |gain| graph::Kernel {
        out: 1,
        inputs: 1,
        size: 1,
        gain,
    };
    let scale = |gain, latent: f32| {
        let quantized = kind.quantize(&kernel(gain), &[latent]);
        quantized.map(|quantized| quantized.scale)
    };
    scale(2.0, 1.0) == scale(4.0, 1.0) && scale(2.0, 1.0) != scale(2.0, 3.0)
}

/// That all of `trained` has the shapes of the network.
fn must_fit(model: &Model, trained: &Trained) -> Result<(), ConvertError> {
    let weights = model.convs().iter().map(Conv::weight_count);
    let expected: Vec<usize> = weights.collect();
    let found: Vec<usize> = trained.latent.iter().map(Vec::len).collect();
    let lengths = |moments: &Moments| {
        [
            &moments.gamma,
            &moments.beta,
            &moments.mean,
            &moments.variance,
        ]
        .map(Vec::len)
    };
    let norms = model.norms().iter().map(|norm| [norm.channels(); 4]);
    if expected == found && norms.eq(trained.norms.iter().map(lengths)) {
        return Ok(());
    }
    Err(ConvertError::OtherTraining {
        expected: format!("{expected:?} weights and {} norms", model.norms().len()),
        found: format!("{found:?} and {}", trained.norms.len()),
    })
}

fn folded(norm: &Affine) -> Moments {
    let channels = norm.channels();
    Moments {
        gamma: norm.scale.clone(),
        beta: norm.offset.clone(),
        mean: vec![0.0; channels],
        variance: vec![FOLDED; channels],
    }
}
