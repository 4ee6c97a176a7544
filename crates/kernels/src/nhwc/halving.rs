//! 3×3 convolutions at a stride of 2, by plain sums over padded images.

use std::ops::Range;

use super::direct::{Direct, Row};
use super::source::Reading;
use crate::conv::chunks::{CHANNELS, ChunkSums};
use crate::conv::winograd::{PIXELS, Rows, Sink, TAPS};
use crate::tile::{self, Offsets, Tile};
use crate::{Conv2d, ExecContext};

/// An image with zeros around it, `[block of lanes][row][column][lane]`.
struct Frame {
    channels: usize,
    height: usize,
    width: usize,
    lanes: usize,
    /// Zeros above and on the left.
    before: usize,
    rows: usize,
    cols: usize,
}

impl Frame {
    fn new([channels, height, width]: [usize; 3], lanes: usize, before: usize) -> Self {
        Self {
            channels,
            height,
            width,
            lanes,
            before,
            rows: before + height + 1,
            cols: before + width + 1,
        }
    }

    /// Floats of a block.
    fn block(&self) -> usize {
        self.rows * self.cols * self.lanes
    }

    fn blocks(&self) -> usize {
        self.channels / self.lanes
    }

    fn len(&self) -> usize {
        self.blocks() * self.block()
    }

    /// Where a pixel lies within a block.
    fn place(&self, y: usize, x: usize) -> usize {
        (y * self.cols + x) * self.lanes
    }

    /// Writes an image; the zeros are there.
    fn fill(&self, images: &impl Rows, image: usize, out: &mut [f32]) {
        for (block, out) in out.chunks_exact_mut(self.block()).enumerate() {
            for y in 0..self.height {
                let start = self.place(self.before + y, self.before);
                let out = &mut out[start..][..self.width * self.lanes];
                images.row(image, y, block * self.lanes, self.lanes, out);
            }
        }
    }

    /// What [`Direct`] reads for the pixels at `(y, x)` from each, block after block.
    fn taps(&self, pixels: &[[usize; 2]]) -> Vec<usize> {
        let blocks = |&[y, x]: &[usize; 2]| {
            (0..self.blocks()).map(move |block| block * self.block() + self.place(y, x))
        };
        pixels.iter().flat_map(blocks).collect()
    }
}

/// The convolution; a sink for each image.
pub(super) fn correlate<S: Sink>(
    context: &ExecContext,
    shape: &Conv2d,
    images: &Reading<'_>,
    w: &[f32],
    sinks: impl Iterator<Item = S>,
) {
    let (isa, lanes) = (context.isa(), tile::lanes(context.isa()));
    let (inputs, outputs) = (shape.in_channels, shape.out_channels);
    let frame = Frame::new([inputs, shape.height, shape.width], lanes, 1);
    let all = (0..TAPS).map(|tap| [tap / 3, tap % 3]).collect::<Vec<_>>();
    let weights = sides(w, inputs, &all);
    let taps = frame.taps(&all);
    let direct = Direct {
        source: &[],
        taps: &taps,
        channels: lanes,
        weights: &weights,
        pitch: outputs,
    };
    let (height, width) = (shape.out_height(), shape.out_width());
    let row_len = width * lanes;
    context.run(sinks, |image, mut sink| {
        let mut source = context.scratch(frame.len());
        source.fill(0.0);
        frame.fill(images, image, &mut source);
        let direct = Direct {
            source: &source,
            ..direct
        };
        let spread = PIXELS * row_len;
        let mut pixels = context.scratch(outputs / lanes * spread);
        for top in (0..height).step_by(PIXELS) {
            for y in top..height.min(top + PIXELS) {
                let row = Row {
                    base: frame.place(2 * y, 0),
                    step: 2 * lanes,
                    pixels: width,
                    spread,
                    out_step: lanes,
                };
                direct.compute(isa, row, &mut pixels[(y - top) * row_len..]);
            }
            for (block, pixels) in pixels.chunks_exact_mut(spread).enumerate() {
                sink.strip(0, top, block * lanes, pixels, row_len);
            }
        }
    });
}

