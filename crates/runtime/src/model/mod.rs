//! A deployed network, independent of any file: a [`Graph`], and the numbers of its norms and
//! convolutions.

mod check;
mod conv;
mod norm;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use graph::{Graph, Shape};

pub use check::{MAX_NUMBERS, MAX_PIXELS};
pub use conv::{Conv, Weights};
pub use norm::Affine;

use crate::{Preprocessing, Rejection, RuntimeError};

/// The parts that a [`Model`] is made of; [`Model::new`] checks them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Parts {
    /// The network's nodes.
    pub graph: Graph,
    /// A name for each class, in the order of the logits.
    pub class_names: Vec<String>,
    /// What each norm of the graph multiplies with and adds, in the order of the nodes.
    pub norms: Vec<Affine>,
    /// The weights of each convolution of the graph, in the order of the nodes.
    pub convs: Vec<Conv>,
    /// For 8-bit activations: `activation_scales[i]` is the real value of one step of the integers
    /// that `convs[i]` reads. Absent when never calibrated.
    pub activation_scales: Option<Vec<f32>>,
    /// For integers alone, where the map that skip connections add to has 8 bits: the real value of one step of
    /// each of its channels. Absent where it has 16.
    pub residual_scales: Option<Vec<f32>>,
    /// What becomes of a picture before the network sees it.
    pub preprocessing: Preprocessing,
    /// When an image is none of the classes; absent when it always has a class.
    pub rejection: Option<Rejection>,
    /// Where the network comes from, as words: `weights` (the kind, as `1bit`), `net`, `dataset`,
    /// `epochs`, `seed`, `source`, …
    pub provenance: BTreeMap<String, String>,
}

impl Parts {
    /// A network whose classes are called `0`, `1`, …, without activation scales,
    /// preprocessing, rejection and provenance.
    pub fn new(graph: Graph, norms: Vec<Affine>, convs: Vec<Conv>) -> Self {
        Self {
            class_names: (0..graph.classes())
                .map(|class| format!("{class}"))
                .collect(),
            graph,
            norms,
            convs,
            activation_scales: None,
            residual_scales: None,
            preprocessing: Preprocessing::None,
            rejection: None,
            provenance: BTreeMap::new(),
        }
    }
}

/// A network whose parts fit together, so that arithmetic on it needs no further checks.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    parts: Parts,
}

impl Model {
    /// Checks that the parts fit together.
    ///
    /// What holds afterwards, besides what holds of every [`Graph`]: maps within [`MAX_PIXELS`] and
    /// [`MAX_NUMBERS`]; a name for each class; for each
    /// convolution of the graph weights of its shape and in the storage of its kind; for each norm a
    /// factor and an addend per channel; all numbers finite and at most 1e20, activation scales positive; a
    /// preprocessing that makes the graph's input.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] that names the first node or part that does not fit.
    pub fn new(parts: Parts) -> Result<Self, RuntimeError> {
        check::check(&parts)?;
        Ok(Self { parts })
    }

    /// The network's nodes.
    pub fn graph(&self) -> &Graph {
        &self.parts.graph
    }

    /// Channels, height and width of an image.
    pub fn input(&self) -> Shape {
        self.parts.graph.input()
    }

    /// Bytes of an image: channels × height × width, channel by channel, row by row.
    pub fn image_len(&self) -> usize {
        self.input().iter().product()
    }

    /// A name for each class, in the order of the logits.
    pub fn class_names(&self) -> &[String] {
        &self.parts.class_names
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.parts.class_names.len()
    }

    /// The norms, in the order of the graph's.
    pub fn norms(&self) -> &[Affine] {
        &self.parts.norms
    }

    /// The convolutions, in the order of the graph's.
    pub fn convs(&self) -> &[Conv] {
        &self.parts.convs
    }

    /// The name of each convolution's node.
    pub fn conv_names(&self) -> impl Iterator<Item = &str> {
        let nodes = self.parts.graph.convs();
        nodes.map(|(node, _)| self.parts.graph.nodes()[node].name.as_str())
    }

    /// The real value of one step of each convolution's 8-bit input, when calibrated.
    pub fn activation_scales(&self) -> Option<&[f32]> {
        self.parts.activation_scales.as_deref()
    }

    /// The activation scales, where 8-bit activations need them.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::NotCalibrated`] when there are none.
    pub(crate) fn calibrated(&self) -> Result<&[f32], RuntimeError> {
        self.activation_scales().ok_or(RuntimeError::NotCalibrated)
    }

    /// The same network with these activation scales, one per convolution.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] when they are not as many, or not positive.
    pub fn with_activation_scales(self, scales: Vec<f32>) -> Result<Self, RuntimeError> {
        Self::new(Parts {
            activation_scales: Some(scales),
            ..self.parts
        })
    }

    /// The real value of one step of each channel of the map that skip connections add to, where it has 8 bits.
    pub fn residual_scales(&self) -> Option<&[f32]> {
        self.parts.residual_scales.as_deref()
    }

    /// The same network with an 8-bit map for the skip connections, of these steps, or one of 16 bits; see
    /// [`integer`](crate::integer).
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] when there is not one for each input channel of the last convolution, or they are not
    /// positive.
    pub fn with_residual_scales(self, scales: Option<Vec<f32>>) -> Result<Self, RuntimeError> {
        Self::new(Parts {
            residual_scales: scales,
            ..self.parts
        })
    }

    /// What becomes of a picture before the network sees it; see [`see`](Self::see).
    pub fn preprocessing(&self) -> Preprocessing {
        self.parts.preprocessing
    }

    /// The same network with this preprocessing.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] when it does not make the network's input.
    pub fn with_preprocessing(self, preprocessing: Preprocessing) -> Result<Self, RuntimeError> {
        Self::new(Parts {
            preprocessing,
            ..self.parts
        })
    }

    /// When an image is none of the classes; see [`answer`](Self::answer).
    pub fn rejection(&self) -> Option<Rejection> {
        self.parts.rejection
    }

    /// The same network with this rejection.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] when its numbers are none that a threshold and a share can have.
    pub fn with_rejection(self, rejection: Option<Rejection>) -> Result<Self, RuntimeError> {
        Self::new(Parts {
            rejection,
            ..self.parts
        })
    }

    /// Where the network comes from.
    pub fn provenance(&self) -> &BTreeMap<String, String> {
        &self.parts.provenance
    }

    /// The parts, to change some and check again.
    pub fn into_parts(self) -> Parts {
        self.parts
    }
}
