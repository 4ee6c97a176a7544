//! Moments per channel: of strips in `f32`, put together in `f64`.

use super::source::by_group;
use super::{CHAINS, CHANNELS};
use crate::isa::per_isa;
use crate::{ExecContext, Images};

/// Mean and sum of squared deviations of each channel.
pub(super) type ImageMoments = [[f64; 2]];

/// Adds a strip's moments to those of the `before` pixels seen (Chan, Golub and LeVeque 1979: no difference of large sums).
pub(super) fn combine(
    planes: &mut ImageMoments,
    before: usize,
    count: usize,
    strip: impl Iterator<Item = [f64; 2]>,
) {
    let (before, count) = (before as f64, count as f64);
    let (share, weight) = (count / (before + count), before * count / (before + count));
    for ([mean, squares], [strip_mean, strip_squares]) in planes.iter_mut().zip(strip) {
        let delta = strip_mean - *mean;
        *mean += delta * share;
        *squares += strip_squares + delta * delta * weight;
    }
}

/// Of all images, each of `pixels`, from each image's.
pub(super) fn finish(
    planes: &ImageMoments,
    channels: usize,
    pixels: usize,
    mean: &mut [f32],
    var: &mut [f32],
) {
    let mut all = vec![[0.0; 2]; channels];
    let mut before = 0;
    for image in planes.chunks_exact(channels) {
        combine(&mut all, before, pixels, image.iter().copied());
        before += pixels;
    }
    for ((moments, mean), var) in all.iter().zip(mean).zip(var) {
        *mean = moments[0] as f32;
        *var = (moments[1] / before as f64) as f32;
    }
}

/// Sums over some rows of pixels, for up to so many channels.
#[derive(Clone, Copy)]
pub(super) struct Strip {
    pub(super) mean: [f32; CHANNELS],
    /// The sum of the deviations from the mean, which is rounded.
    pub(super) rest: [f32; CHANNELS],
    /// That of their squares.
    pub(super) squares: [f32; CHANNELS],
}

impl Strip {
    /// Adds it to the moments of an image's channels from the first of the strip's on.
    pub(super) fn add_to(
        &self,
        group: usize,
        before: usize,
        count: usize,
        planes: &mut ImageMoments,
    ) {
        let each = (0..group).map(|lane| {
            let [mean, rest, squares] =
                [&self.mean, &self.rest, &self.squares].map(|n| f64::from(n[lane]));
            let rest = rest / count as f64;
            [mean + rest, squares - rest * rest * count as f64]
        });
        combine(planes, before, count, each);
    }
}

/// Those of `G` channels, of `width` pixels of each row; rows lie `row_len` floats apart.
#[inline(always)]
pub(super) fn strip_of<const G: usize>(pixels: &[f32], width: usize, row_len: usize) -> Strip {
    let count = pixels.len().div_ceil(row_len) * width;
    let mut sums = [[0.0; G]; CHAINS];
    for row in pixels.chunks(row_len) {
        let row = row[..width * G].as_chunks::<G>().0;
        let (fours, rest) = row.as_chunks::<CHAINS>();
        for four in fours {
            for chain in 0..CHAINS {
                for lane in 0..G {
                    sums[chain][lane] += four[chain][lane];
                }
            }
        }
        for pixel in rest {
            for lane in 0..G {
                sums[0][lane] += pixel[lane];
            }
        }
    }
    let mut mean = join(sums);
    for mean in &mut mean {
        *mean /= count as f32;
    }
    let mut firsts = [[0.0; G]; CHAINS];
    let mut squares = [[0.0; G]; CHAINS];
    for row in pixels.chunks(row_len) {
        let row = row[..width * G].as_chunks::<G>().0;
        let (fours, rest) = row.as_chunks::<CHAINS>();
        for four in fours {
            for chain in 0..CHAINS {
                for lane in 0..G {
                    let deviation = four[chain][lane] - mean[lane];
                    firsts[chain][lane] += deviation;
                    squares[chain][lane] += deviation * deviation;
                }
            }
        }
        for pixel in rest {
            for lane in 0..G {
                let deviation = pixel[lane] - mean[lane];
                firsts[0][lane] += deviation;
                squares[0][lane] += deviation * deviation;
            }
        }
    }
    let [mut all_mean, mut all_rest, mut all_squares] = [[0.0; CHANNELS]; 3];
    all_mean[..G].copy_from_slice(&mean);
    all_rest[..G].copy_from_slice(&join(firsts));
    all_squares[..G].copy_from_slice(&join(squares));
    Strip {
        mean: all_mean,
        rest: all_rest,
        squares: all_squares,
    }
}

/// The chains' sums.
#[inline(always)]
pub(super) fn join<const G: usize>([a, b, c, d]: [[f32; G]; CHAINS]) -> [f32; G] {
    let mut all = a;
    for lane in 0..G {
        all[lane] = (a[lane] + b[lane]) + (c[lane] + d[lane]);
    }
    all
}

per_isa! {
    fn strip(group: usize, pixels: &[f32], width: usize, row_len: usize) -> Strip {
        by_group!(group, strip_of(pixels, width, row_len))
    }
}

/// The mean and the biased variance of each channel of a map.
///
/// # Panics
///
/// If a slice has not the length that `images` gives it, or the channels are not a multiple of [`CHANNELS`].
pub fn moments(
    context: &ExecContext,
    images: &Images,
    x: &[f32],
    mean: &mut [f32],
    var: &mut [f32],
) {
    let (channels, pixels) = (images.channels, images.pixels());
    assert_eq!(x.len(), images.len(), "input of {images:?}");
    assert_eq!([mean.len(), var.len()], [channels; 2], "moments");
    assert!(channels.is_multiple_of(CHANNELS), "blocks of channels");
    if images.is_empty() {
        mean.fill(f32::NAN);
        return var.fill(f32::NAN);
    }
    let mut planes = vec![[0.0; 2]; images.batch * channels];
    let parts = x.chunks(pixels * channels).zip(planes.chunks_mut(channels));
    context.run(parts, |_, (x, planes)| {
        let mut row = context.scratch(images.width * CHANNELS);
        for (y, line) in x.chunks(images.width * channels).enumerate() {
            for first in (0..channels).step_by(CHANNELS) {
                let from = line.chunks_exact(channels);
                for (from, to) in from.zip(row.as_chunks_mut::<CHANNELS>().0) {
                    to.copy_from_slice(&from[first..][..CHANNELS]);
                }
                let strip = strip(context.isa(), CHANNELS, &row, images.width, row.len());
                let planes = &mut planes[first..][..CHANNELS];
                strip.add_to(CHANNELS, y * images.width, images.width, planes);
            }
        }
    });
    finish(&planes, channels, pixels, mean, var);
}
