//! The gradient of the loss by the input.

use super::correlate::{Correlation, Part};
use super::padded::Padded;
use super::shape::Conv2d;
use super::winograd::{self, TAPS};
use crate::{Algorithm, ConvOp, ExecContext};

/// `grad_x[n, c, i, j] = Σ_{o,u,v} w[o, c, u, v] · grad_y[n, o, (i + padding − u) / stride, (j + padding − v) / stride]`
/// over the `u` and `v` for which both quotients are whole and within the output.
///
/// Shapes as for [`conv2d`](super::conv2d). The input's pixels fall into `stride²` grids, each of which sees its own
/// part of the kernel at a stride of one.
///
/// # Panics
///
/// If a slice has not the length that `shape` gives it.
pub fn conv2d_input_grad(
    context: &ExecContext,
    shape: &Conv2d,
    grad_y: &[f32],
    w: &[f32],
    grad_x: &mut [f32],
) {
    shape.assert_lens(grad_x.len(), w.len(), grad_y.len());
    let algorithm = context.algorithm(ConvOp::InputGrad, shape);
    input_grad(context, algorithm, shape, grad_y, w, grad_x);
}

/// As [`conv2d_input_grad`], which checked the lengths, by an algorithm for weights of any value.
pub(super) fn input_grad(
    context: &ExecContext,
    algorithm: Algorithm,
    shape: &Conv2d,
    grad_y: &[f32],
    w: &[f32],
    grad_x: &mut [f32],
) {
    if algorithm == Algorithm::Winograd {
        let channels = shape.in_channels;
        let turned = shape.turned();
        let kernel = |c: usize, o: usize| {
            let kernel = &w[(o * channels + c) * TAPS..][..TAPS];
            std::array::from_fn(|tap| kernel[TAPS - 1 - tap])
        };
        return winograd::correlate_planes(context, &turned, grad_y, kernel, grad_x);
    }
    let (height, width, stride) = (shape.height, shape.width, shape.stride);
    let (rows, cols) = (Axis::new(shape, height), Axis::new(shape, width));
    let source = Padded {
        channels: shape.out_channels,
        height: shape.out_height(),
        width: shape.out_width(),
        top: rows.before,
        left: cols.before,
        rows: rows.padded,
        cols: cols.padded,
        stride: 1,
    };
    let mut parts = Vec::new();
    let mut elements = Vec::new();
    for y in 0..stride.min(height) {
        for x in 0..stride.min(width) {
            let (mut taps, mut used) = (Vec::new(), Vec::new());
            for (u, dy) in rows.taps(y) {
                for (v, dx) in cols.taps(x) {
                    taps.push(source.tap(dy, dx));
                    used.push(u * shape.kernel + v);
                }
            }
            let (rows, cols) = ((height - y).div_ceil(stride), (width - x).div_ceil(stride));
            parts.push(Part {
                rows,
                cols,
                taps,
                first: y * width + x,
            });
            elements.push(used);
        }
    }
    let correlation = Correlation {
        source,
        out_channels: shape.in_channels,
        out_pixels: height * width,
        row_step: stride * width,
        col_step: stride,
        parts,
    };
    let (taps, channels) = (shape.taps(), shape.in_channels);
    let weight = |part: usize, c: usize, o: usize, tap: usize| {
        w[(o * channels + c) * taps + elements[part][tap]]
    };
    correlation.run(context, grad_y, weight, grad_x);
}

/// One axis of the input: pixel `stride·i + phase` takes element `u` of the kernel from output pixel
/// `i + (phase + padding − u) / stride`.
struct Axis {
    kernel: usize,
    stride: usize,
    padding: usize,
    /// Zeros before the output pixels, so that no index is negative.
    before: usize,
    /// Output pixels with the zeros on both sides.
    padded: usize,
}

impl Axis {
    fn new(shape: &Conv2d, size: usize) -> Self {
        let Conv2d {
            kernel,
            stride,
            padding,
            ..
        } = *shape;
        let out_size = (size + 2 * padding)
            .checked_sub(kernel)
            .map_or(0, |rest| rest / stride + 1);
        // The last element of the kernel reaches furthest back, the first one furthest on.
        let before = (kernel - 1).saturating_sub(padding).div_ceil(stride);
        let grid = size.div_ceil(stride);
        let furthest = before + grid + padding.div_ceil(stride);
        Self {
            kernel,
            stride,
            padding,
            before,
            padded: furthest.max(before + out_size),
        }
    }

    /// The kernel's elements that reach pixels of this phase, each with its place in the padded output.
    fn taps(&self, phase: usize) -> impl Iterator<Item = (usize, usize)> {
        let reach = phase + self.padding + self.before * self.stride;
        (0..self.kernel)
            .filter(move |u| (reach - u).is_multiple_of(self.stride))
            .map(move |u| (u, (reach - u) / self.stride))
    }
}
