//! The forward pass, in integers alone. What is computed is specified, to the last bit, by the module `integer` of Onebit's
//! crate `runtime`.
//!
//! A convolution with weights of +1 and -1 needs 2P - T for each output, where T is the sum of all inputs that the kernel covers
//! and P that of the inputs whose weight is +1. Of four inputs there are 16 sums of subsets; each output adds one of them,
//! chosen by four of its bits.

use crate::model::{
    INPUTS, LAYERS, LOGIT_OFFSETS, MAP, MAP_MAX, MAX_POOL, PATCH, POOL_BOTTOM_RIGHT, POOL_BY_9,
};
use crate::{CLASSES, IMAGE_BYTES};

/// y = (multiplier * x + offset * 2^(shift - 12)) / 2^shift, rounded down.
pub(crate) struct Requantize(pub i32, pub i32, pub u8);

impl Requantize {
    fn at(&self, x: i32) -> i32 {
        let offset = i64::from(self.1) << (self.2 - 12);
        ((i64::from(self.0) * i64::from(x) + offset) >> self.2) as i32
    }
}

/// The weights of each output in a row: `[channel][kernel row][kernel column]`.
#[allow(dead_code)] // Most networks have one kind.
pub(crate) enum Weights {
    /// A bit each, 1 for +1, from a whole byte on for each output.
    Signs(&'static [u8]),
    Integers(&'static [i8]),
}

/// Where a convolution's results go.
#[allow(dead_code)]
pub(crate) enum Output {
    /// They are the input of the next one.
    Next,
    /// They become the map that skip connections add to.
    Map,
    /// They are added to it.
    Add,
    /// Over all pixels they are the logits.
    Logits,
}

/// A convolution.
pub(crate) struct Layer {
    /// Channels, rows and columns.
    pub from: [usize; 3],
    pub to: [usize; 3],
    pub kernel: usize,
    pub stride: usize,
    /// Padding before the image.
    pub before: [usize; 2],
    /// The input that stands for 0, and the lowest one.
    pub zero: u8,
    pub lowest: u8,
    pub weights: Weights,
    /// From the image or the map, a line for each channel; none where the convolution before gives the input.
    pub input: &'static [Requantize],
    pub sums: &'static [Requantize],
    /// Added to each sum, where `zero` is not 0.
    pub biases: &'static [i32],
    pub output: Output,
}

/// The working memory. It holds nothing from one image to the next.
pub struct Memory {
    inputs: [[u8; INPUTS]; 2],
    map: [i16; MAP],
    patch: [u8; PATCH],
    tables: [u16; 4 * PATCH],
}

impl Memory {
    /// Memory of zeros.
    pub const fn new() -> Self {
        Self {
            inputs: [[0; INPUTS]; 2],
            map: [0; MAP],
            patch: [0; PATCH],
            tables: [0; 4 * PATCH],
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

pub(crate) fn logits(memory: &mut Memory, image: &[u8; IMAGE_BYTES]) -> [i32; CLASSES] {
    let Memory {
        inputs: [first, second],
        map,
        patch,
        tables,
    } = memory;
    let (mut from, mut to) = (first, second);
    let mut logits = [0; CLASSES];
    for (index, layer) in LAYERS.iter().enumerate() {
        let lowest = i32::from(layer.lowest);
        let size = layer.from[1] * layer.from[2];
        for (channel, line) in layer.input.iter().enumerate() {
            for at in channel * size..(channel + 1) * size {
                let x = if index == 0 { i32::from(image[at]) } else { i32::from(map[at]) };
                from[at] = line.at(x).clamp(lowest, 255) as u8;
            }
        }
        let size = layer.to[1] * layer.to[2];
        let number = |x: i32| x.clamp(-MAP_MAX - 1, MAP_MAX) as i16;
        match layer.output {
            Output::Next => {
                let lowest = i32::from(LAYERS[index + 1].lowest);
                convolve(layer, from, patch, tables, |output, at, sum| {
                    to[output * size + at] = layer.sums[output].at(sum).clamp(lowest, 255) as u8;
                });
                core::mem::swap(&mut from, &mut to);
            }
            Output::Map => {
                convolve(layer, from, patch, tables, |output, at, sum| {
                    map[output * size + at] = number(layer.sums[output].at(sum));
                });
                if MAX_POOL {
                    pool(map, layer.to, |sum_and_max| sum_and_max.1);
                }
            }
            Output::Add => {
                let first = &LAYERS[index - 1];
                if first.stride == 2 {
                    pool(map, first.from, |(sum, _, count)| {
                        let count = if POOL_BY_9 { 9 } else { count };
                        (2 * sum + count).div_euclid(2 * count) as i16
                    });
                }
                // Channels that the map lacks.
                map[first.from[0] * size..layer.to[0] * size].fill(0);
                convolve(layer, from, patch, tables, |output, at, sum| {
                    let to = &mut map[output * size + at];
                    *to = number(i32::from(*to) + layer.sums[output].at(sum));
                });
            }
            Output::Logits => {
                convolve(layer, from, patch, tables, |output, _, sum| logits[output] += sum);
                for (output, logit) in logits.iter_mut().enumerate() {
                    *logit = layer.sums[output].at(*logit) + LOGIT_OFFSETS[output];
                }
            }
        }
    }
    logits
}

/// Gives each sum to `put`, with its output and its pixel.
#[inline(always)]
fn convolve(
    layer: &Layer,
    inputs: &[u8],
    patch: &mut [u8],
    tables: &mut [u16],
    mut put: impl FnMut(usize, usize, i32),
) {
    let [channels, height, width] = layer.from;
    let [outputs, rows, columns] = layer.to;
    let row_len = channels * layer.kernel * layer.kernel;
    let patch = &mut patch[..(row_len + 7) / 8 * 8];
    patch[row_len..].fill(0);
    for pixel in 0..rows * columns {
        let (row, column) = (pixel / columns * layer.stride, pixel % columns * layer.stride);
        let mut to = patch.iter_mut();
        for plane in inputs.chunks_exact(height * width).take(channels) {
            for ky in 0..layer.kernel {
                let y = (row + ky).wrapping_sub(layer.before[0]);
                for kx in 0..layer.kernel {
                    let x = (column + kx).wrapping_sub(layer.before[1]);
                    let inside = y < height && x < width;
                    if let Some(to) = to.next() {
                        *to = if inside { plane[y * width + x] } else { layer.zero };
                    }
                }
            }
        }
        let bias = |output: usize| layer.biases.get(output).copied().unwrap_or(0);
        match layer.weights {
            Weights::Signs(bits) => {
                let total: i32 = patch.iter().map(|&input| i32::from(input)).sum();
                for (inputs, table) in patch.chunks_exact(4).zip(tables.chunks_exact_mut(16)) {
                    subsets(inputs, table);
                }
                let rows = bits.chunks_exact(patch.len() / 8);
                for (output, row) in rows.enumerate().take(outputs) {
                    let mut positive = 0;
                    for (byte, table) in row.iter().zip(tables.chunks_exact(32)) {
                        let [low, high] = [usize::from(byte & 15), usize::from(byte >> 4)];
                        positive += i32::from(table[low]) + i32::from(table[16 + high]);
                    }
                    put(output, pixel, 2 * positive - total + bias(output));
                }
            }
            Weights::Integers(weights) => {
                for (output, row) in weights.chunks_exact(row_len).enumerate().take(outputs) {
                    let products = row.iter().zip(&*patch);
                    let products = products.map(|(&w, &input)| i32::from(w) * i32::from(input));
                    put(output, pixel, products.sum::<i32>() + bias(output));
                }
            }
        }
    }
}

/// The sums of all subsets of four inputs.
fn subsets(inputs: &[u8], table: &mut [u16]) {
    table[0] = 0;
    for (bit, &input) in inputs.iter().enumerate() {
        let (known, new) = table.split_at_mut(1 << bit);
        for (new, known) in new.iter_mut().zip(known) {
            *new = *known + u16::from(input);
        }
    }
}

/// Pools the map, of that shape, by 3x3 windows with stride 2, in place: what is written is never read later. `join` sees the
/// sum, the greatest and the number of the pixels inside.
fn pool(map: &mut [i16], [channels, height, width]: [usize; 3], join: impl Fn((i32, i16, i32)) -> i16) {
    let [rows, columns] = [(height + 1) / 2, (width + 1) / 2];
    let window = |output: usize, size: usize| {
        let before = if POOL_BOTTOM_RIGHT { size % 2 } else { 1 };
        (2 * output).saturating_sub(before)..(2 * output + 3 - before).min(size)
    };
    for channel in 0..channels {
        for row in 0..rows {
            for column in 0..columns {
                let (mut sum, mut greatest, mut count) = (0, i16::MIN, 0);
                for y in window(row, height) {
                    for x in window(column, width) {
                        let pixel = map[(channel * height + y) * width + x];
                        sum += i32::from(pixel);
                        greatest = greatest.max(pixel);
                        count += 1;
                    }
                }
                map[(channel * rows + row) * columns + column] = join((sum, greatest, count));
            }
        }
    }
}
