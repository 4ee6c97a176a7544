//! A deployed network, independent of any file.
//!
//! ```text
//! image, u8, C×H×W → norms[0] [→ ReLU] → convs[0] [→ max pool] → blocks
//!   → norms[n-1] → activation → convs[n-1] → norms[n] → mean over the pixels → ÷ temperature
//!
//! block i: x → norms[i] → activation → convs[i] → norms[i+1] → activation → convs[i+1] → + skip(x)
//! ```
//!
//! n = `convs.len()`, and `norms` has one more: `norms[i]` stands before `convs[i]`. The blocks are
//! the pairs (1, 2), (3, 4), … (n-3, n-2). Where the block has stride 2, skip(x) is the 3×3
//! average of x with stride 2 (see [`PoolDivisor`]), followed by as many channels of zeros. A plain network is the same chain of convolutions without skip(x).
//!
//! This is the network of McDonnell (ICLR 2018, section 3 and figure 2); the shifted ReLU and the
//! temperature are those of arXiv 1907.06916.

mod check;
mod conv;
mod norm;
mod padding;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

pub use check::{MAX_CHANNELS, MAX_KERNEL, MAX_NUMBERS, MAX_PIXELS};
pub use conv::{Conv, Scale, Weights};
pub use norm::Affine;
pub use padding::Padding;

use crate::RuntimeError;

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
    /// A 3×3 max pool with stride 2, padded by the network's [`Padding`] with −∞: the network for
    /// ImageNet, whose first convolution is 7×7 with stride 2.
    MaxPool,
}

/// What the 3×3 sums of a skip path are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolDivisor {
    /// The number of pixels inside the image: MATLAB, Keras, and this project's trainer.
    Inside,
    /// 9, also where the padding's zeros are among them: the default of PyTorch's `avg_pool2d`,
    /// hence its port of these networks.
    Kernel,
}

/// The parts that a [`Model`] is made of; [`Model::new`] checks them.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// Channels, height and width of an image of 8-bit pixels.
    pub input: [usize; 3],
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
    /// For 8-bit activations: `activation_scales[i]` is the real value of one step of the integers
    /// that `convs[i]` reads. Absent when never calibrated.
    pub activation_scales: Option<Vec<f32>>,
    /// Where the network comes from, as words: `weights` (the kind, as `1bit`), `net`, `dataset`,
    /// `epochs`, `seed`, `source`, …
    pub provenance: BTreeMap<String, String>,
}

/// A network whose parts fit together, so that arithmetic on it needs no further checks.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    parts: Parts,
}

impl Model {
    /// Checks that the parts fit together.
    ///
    /// What holds afterwards: sizes within [`MAX_PIXELS`], [`MAX_CHANNELS`] and [`MAX_KERNEL`]; at
    /// least two convolutions, each reading what the one before gives, the last one giving a
    /// channel per class; odd kernels, stride 1 or 2, the last with stride 1; in a residual
    /// network whole blocks, of stride 1 and equal channels or of stride 2 and doubled ones,
    /// whose second convolution has stride 1; sign bits and weights as many as the shape asks
    /// for; a norm before each convolution and after the last (or `None`), as wide as what it
    /// stands on; all numbers finite, activation scales and the temperature positive.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] that names the first part that does not fit.
    pub fn new(parts: Parts) -> Result<Self, RuntimeError> {
        check::check(&parts)?;
        Ok(Self { parts })
    }

    /// Channels, height and width of an image.
    pub fn input(&self) -> [usize; 3] {
        self.parts.input
    }

    /// Bytes of an image: channels × height × width, channel by channel, row by row.
    pub fn image_len(&self) -> usize {
        self.parts.input.iter().product()
    }

    /// A name for each class, in the order of the logits.
    pub fn class_names(&self) -> &[String] {
        &self.parts.class_names
    }

    /// How many classes.
    pub fn classes(&self) -> usize {
        self.parts.class_names.len()
    }

    /// Where convolutions and pools with stride 2 are padded.
    pub fn padding(&self) -> Padding {
        self.parts.padding
    }

    /// Whether there are skip connections.
    pub fn structure(&self) -> Structure {
        self.parts.structure
    }

    /// What the average of a skip path with stride 2 is divided by.
    pub fn pool_divisor(&self) -> PoolDivisor {
        self.parts.pool_divisor
    }

    /// The function before every convolution but the first.
    pub fn activation(&self) -> Activation {
        self.parts.activation
    }

    /// Whether max(0, x) follows the input's norm.
    pub fn input_relu(&self) -> bool {
        self.parts.input_relu
    }

    /// What the logits are divided by.
    pub fn temperature(&self) -> f32 {
        self.parts.temperature
    }

    /// What follows the first convolution.
    pub fn stem(&self) -> Stem {
        self.parts.stem
    }

    /// The norms: `norms()[i]` stands before `convs()[i]`, the last one after the last convolution.
    pub fn norms(&self) -> &[Option<Affine>] {
        &self.parts.norms
    }

    /// The convolutions, in the order of the network.
    pub fn convs(&self) -> &[Conv] {
        &self.parts.convs
    }

    /// The real value of one step of each convolution's 8-bit input, when calibrated.
    pub fn activation_scales(&self) -> Option<&[f32]> {
        self.parts.activation_scales.as_deref()
    }

    /// The activation scales, where 8-bit activations need them.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] when there are none, with the way to find them.
    pub(crate) fn calibrated(&self) -> Result<&[f32], RuntimeError> {
        self.activation_scales().ok_or_else(|| RuntimeError::Model {
            part: "activation_scales".into(),
            expected: "one per convolution, for 8-bit activations, as `trainer export --model FILE --to onebit --calibrate DATASET --out FILE` finds them".into(),
            found: "none".into(),
        })
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

    /// Where the network comes from.
    pub fn provenance(&self) -> &BTreeMap<String, String> {
        &self.parts.provenance
    }

    /// The parts, to change some and check again.
    pub fn into_parts(self) -> Parts {
        self.parts
    }
}
