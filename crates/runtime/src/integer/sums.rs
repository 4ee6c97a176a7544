//! The sums of a convolution, by the engine's table look-up.

use alloc::vec;
use alloc::vec::Vec;

use kernels::lookup::{LookupScratch, SignConv, Window};
use kernels::{Isa, Serial};

use super::{Layer, Line};
use crate::Padding;

/// What the kernels' inputs are less than ours: theirs are from −128 on.
const LESS: i32 = 128;

/// A convolution's sums.
pub(super) struct Sums {
    conv: SignConv,
    /// Padded planes of inputs, less 128.
    input: Vec<i16>,
    before: [usize; 2],
    /// 1 for each output: the sums are wanted as they are.
    scales: Vec<f32>,
    /// Σ ±(q − zero) − Σ ±(q − 128).
    biases: Vec<i32>,
}

impl Sums {
    pub(super) fn new(layer: &Layer, padding: Padding) -> Self {
        let [inputs, height, width] = layer.from;
        let before = [height, width].map(|size| padding.before(size, layer.kernel, layer.stride));
        let window = Window {
            height,
            width,
            kernel: layer.kernel,
            stride: layer.stride,
            before,
        };
        let conv = SignConv::new::<i16>(window, inputs, layer.to[0], &layer.bits);
        let [rows, columns] = conv.padded();
        let filler = i16::from(layer.zero) - LESS as i16;
        let row_len = inputs * layer.kernel * layer.kernel;
        let ones = |row: &[u8]| row.iter().map(|byte| byte.count_ones()).sum::<u32>();
        let signs = layer
            .bits
            .chunks_exact(row_len.div_ceil(8))
            .map(|row| 2 * ones(row) as i32 - row_len as i32);
        Self {
            input: vec![filler; inputs * rows * columns],
            before,
            scales: vec![1.0; layer.to[0]],
            biases: signs
                .map(|signs| (LESS - i32::from(layer.zero)) * signs)
                .collect(),
            conv,
        }
    }

    /// Lines of scratch memory that it needs.
    pub(super) fn scratch_lines(&self) -> usize {
        self.conv.scratch_lines()
    }

    /// Writes numbers of a map, by a line for each channel, as inputs of `layer` into their padding.
    #[inline(always)]
    pub(super) fn lay_out(
        &mut self,
        layer: &Layer,
        lines: &[Line],
        numbers: impl Iterator<Item = i32>,
    ) {
        let [_, height, width] = layer.from;
        let [rows, columns] = self.conv.padded();
        let least = i32::from(layer.least);
        let mut numbers = numbers;
        for (line, plane) in lines
            .iter()
            .zip(self.input.chunks_exact_mut(rows * columns))
        {
            let image = plane.chunks_exact_mut(columns).skip(self.before[0]);
            for row in image.take(height) {
                let row = &mut row[self.before[1]..][..width];
                for (to, x) in row.iter_mut().zip(&mut numbers) {
                    *to = (line.at(x).clamp(least, 255) - LESS) as i16;
                }
            }
        }
    }

    /// The sums of all outputs: whole numbers, which `f32` holds exactly up to 2²⁴.
    pub(super) fn sum(&self, isa: Isa, map: &mut [f32], scratch: &mut LookupScratch) {
        let [height, width] = self.conv.window().output();
        let out = &mut map[..self.scales.len() * height * width];
        let scratch = core::slice::from_mut(scratch);
        self.conv.convolve_i16(
            isa,
            &Serial,
            &self.input,
            &self.scales,
            &self.biases,
            out,
            scratch,
        );
    }
}
