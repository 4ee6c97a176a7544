//! 3×3 windows with stride 2 over the pixels inside the image: the skip path's mean, the stem's maximum.

use kernels::Parallel;
use kernels::lookup::Planes;

use super::plan::Shape;
use crate::{Padding, PoolDivisor};

/// What becomes of a window.
#[derive(Clone, Copy)]
pub(super) enum Pooling {
    /// Its greatest pixel.
    Max,
    /// Its mean, and zeros in the channels after those of the input, up to so many.
    Mean(PoolDivisor, usize),
}

/// Pools all channels of `map` into `pooled`.
pub(super) fn pool(
    parallel: &dyn Parallel,
    [channels, height, width]: Shape,
    padding: Padding,
    pooling: Pooling,
    map: &[f32],
    pooled: &mut [f32],
) {
    let [rows, columns] = [height, width].map(|size| padding.output(size, 2));
    let out_channels = match pooling {
        Pooling::Max => channels,
        Pooling::Mean(_, channels) => channels,
    };
    let (size, out_size) = (height * width, rows * columns);
    let pooled = Planes::new(&mut pooled[..out_channels * out_size]);
    let tasks = parallel.threads().min(channels);
    parallel.run(tasks, &|task| {
        for channel in (task..out_channels).step_by(tasks) {
            // SAFETY: this channel is this task's alone.
            let out = unsafe { pooled.slice(channel * out_size, out_size) };
            if channel >= channels {
                out.fill(0.0);
                continue;
            }
            let plane = &map[channel * size..][..size];
            for (row, out) in out.chunks_exact_mut(columns).enumerate() {
                pool_row(plane, [height, width], padding, pooling, row, out);
            }
        }
    });
}

/// One row of one channel.
fn pool_row(
    plane: &[f32],
    [height, width]: [usize; 2],
    padding: Padding,
    pooling: Pooling,
    row: usize,
    out: &mut [f32],
) {
    let before = [height, width].map(|size| padding.before(size, 3, 2));
    let window = |output: usize, before: usize, size: usize| {
        (output * 2).saturating_sub(before)..(output * 2 + 3 - before).min(size)
    };
    let ys = window(row, before[0], height);
    out.fill(match pooling {
        Pooling::Max => f32::NEG_INFINITY,
        Pooling::Mean(..) => 0.0,
    });
    // Row by row and column by column of the window, so that the inner loop runs over outputs.
    for y in ys.clone() {
        let from = &plane[y * width..][..width];
        for x in 0..3 {
            // Output o reads 2·o + x − before; the first may lie before the image.
            let first = before[1].saturating_sub(x).div_ceil(2);
            let start = 2 * first + x - before[1];
            let pixels = from.get(start..).unwrap_or_default().iter().step_by(2);
            let outputs = out.iter_mut().skip(first).zip(pixels);
            match pooling {
                Pooling::Max => outputs.for_each(|(out, &pixel)| *out = out.max(pixel)),
                Pooling::Mean(..) => outputs.for_each(|(out, &pixel)| *out += pixel),
            }
        }
    }
    if let Pooling::Mean(divisor, _) = pooling {
        for (column, out) in out.iter_mut().enumerate() {
            let count = match divisor {
                PoolDivisor::Inside => ys.len() * window(column, before[1], width).len(),
                PoolDivisor::Kernel => 9,
            };
            *out /= count as f32;
        }
    }
}
