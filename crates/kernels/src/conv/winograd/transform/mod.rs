//! From pixels to points, many channels side by side, and from points to weights and to pixels.

mod axis;
mod tiles;

pub(super) use axis::KERNEL;

use super::{PIXELS, POINTS, SIDE, TAPS};
use crate::isa::per_isa;
use crate::{Isa, tile};

/// Where a row of tiles goes: tile t's point p to `point · p + vector · t`, in floats.
pub(super) struct Points<'a> {
    pub(super) out: &'a mut [f32],
    /// From one point to the next.
    pub(super) pitch: usize,
}

/// Points that were multiplied and summed.
pub(super) struct Sums<'a> {
    pub(super) values: &'a [f32],
    /// From one point to the next.
    pub(super) pitch: usize,
}

/// The points of `tiles` tiles of 6×6 pixels, four columns apart, from six rows of pixels of `tile::lanes` channels.
pub(super) fn inputs(isa: Isa, rows: [&[f32]; SIDE], tiles: usize, points: Points<'_>) {
    let lanes = tile::lanes(isa);
    let columns = PIXELS * tiles + SIDE - PIXELS;
    assert!(rows.iter().all(|row| row.len() >= columns * lanes));
    assert!(points.out.len() >= (POINTS - 1) * points.pitch + tiles * lanes);
    // SAFETY: the lengths are checked above.
    unsafe { input_tiles(isa, rows, tiles, points) }
}

/// The points of `tiles` tiles of 4×4 pixels, side by side, from four rows of pixels of `tile::lanes` channels.
pub(super) fn gradients(isa: Isa, rows: [&[f32]; PIXELS], tiles: usize, points: Points<'_>) {
    // SAFETY: it asserts the lengths itself.
    unsafe { gradient_tiles(isa, rows, tiles, points) }
}

/// Sums of points to the weights of `channels` input channels: `[9][channels]`.
pub(super) fn weights(isa: Isa, sums: Sums<'_>, channels: usize, out: &mut [f32]) {
    assert!(channels.is_multiple_of(tile::lanes(isa)) && out.len() >= TAPS * channels);
    assert!(sums.values.len() >= (POINTS - 1) * sums.pitch + channels);
    // SAFETY: the lengths are checked above.
    unsafe { weight_vectors(isa, sums, channels, out) }
}

/// Sums of points of `tiles` tiles, `tile::lanes` channels each, to four rows of pixels, `pitch` floats apart.
pub(super) fn outputs(isa: Isa, sums: Sums<'_>, tiles: usize, out: &mut [f32], pitch: usize) {
    let lanes = tile::lanes(isa);
    assert!(sums.values.len() >= (POINTS - 1) * sums.pitch + tiles * lanes);
    assert!(out.len() >= (PIXELS - 1) * pitch + PIXELS * tiles * lanes);
    // SAFETY: the lengths are checked above.
    unsafe { output_tiles(isa, sums, tiles, out, pitch) }
}

per_isa! {
    /// # Safety
    ///
    /// The lengths that `inputs` asserts.
    unsafe fn input_tiles<Set>(rows: [&[f32]; SIDE], tiles: usize, points: Points<'_>) {
        // SAFETY: the caller's promise.
        unsafe { tiles::input_tiles::<Set::Floats>(rows, tiles, points) }
    }
}

per_isa! {
    /// # Safety
    ///
    /// None but the instructions: it asserts the lengths by its vectors.
    unsafe fn gradient_tiles<Set>(rows: [&[f32]; PIXELS], tiles: usize, points: Points<'_>) {
        // SAFETY: the caller's promise.
        unsafe { tiles::gradient_tiles::<Set::Floats>(rows, tiles, points) }
    }
}

per_isa! {
    /// # Safety
    ///
    /// The lengths that `weights` asserts.
    unsafe fn weight_vectors<Set>(sums: Sums<'_>, channels: usize, out: &mut [f32]) {
        // SAFETY: the caller's promise.
        unsafe { tiles::weight_vectors::<Set::Floats>(sums, channels, out) }
    }
}

per_isa! {
    /// # Safety
    ///
    /// The lengths that `outputs` asserts.
    unsafe fn output_tiles<Set>(sums: Sums<'_>, tiles: usize, out: &mut [f32], pitch: usize) {
        // SAFETY: the caller's promise.
        unsafe { tiles::output_tiles::<Set::Floats>(sums, tiles, out, pitch) }
    }
}

per_isa! {
    /// One point of every kernel, `[inputs][outputs]`, from their weights, `[inputs][9][outputs]`, and the weights' factors.
    pub(super) fn kernels(taps: &[f32], factors: &[f32; TAPS], outputs: usize, out: &mut [f32]) {
        for (taps, out) in taps.chunks_exact(TAPS * outputs).zip(out.chunks_exact_mut(outputs)) {
            out.fill(0.0);
            for (taps, &factor) in taps.chunks_exact(outputs).zip(factors) {
                for (out, tap) in out.iter_mut().zip(taps) {
                    *out += factor * tap;
                }
            }
        }
    }
}
