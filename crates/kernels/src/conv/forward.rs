//! The forward pass.

use super::correlate::{Correlation, Part};
use super::padded::Padded;
use super::shape::Conv2d;
use super::winograd::{self, TAPS};
use crate::{Algorithm, ConvOp, ExecContext};

/// `y[n, o, i, j] = Σ_{c,u,v} w[o, c, u, v] · x[n, c, stride·i + u − padding, stride·j + v − padding]`.
///
/// `x` is `[batch, in_channels, height, width]`, `w` `[out_channels, in_channels, kernel, kernel]`, `y`
/// `[batch, out_channels, out_height, out_width]`.
///
/// 3×3 kernels at a stride of 1 go by Winograd F(4×4, 3×3), in tiles of 4×4 outputs, so a number that is much larger than its neighbours, or
/// not finite, shows in the outputs of its tile that do not see it.
///
/// # Panics
///
/// If a slice has not the length that `shape` gives it.
pub fn conv2d(context: &ExecContext, shape: &Conv2d, x: &[f32], w: &[f32], y: &mut [f32]) {
    shape.assert_lens(x.len(), w.len(), y.len());
    forward(
        context,
        context.algorithm(ConvOp::Forward, shape),
        shape,
        x,
        w,
        y,
    );
}

/// As [`conv2d`], which checked the lengths, by an algorithm for weights of any value.
pub(super) fn forward(
    context: &ExecContext,
    algorithm: Algorithm,
    shape: &Conv2d,
    x: &[f32],
    w: &[f32],
    y: &mut [f32],
) {
    if algorithm == Algorithm::Winograd {
        let channels = shape.in_channels;
        let kernel = |o: usize, c: usize| {
            let kernel = &w[(o * channels + c) * TAPS..][..TAPS];
            kernel.try_into().expect("nine weights")
        };
        return winograd::correlate_planes(context, shape, x, kernel, y);
    }
    let (out_height, out_width) = (shape.out_height(), shape.out_width());
    let size = |size| usize::div_ceil(size + 2 * shape.padding, shape.stride);
    let source = Padded {
        channels: shape.in_channels,
        height: shape.height,
        width: shape.width,
        top: shape.padding,
        left: shape.padding,
        rows: size(shape.height),
        cols: size(shape.width),
        stride: shape.stride,
    };
    let taps = (0..shape.taps()).map(|tap| source.tap(tap / shape.kernel, tap % shape.kernel));
    let part = Part {
        rows: out_height,
        cols: out_width,
        taps: taps.collect(),
        first: 0,
    };
    let correlation = Correlation {
        source,
        out_channels: shape.out_channels,
        out_pixels: shape.out_pixels(),
        row_step: out_width,
        col_step: 1,
        parts: vec![part],
    };
    let (taps, channels) = (shape.taps(), shape.in_channels);
    let weight = |_, o: usize, c: usize, tap: usize| w[(o * channels + c) * taps + tap];
    correlation.run(context, x, weight, y);
}
