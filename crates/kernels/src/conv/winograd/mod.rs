//! The weight gradient of a 3×3 convolution at a stride of 1, with 16 multiplications in place of 36.
//!
//! In one dimension two pixels of `grad_y` and four of `x` have a part in three weights, by
//! `out[u] = g[0]·x[u] + g[1]·x[u + 1]`: six products. Four will do (Winograd 1980; for networks Lavin and Gray 2016):
//!
//! ```text
//! m = [(x0 − x2) · g0,  (x1 + x2) · (g0 + g1),  (x2 − x1) · (g0 − g1),  (x3 − x1) · g1]
//! out = [m0 + (m1 + m2) / 2,  (m1 − m2) / 2,  (m1 + m2) / 2 + m3]
//! ```
//!
//! In two dimensions that is done along both: tiles of 2×2 pixels of `grad_y` and of 4×4 of `x` become 16 points
//! each. Every point is a matrix product over the tiles, and what turns sums of points into weights comes after the
//! sum, once. All factors are 0, ±1 and ½, so that little is lost: see the bound in the tests.

mod sum;
mod transform;

use super::shape::Conv2d;
use crate::Machine;
use sum::{POINTS, Plan};

/// Tasks to aim at: fixed, so that sums do not depend on the number of threads.
const TASKS: usize = 16;

/// Whether this way is faster, on measurements: by shape alone, so that threads change no bit.
pub(super) fn gains(shape: &Conv2d) -> bool {
    let fits = shape.kernel == 3 && shape.stride == 1 && shape.out_pixels() > 0;
    fits && shape.batch > 0 && shape.in_channels >= 16 && shape.out_channels >= 16
}

/// As [`conv2d_weight_grad`](super::conv2d_weight_grad), which checked the lengths.
pub(super) fn weight_grad(
    machine: &Machine,
    shape: &Conv2d,
    x: &[f32],
    grad_y: &[f32],
    grad_w: &mut [f32],
) {
    let plan = Plan::new(machine, shape);
    let blocks = shape.out_channels.div_ceil(plan.channels);
    let chunks = TASKS.div_ceil(blocks).min(shape.batch);
    let part = plan.channels * POINTS * plan.in_channels;
    let mut sums = machine.scratch(chunks * blocks * part);
    machine.run(sums.chunks_mut(part), |index, sums| {
        let (chunk, block) = (index / blocks, index % blocks);
        let images = chunk * shape.batch / chunks..(chunk + 1) * shape.batch / chunks;
        plan.sum(machine, x, grad_y, images, block * plan.channels, sums);
    });
    machine.run(grad_w.chunks_mut(shape.in_channels * 9), |o, row| {
        let pitch = plan.in_channels;
        let mut total = machine.scratch(POINTS * pitch);
        total.fill(0.0);
        let (block, channel) = (o / plan.channels, o % plan.channels);
        let (group, channel) = (channel / plan.rows, channel % plan.rows);
        for chunk in 0..chunks {
            let place = (chunk * blocks + block) * part;
            for (point, total) in total.chunks_exact_mut(pitch).enumerate() {
                let row = (group * POINTS + point) * plan.rows + channel;
                let sums = &sums[place + row * pitch..][..pitch];
                for (total, sum) in total.iter_mut().zip(sums) {
                    *total += sum;
                }
            }
        }
        for (channel, kernel) in row.chunks_exact_mut(9).enumerate() {
            let point = |index: usize| total[index * pitch + channel];
            let rows: [[f32; 3]; 4] = std::array::from_fn(|row| {
                transform::weights(std::array::from_fn(|col| point(4 * row + col)))
            });
            for v in 0..3 {
                let column = transform::weights(std::array::from_fn(|row| rows[row][v]));
                for (u, weight) in column.into_iter().enumerate() {
                    kernel[3 * u + v] = weight;
                }
            }
        }
    });
}
