//! Which network: one of a family by name, or one of a file.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::node::{Graph, Padding, Shape};
use crate::{Design, GraphError, Weights, families};

/// A network, for any images and classes: the name of a family's, or a description of its own.
///
/// In a config it is a text, or a table as [`Design`] has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
#[non_exhaustive]
pub enum Net {
    /// `wrn-20-4` and its like.
    Named(String),
    /// A network of a file.
    Own(Box<Design>),
}

/// What a [`Net`] becomes in a config.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Design(Box<Design>),
}

/// What a network's description leaves open.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct NetOptions {
    /// Channels, height, width of an image.
    pub input: Shape,
    /// Number of classes.
    pub classes: usize,
    /// Kind of weights where the description names none.
    pub weights: Weights,
    /// Kind of the first and the last convolution's; `None` for `weights`.
    pub first_last: Option<Weights>,
    /// Whether a ReLU follows the input's norm.
    pub input_relu: bool,
    /// Where the padding stands.
    pub padding: Padding,
    /// What the logits of a network without batch norms are divided by.
    pub temperature: f32,
}

impl NetOptions {
    /// The temperature of the author's networks without batch norms.
    pub const TEMPERATURE: f32 = 40.0;

    /// 1-bit weights everywhere, no ReLU after the input's norm, symmetric padding.
    pub fn new(input: Shape, classes: usize) -> Self {
        Self {
            input,
            classes,
            weights: Weights::ONE_BIT,
            first_last: None,
            input_relu: false,
            padding: Padding::Symmetric,
            temperature: Self::TEMPERATURE,
        }
    }

    /// Sets [`weights`](Self::weights).
    #[must_use]
    pub fn with_weights(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// Sets [`first_last`](Self::first_last).
    #[must_use]
    pub fn with_first_last(mut self, first_last: Option<Weights>) -> Self {
        self.first_last = first_last;
        self
    }

    /// Sets [`input_relu`](Self::input_relu).
    #[must_use]
    pub fn with_input_relu(mut self, input_relu: bool) -> Self {
        self.input_relu = input_relu;
        self
    }

    /// Sets [`padding`](Self::padding).
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// Sets [`temperature`](Self::temperature).
    #[must_use]
    pub fn with_temperature(mut self, temperature: f32) -> Self {
        self.temperature = temperature;
        self
    }
}

impl Net {
    /// A network of a file.
    ///
    /// # Errors
    ///
    /// [`GraphError`] when no network can be like that.
    pub fn own(design: Design) -> Result<Self, GraphError> {
        design.check()?;
        Ok(Self::Own(Box::new(design)))
    }

    /// Its nodes for images of this shape.
    ///
    /// # Errors
    ///
    /// [`GraphError`] when the images or the classes are none, or too large.
    pub fn graph(&self, options: &NetOptions) -> Result<Graph, GraphError> {
        match self {
            Self::Named(name) => families::graph(name, options),
            Self::Own(design) => design.graph(options),
        }
    }

    /// Variance of an initial weight times the weights behind an output.
    pub fn gain(&self) -> f64 {
        match self {
            Self::Named(name) => families::of(name).map_or(2.0, |family| family.gain),
            Self::Own(design) => design.gain(),
        }
    }

    /// The shape and the number of classes that the network's family is for, where that is not
    /// 3×32×32 and 10: `resnet-18` is for ImageNet.
    pub fn usual(&self) -> Option<(Shape, usize)> {
        match self {
            Self::Named(name) => families::of(name).and_then(|family| family.usual),
            Self::Own(_) => None,
        }
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.pad(name),
            Self::Own(design) => f.pad(design.name.as_deref().unwrap_or("own")),
        }
    }
}

impl FromStr for Net {
    type Err = GraphError;

    fn from_str(name: &str) -> Result<Self, GraphError> {
        // Any image tells whether the name is one.
        families::graph(name, &NetOptions::new([3, 32, 32], 10))?;
        Ok(Self::Named(name.to_string()))
    }
}

impl TryFrom<Written> for Net {
    type Error = GraphError;

    fn try_from(written: Written) -> Result<Self, GraphError> {
        match written {
            Written::Name(name) => name.parse(),
            Written::Design(design) => Self::own(*design),
        }
    }
}

impl From<Net> for Written {
    fn from(net: Net) -> Self {
        match net {
            Net::Named(name) => Self::Name(name),
            Net::Own(design) => Self::Design(design),
        }
    }
}
