//! From planes to channels side by side, and back.

use crate::transpose::{deinterleave, interleave};
use crate::{ExecContext, Images, tile};

/// `to[image][row][column][channel] = from[image][channel][row][column]`.
///
/// # Panics
///
/// If a slice has not the length that `images` gives it.
pub fn to_nhwc(context: &ExecContext, images: &Images, from: &[f32], to: &mut [f32]) {
    assert_eq!(
        [from.len(), to.len()],
        [images.len(); 2],
        "floats of {images:?}"
    );
    if images.is_empty() {
        return;
    }
    let (channels, pixels, lanes) = (images.channels, images.pixels(), tile::lanes(context.isa()));
    let len = channels * pixels;
    context.run(from.chunks(len).zip(to.chunks_mut(len)), |_, (from, to)| {
        let mut turned = context.scratch(pixels * lanes);
        for first in (0..channels).step_by(lanes) {
            let count = lanes.min(channels - first);
            let from = &from[first * pixels..];
            interleave(
                context.isa(),
                lanes,
                from,
                pixels,
                count,
                pixels,
                &mut turned,
            );
            for (to, turned) in to
                .chunks_exact_mut(channels)
                .zip(turned.chunks_exact(lanes))
            {
                to[first..first + count].copy_from_slice(&turned[..count]);
            }
        }
    });
}

/// `to[image][channel][row][column] = from[image][row][column][channel]`.
///
/// # Panics
///
/// If a slice has not the length that `images` gives it.
pub fn to_nchw(context: &ExecContext, images: &Images, from: &[f32], to: &mut [f32]) {
    assert_eq!(
        [from.len(), to.len()],
        [images.len(); 2],
        "floats of {images:?}"
    );
    if images.is_empty() {
        return;
    }
    let (channels, pixels, lanes) = (images.channels, images.pixels(), tile::lanes(context.isa()));
    let len = channels * pixels;
    context.run(from.chunks(len).zip(to.chunks_mut(len)), |_, (from, to)| {
        let mut turned = context.scratch(pixels.next_multiple_of(lanes) * lanes);
        for first in (0..channels).step_by(lanes) {
            let count = lanes.min(channels - first);
            for (turned, from) in turned
                .chunks_exact_mut(lanes)
                .zip(from.chunks_exact(channels))
            {
                turned[..count].copy_from_slice(&from[first..first + count]);
            }
            let to = &mut to[first * pixels..];
            deinterleave(context.isa(), lanes, &turned, pixels, count, pixels, to);
        }
    });
}
