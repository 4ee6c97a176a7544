//! What a file is for: who gives it images, and which runtime reads it.

use std::num::NonZeroUsize;

use super::{OPSETS, Weights};
use crate::ConvertError;

/// The type of the numbers that go in. Either holds pixels 0–255, as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// uint8, as decoders of images give them.
    #[default]
    Bytes,
    /// float, for runtimes whose inputs are floats alone.
    Float,
}

/// How a network becomes an ONNX file.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How the file holds weights of one and two bits.
    pub weights: Weights,
    /// The type of the pixels.
    pub input: Input,
    /// Images of a call; without it each call chooses.
    pub batch: Option<NonZeroUsize>,
    /// The version of the operators; without it 18, which all of this crate's files can have.
    pub opset: Option<u32>,
}

impl Options {
    /// Pixels as bytes, any number of images, opset 18.
    #[must_use]
    pub fn new(weights: Weights) -> Self {
        Self {
            weights,
            input: Input::Bytes,
            batch: None,
            opset: None,
        }
    }

    /// Sets [`input`](Self::input).
    #[must_use]
    pub fn with_input(mut self, input: Input) -> Self {
        self.input = input;
        self
    }

    /// Sets [`batch`](Self::batch).
    #[must_use]
    pub fn with_batch(mut self, batch: Option<NonZeroUsize>) -> Self {
        self.batch = batch;
        self
    }

    /// Sets [`opset`](Self::opset).
    #[must_use]
    pub fn with_opset(mut self, opset: Option<u32>) -> Self {
        self.opset = opset;
        self
    }

    /// The version of the operators.
    ///
    /// # Errors
    ///
    /// [`ConvertError::Opset`] when the file would need another one.
    pub(super) fn checked_opset(&self) -> Result<u32, ConvertError> {
        let min = match self.weights {
            Weights::Float => *OPSETS.start(),
            Weights::Packed => BITWISE,
        };
        match self.opset {
            None => Ok(BITWISE),
            Some(opset) if (min..=*OPSETS.end()).contains(&opset) => Ok(opset),
            Some(found) => Err(ConvertError::Opset {
                min,
                max: *OPSETS.end(),
                found,
            }),
        }
    }
}

/// The first opset that has `BitwiseAnd`.
const BITWISE: u32 = 18;

/// The version of the format itself that came with an opset, as onnx's own table has it
/// (docs/Versioning.md).
pub(super) fn ir_version(opset: u32) -> i64 {
    match opset {
        ..=14 => 7,
        15..=18 => 8,
        19..=20 => 9,
        21..=22 => 10,
        _ => 11,
    }
}
