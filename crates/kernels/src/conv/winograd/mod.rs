//! Winograd F(4×4, 3×3): 3×3 convolutions at a stride of 1, and both gradients, with 36 multiplications in place of 144.
//!
//! In one dimension four pixels of `grad_y` and six of `x` have a part in three weights' gradients, by
//! `out[u] = Σ_j g[j] · x[u + j]`: twelve products. Six will do (Winograd 1980; for networks Lavin and Gray 2016): `g` is
//! taken as a polynomial, and its values at the points 0, 1, −1, 2, −2 and ∞ are multiplied with
//!
//! ```text
//! [4·x0 − 5·x2 + x4,  (x4 − 4·x2) ± (x3 − 4·x1),  (x4 − x2) ± 2·(x3 − x1),  4·x1 − 5·x3 + x5]
//! ```
//!
//! of which three sums with the factors ¼, −⅙, 1/24 and powers of the points are the weights'. In two dimensions that is done
//! along both: tiles of 4×4 pixels of `grad_y` and of 6×6 of `x` become 36 points each. Every point is a matrix product
//! over the tiles, and what turns sums of points into weights comes after the sum.
//!
//! The forward pass exchanges the roles: three weights and the same six pixels make four outputs, the products summing over
//! input channels. The input gradient is that too, of `grad_y` with every kernel turned by half a circle.
//!
//! What that costs in precision is bounded in the tests; typical errors are 2·10⁻⁶ of the answers' size, some ten times those
//! of plain sums.

mod forward;
mod multiply;
mod strips;
mod sum;
mod transform;

use std::ops::Range;
use std::sync::Mutex;

use super::chunks::ChunkSums;
use super::shape::Conv2d;
use crate::ExecContext;
use forward::Correlation;
pub(super) use forward::correlate_planes;
pub(crate) use forward::{Sink, correlate, images_together};
use strips::FromPlanes;
pub(crate) use strips::Rows;
use sum::Plan;

/// Pixels along one axis of a tile of `grad_y`.
pub(crate) const PIXELS: usize = 4;
/// Pixels along one axis of a tile of `x`, and points along one axis.
const SIDE: usize = 6;
/// Points of a tile.
pub(crate) const POINTS: usize = SIDE * SIDE;
/// A cache line, in floats.
const LINE: usize = 16;
/// Weights of a kernel.
pub(crate) const TAPS: usize = 9;

/// As [`conv2d_weight_grad`](super::conv2d_weight_grad), which checked the lengths.
pub(super) fn weight_grad_planes(
    context: &ExecContext,
    shape: &Conv2d,
    x: &[f32],
    grad_y: &[f32],
    grad_w: &mut [f32],
) {
    let planes = |images, channels, height, width| FromPlanes {
        isa: context.isa(),
        images,
        channels,
        height,
        width,
    };
    let x = planes(x, shape.in_channels, shape.height, shape.width);
    let (height, width) = (shape.out_height(), shape.out_width());
    let grad_y = planes(grad_y, shape.out_channels, height, width);
    weight_grad(context, shape, &x, &grad_y, grad_w);
}

/// `grad_w[o, c, u, v] = Σ_{n,i,j} grad_y[n, o, i, j] · x[n, c, i + u − padding, j + v − padding]`.
pub(crate) fn weight_grad(
    context: &ExecContext,
    shape: &Conv2d,
    x: &impl Rows,
    grad_y: &impl Rows,
    grad_w: &mut [f32],
) {
    let plan = Plan::new(context, shape);
    let row_len = TAPS * plan.in_channels;
    let sum = |_, images, first, rows: &mut [f32]| {
        let mut adding = plan.begin(context, first);
        adding.add(x, grad_y, images);
        adding.finish(rows);
    };
    let sums = ChunkSums::new(context, shape, plan.channels, row_len, sum);
    write_weights(context, shape, &plan, &sums, grad_w);
}

fn write_weights(
    context: &ExecContext,
    shape: &Conv2d,
    plan: &Plan<'_>,
    sums: &ChunkSums<'_>,
    grad_w: &mut [f32],
) {
    let pitch = plan.in_channels;
    context.run(grad_w.chunks_mut(shape.in_channels * TAPS), |o, row| {
        let total = sums.total(o);
        for (channel, kernel) in row.chunks_exact_mut(TAPS).enumerate() {
            for (tap, weight) in kernel.iter_mut().enumerate() {
                *weight = total[tap * pitch + channel];
            }
        }
    });
}

/// [`weight_grad`] and the input gradient together, some images after others: `grad_y` comes from memory once. `kernel` is that of [`correlate`]
/// of the gradient, and there is one sink for each of [`images_of_chunks`].
pub(crate) fn both_grads<S: Sink>(
    context: &ExecContext,
    shape: &Conv2d,
    x: &impl Rows,
    grad_y: &impl Rows,
    kernel: impl Fn(usize, usize) -> [f32; TAPS] + Sync,
    grad_w: &mut [f32],
    sinks: impl Iterator<Item = S>,
) {
    let plan = Plan::new(context, shape);
    assert!(plan.channels >= shape.out_channels, "one block of channels");
    let turned = shape.turned();
    let correlation = Correlation::new(context, &turned, kernel);
    let together = correlation.images.max(plan.images());
    let sinks: Vec<_> = sinks.map(|sink| Mutex::new(Some(sink))).collect();
    let sum = |chunk: usize, images: Range<usize>, first, rows: &mut [f32]| {
        let sink = sinks[chunk].lock().ok().and_then(|mut sink| sink.take());
        let mut sink = sink.expect("a chunk comes once");
        let mut adding = plan.begin(context, first);
        for start in images.clone().step_by(together) {
            let some = start..images.end.min(start + together);
            correlation.run(grad_y, some.clone(), images.end, images.start, &mut sink);
            adding.add(x, grad_y, some);
        }
        adding.finish(rows);
    };
    let row_len = TAPS * plan.in_channels;
    let sums = ChunkSums::new(context, shape, plan.channels, row_len, sum);
    write_weights(context, shape, &plan, &sums, grad_w);
}
