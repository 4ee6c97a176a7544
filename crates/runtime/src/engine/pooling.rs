//! 3×3 pools with stride 2: of a skip path, and behind the first convolution for ImageNet.

use kernels::signs::PIXELS;

use super::plan::{Shape, blocked};
use crate::{Padding, PoolDivisor};

/// What a window becomes.
pub(super) enum Pooling {
    /// Its greatest value.
    Max,
    /// The mean, followed by zeros up to so many channels.
    Mean(PoolDivisor, usize),
}

/// 3×3 windows with stride 2 over the pixels inside the image.
pub(super) fn pool(
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
    pooled[..blocked([out_channels, rows, columns])].fill(0.0);
    let window = |output: usize, size: usize| {
        let before = padding.before(size, 3, 2);
        (output * 2).saturating_sub(before)..(output * 2 + 3 - before).min(size)
    };
    let at = |channels: usize, channel: usize, index: usize| {
        (index / PIXELS * channels + channel) * PIXELS + index % PIXELS
    };
    for row in 0..rows {
        let ys = window(row, height);
        for column in 0..columns {
            let xs = window(column, width);
            let count = match &pooling {
                Pooling::Mean(PoolDivisor::Kernel, _) => 9,
                _ => ys.len() * xs.len(),
            };
            for channel in 0..channels {
                let (mut sum, mut most) = (0.0, f32::NEG_INFINITY);
                for y in ys.clone() {
                    for x in xs.clone() {
                        let value = map[at(channels, channel, y * width + x)];
                        sum += value;
                        most = most.max(value);
                    }
                }
                pooled[at(out_channels, channel, row * columns + column)] = match pooling {
                    Pooling::Max => most,
                    Pooling::Mean(..) => sum / count as f32,
                };
            }
        }
    }
}
