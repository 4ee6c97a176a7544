//! Random flips, crops and cutout.
//!
//! As in the paper (McDonnell 2018, section 3, after He et al. and DeVries & Taylor 2017): what
//! lies outside the image, and the patch of cutout, is not black but uniform random integers.

use std::ops::Range;

use rand::Rng;

use super::AugmentSpec;
use crate::rng::{Bytes, below};

/// Writes the flipped and cropped `src` to `dst`, both C×H×W, and cuts out of it.
pub fn paper<R: Rng + ?Sized>(
    spec: &AugmentSpec,
    src: &[u8],
    [height, width]: [usize; 2],
    rng: &mut R,
    dst: &mut [u8],
) {
    let flip = spec.flip && below(rng, 2) == 1;
    let pad = spec.pad.min(AugmentSpec::MAX_REACH);
    let top = below(rng, 2 * pad as u64 + 1) as usize;
    let left = below(rng, 2 * pad as u64 + 1) as usize;
    let (rows, first_row) = visible(top, pad, height);
    let (columns, first_column) = visible(left, pad, width);

    let mut noise = Bytes::new(rng);
    let planes = src
        .chunks_exact(height * width)
        .zip(dst.chunks_exact_mut(height * width));
    for (src, dst) in planes {
        for (y, dst) in dst.chunks_exact_mut(width).enumerate() {
            if !rows.contains(&y) {
                noise.fill(dst);
                continue;
            }
            let src = &src[(first_row + y - rows.start) * width..][..width];
            noise.fill(&mut dst[..columns.start]);
            noise.fill(&mut dst[columns.end..]);
            let inside = &mut dst[columns.clone()];
            let count = inside.len();
            if flip {
                // Pixel x of the mirrored row is pixel width - 1 - x of the row.
                let mirrored = &src[width - first_column - count..][..count];
                inside
                    .iter_mut()
                    .zip(mirrored.iter().rev())
                    .for_each(|(to, &from)| *to = from);
            } else {
                inside.copy_from_slice(&src[first_column..][..count]);
            }
        }
    }
    if let Some(side) = spec.cutout {
        cut_out(side.min(AugmentSpec::MAX_REACH), [height, width], rng, dst);
    }
}

/// What crop position `at` shows of an axis of `length` pixels, padded by `pad` on both sides: the
/// range of the crop that the image fills, and the image's pixel at which that range begins.
fn visible(at: usize, pad: usize, length: usize) -> (Range<usize>, usize) {
    let start = pad.saturating_sub(at).min(length);
    let source = at.saturating_sub(pad).min(length);
    (start..length - source, source) // one of `start` and `source` is 0
}

/// Fills one square of `side` in each plane of `dst` with random bytes, clipped to the image.
fn cut_out<R: Rng + ?Sized>(side: usize, [height, width]: [usize; 2], rng: &mut R, dst: &mut [u8]) {
    if side == 0 {
        return;
    }
    // Counting positions from -(side - 1): the patch ends before `last + 1`, and begins `side`
    // earlier, or at the border.
    let last_row = below(rng, (height + side - 1) as u64) as usize;
    let last_column = below(rng, (width + side - 1) as u64) as usize;
    let rows = (last_row + 1).saturating_sub(side)..(last_row + 1).min(height);
    let columns = (last_column + 1).saturating_sub(side)..(last_column + 1).min(width);
    let mut noise = Bytes::new(rng);
    for plane in dst.chunks_exact_mut(height * width) {
        for row in plane
            .chunks_exact_mut(width)
            .take(rows.end)
            .skip(rows.start)
        {
            noise.fill(&mut row[columns.clone()]);
        }
    }
}
