//! 3×3 windows with stride 2 over the pixels inside the image: the skip path's mean, the stem's maximum.

use core::ops::Range;

use kernels::{Parallel, SharedSlice};

use graph::{Padding, PoolDivisor, Shape};

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
    let pooled = SharedSlice::new(&mut pooled[..out_channels * out_size]);
    let tasks = parallel.threads().min(rows);
    parallel.run(tasks, &|task| {
        // Bands of the image, as the convolutions have them: a band is in its core's cache.
        let band = task * rows / tasks..(task + 1) * rows / tasks;
        for channel in 0..out_channels {
            let start = channel * out_size + band.start * columns;
            // SAFETY: this band of this channel is this task's alone.
            let out = unsafe { pooled.slice(start, band.len() * columns) };
            if channel >= channels {
                out.fill(0.0);
                continue;
            }
            let plane = &map[channel * size..][..size];
            for (row, out) in band.clone().zip(out.chunks_exact_mut(columns)) {
                for (number, out) in out.chunks_mut(BLOCK).enumerate() {
                    let place = [row, number * BLOCK];
                    match pooling {
                        Pooling::Max => block(
                            plane,
                            [height, width],
                            padding,
                            place,
                            out,
                            f32::NEG_INFINITY,
                            f32::max,
                        ),
                        Pooling::Mean(divisor, _) => {
                            block(plane, [height, width], padding, place, out, 0.0, |a, b| {
                                a + b
                            });
                            divide([height, width], padding, divisor, place, out);
                        }
                    }
                }
            }
        }
    });
}

/// Outputs of a row that are computed together.
const BLOCK: usize = 32;

/// The pixels inside the image of a window with stride 2.
fn window(padding: Padding, output: usize, size: usize) -> Range<usize> {
    let before = padding.before(size, 3, 2);
    (output * 2).saturating_sub(before)..(output * 2 + 3 - before).min(size)
}

/// What `join` makes of the windows, with `outside` where there is no image, of outputs side by side in one channel, from a row and column on.
#[inline(always)]
fn block(
    plane: &[f32],
    [height, width]: [usize; 2],
    padding: Padding,
    [row, column]: [usize; 2],
    out: &mut [f32],
    outside: f32,
    join: impl Fn(f32, f32) -> f32,
) {
    let left = padding.before(width, 3, 2);
    let ys = window(padding, row, height);
    // Down the columns first, where numbers lie side by side.
    let mut line = [outside; 2 * BLOCK + 1];
    let skip = left.saturating_sub(2 * column);
    let first = (2 * column + skip) - left;
    let count = (2 * out.len() + 1 - skip).min(width - first);
    let inside = &mut line[skip..][..count];
    inside.copy_from_slice(&plane[ys.start * width + first..][..count]);
    for y in ys.skip(1) {
        let from = &plane[y * width + first..][..count];
        for (line, &pixel) in inside.iter_mut().zip(from) {
            *line = join(*line, pixel);
        }
    }
    for (x, out) in out.iter_mut().enumerate() {
        *out = join(join(line[2 * x], line[2 * x + 1]), line[2 * x + 2]);
    }
}

/// Makes sums over windows their means.
fn divide(
    [height, width]: [usize; 2],
    padding: Padding,
    divisor: PoolDivisor,
    [row, column]: [usize; 2],
    sums: &mut [f32],
) {
    let rows = match divisor {
        PoolDivisor::Kernel => {
            sums.iter_mut().for_each(|sum| *sum /= 9.0);
            return;
        }
        PoolDivisor::Inside => window(padding, row, height).len(),
    };
    let edges = [0, sums.len() - 1];
    let kept = edges.map(|x| sums[x]);
    sums.iter_mut().for_each(|sum| *sum /= (3 * rows) as f32);
    // Only there can a window reach over the side.
    for (x, sum) in edges.into_iter().zip(kept) {
        sums[x] = sum / (rows * window(padding, column + x, width).len()) as f32;
    }
}