/// The input gradient; a sink for each image.
pub(super) fn input_grad<S: Sink>(
    context: &ExecContext,
    shape: &Conv2d,
    grad_y: &Reading<'_>,
    w: &[f32],
    sinks: impl Iterator<Item = S>,
) {
    let (isa, lanes) = (context.isa(), tile::lanes(context.isa()));
    let (inputs, outputs) = (shape.in_channels, shape.out_channels);
    let sizes = [outputs, shape.out_height(), shape.out_width()];
    let frame = Frame::new(sizes, lanes, 0);
    // Of even and odd rows: which of the kernel's, and where they read. So of columns.
    let axes: [&[[usize; 2]]; 2] = [&[[1, 0]], &[[0, 1], [2, 0]]];
    let phases: Vec<_> = (0..4)
        .map(|phase| {
            let (rows, cols) = (axes[phase / 2], axes[phase % 2]);
            let pairs = rows
                .iter()
                .flat_map(|row| cols.iter().map(move |col| [row, col]));
            let (elements, places): (Vec<_>, Vec<_>) = pairs
                .map(|[row, col]| ([row[0], col[0]], [row[1], col[1]]))
                .unzip();
            (
                sides_turned(w, [outputs, inputs], &elements),
                frame.taps(&places),
            )
        })
        .collect();
    let (height, width) = (shape.height, shape.width);
    let row_len = width * lanes;
    context.run(sinks, |image, mut sink| {
        let mut source = context.scratch(frame.len());
        source.fill(0.0);
        frame.fill(grad_y, image, &mut source);
        let spread = PIXELS * row_len;
        let mut pixels = context.scratch(inputs / lanes * spread);
        for top in (0..height).step_by(PIXELS) {
            for y in top..height.min(top + PIXELS) {
                for x in 0..width.min(2) {
                    let (weights, taps) = &phases[y % 2 * 2 + x];
                    let direct = Direct {
                        source: &source,
                        taps,
                        channels: lanes,
                        weights,
                        pitch: inputs,
                    };
                    let row = Row {
                        base: frame.place(y / 2, 0),
                        step: lanes,
                        pixels: (width - x).div_ceil(2),
                        spread,
                        out_step: 2 * lanes,
                    };
                    let start = (y - top) * row_len + x * lanes;
                    direct.compute(isa, row, &mut pixels[start..]);
                }
            }
            for (block, pixels) in pixels.chunks_exact_mut(spread).enumerate() {
                sink.strip(0, top, block * lanes, pixels, row_len);
            }
        }
    });
}

/// The weights' gradient.
pub(super) fn weight_grad(
    context: &ExecContext,
    shape: &Conv2d,
    x: &Reading<'_>,
    grad_y: &Reading<'_>,
    grad_w: &mut [f32],
) {
    let (isa, inputs) = (context.isa(), shape.in_channels);
    let (lanes, rows) = (tile::lanes(isa), tile::rows(isa));
    let frame = Frame::new([inputs, shape.height, shape.width], lanes, 1);
    let (height, width) = (shape.out_height(), shape.out_width());
    let places =
        (0..height * width).map(|pixel| frame.place(2 * (pixel / width), 2 * (pixel % width)));
    let offsets = Offsets::new(places);
    let channels = CHANNELS.min(shape.out_channels.next_multiple_of(rows));
    let row_len = TAPS * inputs;
    let sum = |_, images: Range<usize>, first: usize, sums: &mut [f32]| {
        let mut source = context.scratch(frame.len());
        source.fill(0.0);
        let group = height * width * rows;
        let groups = channels.min(shape.out_channels - first).div_ceil(rows);
        let mut turned = context.scratch(groups * group);
        for image in images.clone() {
            frame.fill(x, image, &mut source);
            for (index, turned) in turned.chunks_exact_mut(group).enumerate() {
                for (y, out) in turned.chunks_exact_mut(width * rows).enumerate() {
                    grad_y.row(image, y, first + index * rows, rows, out);
                }
            }
            for (vector, vectors) in tile::tiles(frame.blocks() * TAPS) {
                let base = |vector: usize| {
                    let (block, tap) = (vector / TAPS, vector % TAPS);
                    block * frame.block() + frame.place(tap / 3, tap % 3)
                };
                let last = frame.blocks() * TAPS - 1;
                for (index, weights) in turned.chunks_exact(group).enumerate() {
                    let tile = Tile {
                        weights,
                        weights_pitch: rows,
                        source: &source,
                        offsets: &offsets,
                        bases: std::array::from_fn(|v| base((vector + v).min(last))),
                        vectors,
                        rows,
                        out_bases: std::array::from_fn(|v| (vector + v) * lanes),
                        out_pitch: row_len,
                        accumulate: image > images.start,
                    };
                    tile.compute(isa, &mut sums[index * rows * row_len..]);
                }
            }
        }
    };
    let sums = ChunkSums::new(context, shape, channels, row_len, sum);
    context.run(grad_w.chunks_mut(inputs * TAPS), |o, row| {
        let total = sums.total(o);
        for (k, to) in row.iter_mut().enumerate() {
            let (channel, tap) = (k / TAPS, k % TAPS);
            *to = total[(channel / lanes * TAPS + tap) * lanes + channel % lanes];
        }
    });
}

/// Some elements of the kernels with output channels side by side: `[element][input][output]`.
fn sides(w: &[f32], inputs: usize, elements: &[[usize; 2]]) -> Vec<f32> {
    let outputs = w.len() / inputs / TAPS;
    let of = |&[u, v]: &[usize; 2]| {
        (0..inputs)
            .flat_map(move |c| (0..outputs).map(move |o| w[(o * inputs + c) * TAPS + 3 * u + v]))
    };
    elements.iter().flat_map(of).collect()
}

/// Some elements with input channels side by side: `[element][output][input]`.
fn sides_turned(w: &[f32], [outputs, inputs]: [usize; 2], elements: &[[usize; 2]]) -> Vec<f32> {
    let of = |&[u, v]: &[usize; 2]| {
        (0..outputs)
            .flat_map(move |o| (0..inputs).map(move |c| w[(o * inputs + c) * TAPS + 3 * u + v]))
    };
    elements.iter().flat_map(of).collect()
}
