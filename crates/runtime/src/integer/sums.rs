//! The sums of a convolution: of signs by the engine's table look-up.

use alloc::vec;
use alloc::vec::Vec;

use kernels::lookup::{LookupScratch, SignConv, Window};
use kernels::products::{Plane, add_products};
use kernels::{Isa, Serial};

use super::{Layer, LayerWeights, Requantize};
use crate::Padding;

/// What the kernels' inputs are less than ours: theirs are from −128 on.
const LESS: i32 = 128;

/// A convolution's sums.
pub(super) struct Sums {
    factors: Factors,
    window: Window,
    /// Rows and columns of a padded plane.
    padded: [usize; 2],
    /// Padded planes of inputs, less 128.
    input: Vec<i16>,
    /// 1 for each output: look-up's sums are wanted as they are.
    scales: Vec<f32>,
    /// Σ w·(q − zero) − Σ w·(q − 128) for each output.
    biases: Vec<i32>,
}

enum Factors {
    /// Signs, by table look-up.
    Signs(SignConv),
    /// Integers, by multiplication, `[output][row]`.
    Int8(Vec<i8>),
}

impl Sums {
    pub(super) fn new(layer: &Layer, padding: Padding) -> Self {
        let [inputs, height, width] = layer.from;
        let (kernel, stride) = (layer.kernel, layer.stride);
        let window = Window {
            height,
            width,
            kernel,
            stride,
            before: [height, width].map(|size| padding.before(size, kernel, stride)),
        };
        let row_len = inputs * kernel * kernel;
        let (factors, padded, totals): (_, _, Vec<i32>) = match &layer.weights {
            LayerWeights::Signs(bits) => {
                let conv = SignConv::new::<i16>(window, inputs, layer.to[0], bits);
                let rows = bits.chunks_exact(row_len.div_ceil(8));
                let ones = |row: &[u8]| row.iter().map(|byte| byte.count_ones()).sum::<u32>();
                let total = |row| 2 * ones(row) as i32 - row_len as i32;
                let padded = conv.padded();
                (Factors::Signs(conv), padded, rows.map(total).collect())
            }
            LayerWeights::Int8(values) => {
                let [rows, columns] = window.output();
                let padded = [(rows, height, 0), (columns, width, 1)].map(|(out, size, axis)| {
                    ((out - 1) * stride + kernel).max(window.before[axis] + size)
                });
                let total = |row: &[i8]| row.iter().map(|&value| i32::from(value)).sum();
                let totals = values.chunks_exact(row_len).map(total).collect();
                (Factors::Int8(values.clone()), padded, totals)
            }
        };
        let filler = i16::from(layer.zero) - LESS as i16;
        let bias = |total| (LESS - i32::from(layer.zero)) * total;
        Self {
            input: vec![filler; inputs * padded[0] * padded[1]],
            biases: totals.into_iter().map(bias).collect(),
            scales: vec![1.0; layer.to[0]],
            factors,
            window,
            padded,
        }
    }

    /// Lines of scratch memory that it needs.
    pub(super) fn scratch_lines(&self) -> usize {
        match &self.factors {
            Factors::Signs(conv) => conv.scratch_lines(),
            Factors::Int8(_) => 0,
        }
    }

    /// Writes numbers of a map, by a line for each channel, as inputs of `layer` into their padding.
    #[inline(always)]
    pub(super) fn lay_out(
        &mut self,
        layer: &Layer,
        lines: &[Requantize],
        numbers: impl Iterator<Item = i32>,
    ) {
        let [_, height, width] = layer.from;
        let [rows, columns] = self.padded;
        let min = i32::from(layer.min);
        let mut numbers = numbers;
        for (line, plane) in lines
            .iter()
            .zip(self.input.chunks_exact_mut(rows * columns))
        {
            let image = plane.chunks_exact_mut(columns).skip(self.window.before[0]);
            for row in image.take(height) {
                let row = &mut row[self.window.before[1]..][..width];
                for (to, x) in row.iter_mut().zip(&mut numbers) {
                    *to = (line.at(x).clamp(min, 255) - LESS) as i16;
                }
            }
        }
    }

    /// The sums of all outputs. `floats` is for look-up's: whole numbers, which `f32` holds exactly up
    /// to 2²⁴.
    pub(super) fn sum(
        &self,
        isa: Isa,
        sums: &mut [i32],
        floats: &mut [f32],
        scratch: &mut LookupScratch,
    ) {
        let [height, width] = self.window.output();
        let size = height * width;
        let outputs = self.biases.len();
        let conv = match &self.factors {
            Factors::Signs(conv) => conv,
            Factors::Int8(values) => {
                let row_len = values.len() / outputs;
                let rows = values.chunks_exact(row_len).zip(&self.biases);
                for (sums, (row, &bias)) in sums.chunks_exact_mut(size).zip(rows) {
                    self.multiply(isa, row, bias, sums);
                }
                return;
            }
        };
        let out = &mut floats[..outputs * size];
        let scratch = core::slice::from_mut(scratch);
        conv.convolve_i16(
            isa,
            &Serial,
            &self.input,
            &self.scales,
            &self.biases,
            out,
            scratch,
        );
        for (sum, &float) in sums.iter_mut().zip(&floats[..outputs * size]) {
            *sum = float as i32;
        }
    }

    /// The sums of one output, by multiplication.
    fn multiply(&self, isa: Isa, row: &[i8], bias: i32, sums: &mut [i32]) {
        let Window { kernel, stride, .. } = self.window;
        let [_, width] = self.window.output();
        let [rows, columns] = self.padded;
        sums.fill(bias);
        let planes = self.input.chunks_exact(rows * columns);
        for (pixels, weights) in planes.zip(row.chunks_exact(kernel * kernel)) {
            let plane = Plane { pixels, columns };
            add_products(isa, plane, weights, stride, width, sums);
        }
    }
}
