//! The metadata of version 1, whose networks are all of one shape: see [`SequenceParts`].
//!
//! | key | value |
//! | --- | --- |
//! | `input` | `[channels,height,width]` |
//! | `padding` | `symmetric` or `bottom-right` |
//! | `structure` | JSON: kind (`residual`, `plain`), pool_divisor (`inside`, `kernel`), activation (`relu`, `shifted-relu`), input_relu, temperature, stem (`plain`, `max-pool`), norms (which of them there are), convs (in_channels, out_channels, kernel, stride, weights: `signs` or `real`) |
//!
//! Tensors are called `convs.i` and `norms.i`: convolution i, and the norm before it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use super::names;
use super::read::{Words, unlike};
use crate::sequence::{Activation, Stem, Structure};
use crate::{Affine, Conv, PoolDivisor, RuntimeError, Scale, SequenceParts, Weights};

/// All of a network but its numbers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layout {
    #[serde(with = "Structure_")]
    pub(super) kind: Structure,
    pub(super) pool_divisor: PoolDivisor,
    #[serde(with = "Activation_")]
    pub(super) activation: Activation,
    pub(super) input_relu: bool,
    pub(super) temperature: f32,
    #[serde(with = "Stem_")]
    pub(super) stem: Stem,
    /// For each place of a norm, whether there is one.
    pub(super) norms: Vec<bool>,
    pub(super) convs: Vec<ConvLayout>,
}

/// A convolution but its numbers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConvLayout {
    pub(super) in_channels: usize,
    pub(super) out_channels: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) weights: WeightKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WeightKind {
    Signs,
    Real,
}

// serde reads the enums through these mirrors, so that they know no format.

#[derive(Deserialize)]
#[serde(remote = "Structure", rename_all = "kebab-case")]
#[allow(non_camel_case_types)]
enum Structure_ {
    Residual,
    Plain,
}

#[derive(Deserialize)]
#[serde(remote = "Activation", rename_all = "kebab-case")]
#[allow(non_camel_case_types)]
enum Activation_ {
    Relu,
    ShiftedRelu,
}

#[derive(Deserialize)]
#[serde(remote = "Stem", rename_all = "kebab-case")]
#[allow(non_camel_case_types)]
enum Stem_ {
    Plain,
    MaxPool,
}

/// What version 1 says of a network but its numbers.
pub(super) struct Outline {
    pub(super) parts: SequenceParts,
    /// The tensors' names of the norms that there are.
    pub(super) norms: Vec<String>,
}

/// Reads the metadata.
pub(super) fn outline(file: &Words) -> Result<Outline, RuntimeError> {
    let input: [usize; 3] = file.json(names::INPUT, "`[channels,height,width]`")?;
    let class_names = file.json(names::CLASS_NAMES, "a JSON list of texts")?;
    let padding = file.padding()?;
    let provenance = file.json(names::PROVENANCE, "a JSON object of texts")?;
    let layout: Layout = file.json(names::STRUCTURE, "the JSON of a network's structure")?;
    let (norms, convs) = (layout.norms.len(), layout.convs.len());
    if norms != convs + 1 {
        let expected = format!("{} norms, one more than convolutions", convs + 1);
        return Err(unlike(names::STRUCTURE, expected, norms.to_string()));
    }
    let norm = |&there: &bool| {
        there.then(|| Affine {
            scale: Vec::new(),
            offset: Vec::new(),
        })
    };
    let mut channels = input[0];
    for (index, conv) in layout.convs.iter().enumerate() {
        if conv.in_channels != channels {
            let expected = format!("`in_channels` of {channels} in convolution {index}");
            return Err(unlike(
                names::STRUCTURE,
                expected,
                conv.in_channels.to_string(),
            ));
        }
        channels = conv.out_channels;
    }
    let there = layout.norms.iter().enumerate().filter(|(_, there)| **there);
    Ok(Outline {
        norms: there.map(|(index, _)| format!("norms.{index}")).collect(),
        parts: SequenceParts {
            input,
            class_names,
            padding,
            structure: layout.kind,
            pool_divisor: layout.pool_divisor,
            activation: layout.activation,
            input_relu: layout.input_relu,
            temperature: layout.temperature,
            stem: layout.stem,
            norms: layout.norms.iter().map(norm).collect(),
            convs: layout.convs.iter().map(ConvLayout::outline).collect(),
            activation_scales: None,
            provenance,
        },
    })
}

impl ConvLayout {
    /// The convolution without its weights.
    pub(super) fn outline(&self) -> Conv {
        let weights = match self.weights {
            WeightKind::Signs => Weights::Signs {
                scale: Scale::Layer(1.0),
                bits: Vec::new(),
            },
            WeightKind::Real => Weights::Real(Vec::new()),
        };
        Conv {
            in_channels: self.in_channels,
            out_channels: self.out_channels,
            kernel: self.kernel,
            stride: self.stride,
            weights,
        }
    }
}
