//! From a network to its state dict.

use runtime::format::{Writer, metadata};
use runtime::{Affine, Model, Scale};

use super::names::{Names, PARTS};
use super::{FOLDED, FORMAT, Moments, SCALES, Trained, WEIGHTS, Weights};
use crate::ConvertError;

/// The network as the bytes of a state dict. Norms have the moments of `trained`, and without it
/// are folded; latent weights are those of `trained`.
///
/// # Errors
///
/// [`ConvertError::Export`] when `trained` is missing or another network's, when the port has no
/// names for the layers, or when class names and provenance are too long.
pub fn export(
    model: &Model,
    trained: Option<&Trained>,
    weights: Weights,
) -> Result<Vec<u8>, ConvertError> {
    let latent = trained.map(|trained| fitting(model, trained)).transpose()?;
    let latent = match (weights, latent) {
        (Weights::Signs, _) => None,
        (Weights::Latent, Some(latent)) => Some(latent),
        (Weights::Latent, None) => {
            return Err(ConvertError::Export {
                part: "latent weights".into(),
                expected: "those of the training".into(),
                found: "signs alone".into(),
                hint: "export the run, with --run DIR, or --weights signs",
            });
        }
    };
    let names = Names::new(model.convs())?;
    let mut tensors = Writer::default();
    for (index, (conv, name)) in model.convs().iter().zip(names.convs).enumerate() {
        let k = conv.kernel;
        let shape = [conv.out_channels, conv.in_channels, k, k];
        match latent {
            Some(latent) if conv.signs().is_some() => tensors.floats(name, &shape, &latent[index]),
            _ => {
                let rows = (0..conv.out_channels).flat_map(|out| conv.row(out));
                tensors.floats(name, &shape, &rows.collect::<Vec<f32>>());
            }
        }
    }
    for (index, (norm, name)) in model.norms().iter().zip(names.norms).enumerate() {
        let Some(norm) = norm else { continue };
        let moments = match trained.and_then(|trained| trained.norms[index].clone()) {
            Some(moments) => moments,
            None => folded(norm),
        };
        let Moments {
            gamma,
            beta,
            mean,
            variance,
        } = &moments;
        for (part, numbers) in PARTS.iter().zip([gamma, beta, mean, variance]) {
            tensors.floats(format!("{name}.{part}"), &[numbers.len()], numbers);
        }
    }
    let mut metadata = metadata(model, FORMAT);
    metadata.insert(WEIGHTS, weights.word().into());
    if weights == Weights::Latent {
        let scales = model.convs().iter().map(|conv| match conv.signs() {
            Some((Scale::Layer(scale), _)) => Some(*scale),
            Some((Scale::Channels(_), _)) => None,
            None => Some(1.0),
        });
        let scales: Vec<Option<f32>> = scales.collect();
        metadata.insert(
            SCALES,
            serde_json::to_string(&scales).expect("finite numbers are JSON"),
        );
    }
    tensors
        .finish(metadata)
        .map_err(|error| ConvertError::Export {
            part: "file".into(),
            expected: "a header that can be read again".into(),
            found: error.to_string(),
            hint: "shorten the class names or the provenance",
        })
}

/// The latent weights, when all of `trained` has the shapes of the network.
fn fitting<'a>(model: &Model, trained: &'a Trained) -> Result<&'a [Vec<f32>], ConvertError> {
    let weights = |model: &Model| {
        model
            .convs()
            .iter()
            .map(|conv| conv.weight_count())
            .collect()
    };
    let expected: Vec<usize> = weights(model);
    let found: Vec<usize> = trained.latent.iter().map(Vec::len).collect();
    let channels = |norm: &Option<Affine>| norm.as_ref().map(|norm| norm.channels());
    let norms = model.norms().iter().map(channels);
    let lengths = |moments: &Moments| {
        [
            &moments.gamma,
            &moments.beta,
            &moments.mean,
            &moments.variance,
        ]
        .map(Vec::len)
    };
    let fits = expected == found
        && trained.norms.len() == model.norms().len()
        && trained.norms.iter().zip(norms).all(|(moments, channels)| {
            moments.as_ref().map(lengths) == channels.map(|channels| [channels; 4])
        });
    if fits {
        return Ok(&trained.latent);
    }
    Err(ConvertError::Export {
        part: "latent weights and moments".into(),
        expected: format!("those of the network, {expected:?} weights"),
        found: format!("{found:?}"),
        hint: "give the training that the network comes from",
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
