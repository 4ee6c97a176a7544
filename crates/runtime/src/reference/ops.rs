//! The operations of a network on feature maps, each as it is defined.

use alloc::vec;
use alloc::vec::Vec;

use super::Real;
use graph::{Padding, PoolDivisor};

use crate::{Affine, Conv};

/// Feature maps: channel by channel, row by row.
#[derive(Clone)]
pub(super) struct Maps<R> {
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) data: Vec<R>,
}

pub(super) fn normed<R: Real>(x: &Maps<R>, norm: &Affine) -> Maps<R> {
    let mut maps = x.clone();
    let numbers = norm.scale.iter().zip(&norm.offset);
    for (plane, (&scale, &offset)) in maps.planes_mut().zip(numbers) {
        for x in plane {
            *x = R::from(scale) * *x + R::from(offset);
        }
    }
    maps
}

pub(super) fn floored<R: Real>(x: &Maps<R>, floor: f32) -> Maps<R> {
    let mut maps = x.clone();
    let floor = R::from(floor);
    for x in &mut maps.data {
        if *x < floor {
            *x = floor;
        }
    }
    maps
}

pub(super) fn convolved<R: Real>(x: &Maps<R>, conv: &Conv, padding: Padding) -> Maps<R> {
    let (kernel, stride) = (conv.kernel, conv.stride);
    let outputs = [x.height, x.width].map(|size| padding.output(size, stride));
    let [height, width] = outputs;
    // The image in zeros, from the padding before it to the last pixel that is read.
    let before = [x.height, x.width].map(|size| padding.before(size, kernel, stride));
    let [rows, columns] = [0, 1].map(|axis| {
        let size = [x.height, x.width][axis];
        ((outputs[axis] - 1) * stride + kernel).max(before[axis] + size)
    });
    let mut padded = vec![R::from(0u8); x.channels * rows * columns];
    for (from, to) in x.planes().zip(padded.chunks_exact_mut(rows * columns)) {
        for (y, row) in from.chunks_exact(x.width).enumerate() {
            let start = (before[0] + y) * columns + before[1];
            to[start..start + x.width].copy_from_slice(row);
        }
    }

    let mut data = Vec::with_capacity(conv.out_channels * height * width);
    // At stride 1 all outputs of a plane are one run of the padded plane; a larger stride leaves
    // some of them out in the end. The ends of rows are computed for nothing.
    let run = (height - 1) * stride * columns + (width - 1) * stride + 1;
    let mut sums = vec![R::from(0u8); run];
    for out in 0..conv.out_channels {
        sums.fill(R::from(0u8));
        for (index, weight) in conv.row(out).enumerate() {
            let (channel, tap) = (index / (kernel * kernel), index % (kernel * kernel));
            let start = channel * rows * columns + tap / kernel * columns + tap % kernel;
            let weight = match conv.integer(out, index) {
                Some(integer) => R::from(integer),
                None => R::from(weight),
            };
            for (sum, &pixel) in sums.iter_mut().zip(&padded[start..start + run]) {
                *sum += weight * pixel;
            }
        }
        // The scale comes after the sum, as the paper deploys it.
        let scale = R::from(conv.weights.scale().map_or(1.0, |scale| scale.of(out)));
        for y in 0..height {
            let row = (0..width).map(|x| sums[y * stride * columns + x * stride]);
            data.extend(row.map(|sum| scale * sum));
        }
    }
    Maps {
        channels: conv.out_channels,
        height,
        width,
        data,
    }
}

pub(super) fn added<R: Real>(y: &Maps<R>, x: &Maps<R>) -> Maps<R> {
    let mut sum = y.clone();
    for (y, &x) in sum.data.iter_mut().zip(&x.data) {
        *y += x;
    }
    sum
}

/// Channels that `x` lacks are zeros.
pub(super) fn padded<R: Real>(x: &Maps<R>, channels: usize) -> Maps<R> {
    let mut maps = x.clone();
    maps.channels = channels;
    maps.data
        .resize(channels * x.height * x.width, R::from(0u8));
    maps
}

pub(super) fn divided<R: Real>(x: &Maps<R>, divisor: f32) -> Maps<R> {
    let mut maps = x.clone();
    for x in &mut maps.data {
        *x = *x / R::from(divisor);
    }
    maps
}

pub(super) fn mean<R: Real>(x: &Maps<R>) -> Maps<R> {
    let pixels = R::from((x.height * x.width) as f32);
    let mean = |plane: &[R]| {
        let sum = plane.iter().fold(R::from(0u8), |sum, &number| sum + number);
        sum / pixels
    };
    Maps {
        channels: x.channels,
        height: 1,
        width: 1,
        data: x.planes().map(mean).collect(),
    }
}

pub(super) fn mean_pooled<R: Real>(x: &Maps<R>, padding: Padding, divisor: PoolDivisor) -> Maps<R> {
    pooled3(x, padding, |window| {
        let (sum, count) = window.fold((R::from(0u8), 0u8), |(sum, n), x| (sum + x, n + 1));
        sum / R::from(match divisor {
            PoolDivisor::Inside => count,
            PoolDivisor::Kernel => 9,
        })
    })
}

pub(super) fn max_pooled<R: Real>(x: &Maps<R>, padding: Padding) -> Maps<R> {
    pooled3(x, padding, |window| {
        let larger = |a, b| if b > a { b } else { a };
        window.reduce(larger).unwrap_or(R::from(0u8))
    })
}

/// 3×3 windows with stride 2; `pool` sees the pixels inside the image.
fn pooled3<R: Real>(
    x: &Maps<R>,
    padding: Padding,
    pool: impl Fn(&mut dyn Iterator<Item = R>) -> R,
) -> Maps<R> {
    let [height, width] = [x.height, x.width].map(|size| padding.output(size, 2));
    let window = |output: usize, size: usize| {
        let before = padding.before(size, 3, 2);
        (output * 2).saturating_sub(before)..(output * 2 + 3 - before).min(size)
    };
    let mut data = Vec::new();
    for plane in x.planes() {
        for oy in 0..height {
            for ox in 0..width {
                let rows = window(oy, x.height);
                let mut pixels = rows.flat_map(|row| {
                    let columns = window(ox, x.width);
                    columns.map(move |column| plane[row * x.width + column])
                });
                data.push(pool(&mut pixels));
            }
        }
    }
    Maps {
        channels: x.channels,
        height,
        width,
        data,
    }
}

impl<R> Maps<R> {
    fn planes(&self) -> impl Iterator<Item = &[R]> {
        self.data.chunks_exact(self.height * self.width)
    }

    fn planes_mut(&mut self) -> impl Iterator<Item = &mut [R]> {
        self.data.chunks_exact_mut(self.height * self.width)
    }
}
