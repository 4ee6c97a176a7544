//! The network's structure as JSON, and the enums as words.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{Activation, Conv, Model, Padding, PoolDivisor, Scale, Stem, Structure, Weights};

/// All of a network but its numbers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layout {
    #[serde(with = "Structure_")]
    pub(super) kind: Structure,
    #[serde(with = "PoolDivisor_")]
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
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConvLayout {
    pub(super) in_channels: usize,
    pub(super) out_channels: usize,
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) weights: WeightKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WeightKind {
    Signs,
    Real,
}

/// Padding, alone in its key of the metadata.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct PaddingWord(#[serde(with = "Padding_")] pub(super) Padding);

// serde writes the enums of the model through these mirrors, so that the model knows no format.

#[derive(Serialize, Deserialize)]
#[serde(remote = "Structure", rename_all = "kebab-case")]
#[allow(non_camel_case_types)]
enum Structure_ {
    Residual,
    Plain,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PoolDivisor", rename_all = "kebab-case")]
#[allow(non_camel_case_types)]
enum PoolDivisor_ {
    Inside,
    Kernel,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Activation", rename_all = "kebab-case")]
#[allow(non_camel_case_types)]
enum Activation_ {
    Relu,
    ShiftedRelu,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Stem", rename_all = "kebab-case")]
#[allow(non_camel_case_types)]
enum Stem_ {
    Plain,
    MaxPool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Padding", rename_all = "kebab-case")]
#[allow(non_camel_case_types)]
enum Padding_ {
    Symmetric,
    BottomRight,
}

impl Layout {
    pub(super) fn of(model: &Model) -> Self {
        let conv = |conv: &Conv| ConvLayout {
            in_channels: conv.in_channels,
            out_channels: conv.out_channels,
            kernel: conv.kernel,
            stride: conv.stride,
            weights: match conv.weights {
                Weights::Signs { .. } => WeightKind::Signs,
                Weights::Real(_) => WeightKind::Real,
            },
        };
        Self {
            kind: model.structure(),
            pool_divisor: model.pool_divisor(),
            activation: model.activation(),
            input_relu: model.input_relu(),
            temperature: model.temperature(),
            stem: model.stem(),
            norms: model.norms().iter().map(Option::is_some).collect(),
            convs: model.convs().iter().map(conv).collect(),
        }
    }
}

impl ConvLayout {
    /// The convolution without its weights.
    pub(super) fn outline(&self) -> Conv {
        let weights = match self.weights {
            WeightKind::Signs => Weights::Signs {
                scale: Scale::Channels(Vec::new()),
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
