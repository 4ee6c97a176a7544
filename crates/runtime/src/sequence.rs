//! Networks of the shape that the paper's share, by their convolutions and norms in order: how
//! other programs' files and version 1 of the packed file have them.
//!
//! ```text
//! image, u8, C×H×W → norms[0] [→ ReLU] → convs[0] [→ max pool] → blocks
//!   → norms[n-1] → activation → convs[n-1] → norms[n] → mean over the pixels → ÷ temperature
//!
//! block i: x → norms[i] → activation → convs[i] → norms[i+1] → activation → convs[i+1] → + skip(x)
//! ```
//!
//! n = `convs.len()`, and `norms` has one more: `norms[i]` stands before `convs[i]`. The blocks are
//! the pairs (1, 2), (3, 4), … (n-3, n-2). See [`graph::Sequence`].

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use graph::{Graph, Padding, PoolDivisor, Sequence, SequenceConv, Shape};

use crate::{Affine, Conv, Model, Parts, RuntimeError};

/// Whether the convolutions have skip connections around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// Around every pair between the first and the last convolution.
    Residual,
    /// None: each convolution reads the one before.
    Plain,
}

/// The function before every convolution but the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// max(0, x).
    Relu,
    /// max(−1, x), of the networks without batch norms.
    ShiftedRelu,
}

/// What stands between the first convolution and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stem {
    /// Nothing.
    Plain,
    /// A 3×3 max pool with stride 2.
    MaxPool,
}

/// A network by its convolutions and norms in order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SequenceParts {
    /// Channels, height and width of an image of 8-bit pixels.
    pub input: Shape,
    /// A name for each class, in the order of the logits.
    pub class_names: Vec<String>,
    /// Where convolutions and pools with stride 2 are padded.
    pub padding: Padding,
    /// Whether there are skip connections.
    pub structure: Structure,
    /// What the average of a skip path with stride 2 is divided by.
    pub pool_divisor: PoolDivisor,
    /// The function before every convolution but the first.
    pub activation: Activation,
    /// Whether max(0, x) follows the input's norm; it is this function whatever `activation` is.
    pub input_relu: bool,
    /// What the logits are divided by: 1 but for networks without batch norms.
    pub temperature: f32,
    /// What follows the first convolution.
    pub stem: Stem,
    /// One more than convolutions; `None` is the identity.
    pub norms: Vec<Option<Affine>>,
    /// The convolutions, in the order of the network.
    pub convs: Vec<Conv>,
    /// As [`Parts::activation_scales`].
    pub activation_scales: Option<Vec<f32>>,
    /// As [`Parts::provenance`].
    pub provenance: BTreeMap<String, String>,
}

impl SequenceParts {
    /// A residual network as the paper has it: symmetric padding, skip paths divided by the pixels
    /// inside the image, ReLUs but none on the input, classes `0`, `1`, …
    pub fn new(input: Shape, norms: Vec<Option<Affine>>, convs: Vec<Conv>) -> Self {
        let classes = convs.last().map_or(0, |conv| conv.out_channels);
        Self {
            input,
            class_names: (0..classes).map(|class| format!("{class}")).collect(),
            padding: Padding::Symmetric,
            structure: Structure::Residual,
            pool_divisor: PoolDivisor::Inside,
            activation: Activation::Relu,
            input_relu: false,
            temperature: 1.0,
            stem: Stem::Plain,
            norms,
            convs,
            activation_scales: None,
            provenance: BTreeMap::new(),
        }
    }

    /// Sets [`class_names`](Self::class_names).
    #[must_use]
    pub fn with_class_names(mut self, class_names: Vec<String>) -> Self {
        self.class_names = class_names;
        self
    }

    /// Sets [`padding`](Self::padding).
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// Sets [`structure`](Self::structure).
    #[must_use]
    pub fn with_structure(mut self, structure: Structure) -> Self {
        self.structure = structure;
        self
    }

    /// Sets [`pool_divisor`](Self::pool_divisor).
    #[must_use]
    pub fn with_pool_divisor(mut self, pool_divisor: PoolDivisor) -> Self {
        self.pool_divisor = pool_divisor;
        self
    }

    /// Sets [`activation`](Self::activation).
    #[must_use]
    pub fn with_activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }

    /// Sets [`input_relu`](Self::input_relu).
    #[must_use]
    pub fn with_input_relu(mut self, input_relu: bool) -> Self {
        self.input_relu = input_relu;
        self
    }

    /// Sets [`temperature`](Self::temperature).
    #[must_use]
    pub fn with_temperature(mut self, temperature: f32) -> Self {
        self.temperature = temperature;
        self
    }

    /// Sets [`stem`](Self::stem).
    #[must_use]
    pub fn with_stem(mut self, stem: Stem) -> Self {
        self.stem = stem;
        self
    }

    /// Sets [`activation_scales`](Self::activation_scales).
    #[must_use]
    pub fn with_activation_scales(mut self, activation_scales: Option<Vec<f32>>) -> Self {
        self.activation_scales = activation_scales;
        self
    }

    /// Sets [`provenance`](Self::provenance).
    #[must_use]
    pub fn with_provenance(mut self, provenance: BTreeMap<String, String>) -> Self {
        self.provenance = provenance;
        self
    }

    /// The nodes.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Graph`] when they make no network.
    pub fn graph(&self) -> Result<Graph, RuntimeError> {
        let conv = |conv: &Conv| SequenceConv {
            out: conv.out_channels,
            kernel: conv.kernel,
            stride: conv.stride,
            weights: conv.weights.likely_kind(),
        };
        let sequence = Sequence {
            input: self.input,
            convs: &self.convs.iter().map(conv).collect::<Vec<_>>(),
            norms: &self.norms.iter().map(Option::is_some).collect::<Vec<_>>(),
            residual: self.structure == Structure::Residual,
            floor: match self.activation {
                Activation::Relu => 0.0,
                Activation::ShiftedRelu => -1.0,
            },
            input_relu: self.input_relu,
            max_pool: self.stem == Stem::MaxPool,
            padding: self.padding,
            divisor: self.pool_divisor,
            temperature: self.temperature,
        };
        Ok(sequence.graph()?)
    }

    /// The network, checked.
    ///
    /// # Errors
    ///
    /// As [`graph`](Self::graph) and [`Model::new`].
    pub fn model(self) -> Result<Model, RuntimeError> {
        let graph = self.graph()?;
        let norms = self.norms.into_iter().flatten().collect();
        Model::new(Parts {
            class_names: self.class_names,
            activation_scales: self.activation_scales,
            provenance: self.provenance,
            ..Parts::new(graph, norms, self.convs)
        })
    }
}
