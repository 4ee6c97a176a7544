//! A network's factors and addends in fixed point, made once.

use alloc::vec::Vec;

use super::line::Line;
use super::maker::{Maker, unlike};
use crate::{Model, Padding, PoolDivisor, RuntimeError, Stem, Structure};

/// A network in integers.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// Where the image is padded.
    pub padding: Padding,
    /// Whether there is a stream with skip connections.
    pub residual: bool,
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
}

/// A convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Channels, height and width of what it reads.
    pub from: [usize; 3],
    /// Channels, height and width of its sums.
    pub to: [usize; 3],
    /// Side of the square kernel.
    pub kernel: usize,
    /// 1 or 2.
    pub stride: usize,
    /// The signs; see [`Conv`](crate::Conv) for their order.
    pub bits: Vec<u8>,
    /// The 8-bit input that stands for 0.
    pub zero: u8,
    /// The least 8-bit input.
    pub least: u8,
    /// From the image or the stream to 8-bit inputs, one for each input channel; `None` where the
    /// convolution before gives them.
    pub input: Option<Vec<Line>>,
    /// What becomes of the sums, one for each output channel.
    pub sums: Vec<Line>,
    /// Where they go.
    pub output: Output,
}

/// Where a convolution's results go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// They are the input of the next convolution.
    Next,
    /// They become the stream.
    Stream,
    /// They are added to the stream, after its pool where the block halves the size.
    Add,
    /// Over all pixels they are the logits.
    Logits,
}

impl Network {
    /// The fixed-point form of `model`.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] when the model has no activation scales, has real weights, a plain
    /// structure after a max pool, more weights for an output channel than sums can hold, or numbers that do not
    /// belong together.
    pub fn new(model: &Model) -> Result<Self, RuntimeError> {
        let scales = model.calibrated()?;
        let residual = model.structure() == Structure::Residual;
        let max_pool = model.stem() == Stem::MaxPool;
        if max_pool && !residual {
            return Err(unlike("stem", "no max pool in a plain network", "one"));
        }
        let maker = Maker::new(model, scales);
        let last = model.convs().len() - 1;
        let mut from = model.input();
        let mut layers = Vec::new();
        for index in 0..last {
            let output = match (residual, index) {
                (true, 0) => Output::Stream,
                (true, index) if index.is_multiple_of(2) => Output::Add,
                _ => Output::Next,
            };
            let layer = maker.layer(index, from, output)?;
            from = layer.to;
            if index == 0 && max_pool {
                from = [from[0], from[1].div_ceil(2), from[2].div_ceil(2)];
            }
            layers.push(layer);
        }
        let (layer, logit_offsets, logit_bits) = maker.last(from)?;
        layers.push(layer);
        Ok(Self {
            input: model.input(),
            padding: model.padding(),
            residual,
            max_pool,
            divisor: model.pool_divisor(),
            layers,
            logit_offsets,
            logit_bits,
        })
    }

    /// Channels, height and width of the map that the second convolution reads: pooled, where there is a max pool.
    pub fn stem(&self) -> [usize; 3] {
        self.layers[1].from
    }
}
