//! The bits of a ±1 matrix, in the order in which the product reads them.

use super::CHUNK;

/// A matrix of ±1: a row of bits for each output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignMatrix {
    outputs: usize,
    inputs: usize,
    /// `[chunk][output]`: bit r is the sign of row r of the chunk.
    words: Vec<u32>,
}

impl SignMatrix {
    /// A matrix from packed bits: a row of ⌈inputs/8⌉ bytes for each output, from the least
    /// significant bit on, 1 for +1.
    ///
    /// # Panics
    ///
    /// When `bits` has another length.
    pub fn new(outputs: usize, inputs: usize, bits: &[u8]) -> Self {
        let row_bytes = inputs.div_ceil(8);
        assert_eq!(bits.len(), outputs * row_bytes, "a row of bits per output");
        let chunks = inputs.div_ceil(CHUNK);
        let mut words = vec![0; chunks * outputs];
        for (chunk, words) in words.chunks_exact_mut(outputs.max(1)).enumerate() {
            let bytes = chunk * CHUNK / 8;
            for (output, word) in words.iter_mut().enumerate() {
                let row = &bits[output * row_bytes..][..row_bytes];
                for (index, &byte) in row[bytes..].iter().take(CHUNK / 8).enumerate() {
                    *word |= u32::from(byte) << (8 * index);
                }
            }
        }
        Self {
            outputs,
            inputs,
            words,
        }
    }

    /// Rows of the result.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Input rows.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Input rows with those that fill up the last chunk, which must be 0.
    pub fn padded_inputs(&self) -> usize {
        self.inputs.div_ceil(CHUNK) * CHUNK
    }

    pub(super) fn words(&self) -> &[u32] {
        &self.words
    }
}
