//! Networks of every kind of weights.

use convert::torch_float::{Moments, Trained};
use graph::{Kernel, Weights};
use runtime::{Conv, Model, SequenceParts};

use crate::common::Random;

/// A run that ends with a network of this shape and these kinds of weights, asked for by the
/// number of the convolution, and that network.
pub fn with_kinds(parts: SequenceParts, kind: impl Fn(usize) -> Weights) -> (Model, Trained) {
    let mut random = Random(77);
    let mut latents = Vec::new();
    let mut parts = parts.model().unwrap().into_parts();
    for (index, conv) in parts.convs.iter_mut().enumerate() {
        let latent = (0..conv.weight_count()).map(|_| random.real());
        let latent: Vec<f32> = latent.collect();
        conv.weights = weights(kind(index), conv, &latent);
        latents.push(latent);
    }
    parts.graph = parts.graph.with_weights(|index, _| kind(index));
    let trained = Trained {
        latent: latents,
        norms: parts
            .norms
            .iter()
            .map(|norm| Moments {
                gamma: norm.scale.clone(),
                beta: norm.offset.clone(),
                mean: vec![0.0; norm.channels()],
                variance: vec![1.0 - 1e-5; norm.channels()],
            })
            .collect(),
    };
    (Model::new(parts).unwrap(), trained)
}

/// What latent weights become.
fn weights(kind: Weights, conv: &Conv, latent: &[f32]) -> runtime::Weights {
    match kind.quantize(&kernel(conv, 4.0), latent) {
        Some(quantized) => runtime::Weights::of(quantized, kind.storage(), conv.row_len()),
        None => runtime::Weights::Real(latent.to_vec()),
    }
}

/// The size of a convolution's weights.
pub fn kernel(conv: &Conv, gain: f64) -> Kernel {
    Kernel {
        out: conv.out_channels,
        inputs: conv.in_channels,
        size: conv.kernel,
        gain,
    }
}
