//! A network's factors and addends in fixed point, made once.

use alloc::vec::Vec;

use super::quantize::Quantizer;
use super::requantize::Requantize;
use super::structure::Structure;
use crate::reference::argmax;
use crate::rejection::steps_between;
use crate::{Model, Padding, PoolDivisor, RuntimeError};

/// A network in integers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Network {
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// Where the image is padded.
    pub padding: Padding,
    /// Whether there is a residual map with skip connections.
    pub residual: bool,
    /// Bits of a number of that map: 8 or 16.
    pub residual_bits: u8,
    /// The real value of one step of each of its channels.
    pub residual_steps: Vec<f64>,
    /// Whether a 3×3 max pool with stride 2 follows the first convolution.
    pub max_pool: bool,
    /// What a skip path's sums are divided by.
    pub divisor: PoolDivisor,
    /// The convolutions.
    pub layers: Vec<Layer>,
    /// What is added to each logit.
    pub logit_offsets: Vec<i32>,
    /// A logit is an integer times 2^−`logit_bits`.
    pub logit_bits: i32,
    /// With fewer steps of the logits between the greatest and the second, an image is none of the classes; 0 where
    /// it always has a class.
    pub min_margin: u32,
}

/// A convolution.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Layer {
    /// Channels, height and width of what it reads.
    pub from: [usize; 3],
    /// Channels, height and width of its sums.
    pub to: [usize; 3],
    /// Side of the square kernel.
    pub kernel: usize,
    /// 1 or 2.
    pub stride: usize,
    /// The weights, without their scales.
    pub weights: LayerWeights,
    /// The 8-bit input that stands for 0.
    pub zero: u8,
    /// The least 8-bit input.
    pub min: u8,
    /// From the image or the residual map to 8-bit inputs, one for each input channel; `None` where the
    /// convolution before gives them.
    pub input: Option<Vec<Requantize>>,
    /// What becomes of the sums, one for each output channel.
    pub sums: Vec<Requantize>,
    /// Where they go.
    pub output: Output,
}

/// Weights as integers; see [`Conv`](crate::Conv) for their order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LayerWeights {
    /// Sign bits.
    Signs(Vec<u8>),
    /// −127…127; ternary weights too.
    Int8(Vec<i8>),
}

/// Where a convolution's results go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// They are the input of the next convolution.
    Next,
    /// They become the residual map.
    Residual,
    /// They are added to the residual map, after its pool where the block halves the size.
    Add,
    /// Over all pixels they are the logits.
    Logits,
}

impl Network {
    /// The fixed-point form of `model`.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] for a node that integers do not have or that stands elsewhere than
    /// they have it, real weights, more weights for an output channel than sums can hold, numbers that do not
    /// belong together, or steps of a residual map where there is none; [`RuntimeError::NotCalibrated`] without activation scales.
    pub fn new(model: &Model) -> Result<Self, RuntimeError> {
        let structure = Structure::of(model)?;
        let quantizer = Quantizer::new(model, &structure)?;
        let last = structure.convs.len() - 1;
        let layers = (0..last).map(|index| quantizer.layer(index));
        let mut layers = layers.collect::<Result<Vec<_>, _>>()?;
        let (layer, logit_offsets, logit_bits) = quantizer.last()?;
        layers.push(layer);
        Ok(Self {
            input: model.input(),
            padding: structure.padding,
            residual: structure.residual,
            residual_bits: quantizer.residual_bits(),
            residual_steps: quantizer.into_steps(),
            max_pool: structure.max_pool,
            divisor: structure.divisor,
            layers,
            logit_offsets,
            logit_bits,
            min_margin: model
                .rejection()
                .map_or(0, |rejection| rejection.steps(logit_bits)),
        })
    }

    /// The class of an image with these logits, or `None` where it is none of the classes.
    pub fn answer(&self, logits: &[i32]) -> Option<usize> {
        (steps_between(logits) >= self.min_margin).then(|| argmax(logits))
    }

    /// The least and the greatest number of the residual map.
    pub fn residual_range(&self) -> [i32; 2] {
        let end = 1 << (self.residual_bits - 1);
        [-end, end - 1]
    }

    /// Channels, height and width of the map that the second convolution reads: pooled, where there is a max pool.
    pub fn stem(&self) -> [usize; 3] {
        self.layers[1].from
    }
}
