//! From pixels to points, many channels side by side, and from points to weights.

use super::sum::POINTS;
use crate::Isa;
use crate::isa::Level;
use crate::vector::{Portable, Vector};
#[cfg(target_arch = "x86_64")]
use crate::x86_64::{Avx2, Avx512};

/// Sums of one row or column of points to three weights.
pub(super) fn weights(m: [f32; 4]) -> [f32; 3] {
    let [sum, difference] = [0.5 * (m[1] + m[2]), 0.5 * (m[1] - m[2])];
    [m[0] + sum, difference, sum + m[3]]
}

/// Where a row of tiles goes: tile t's point p to `point · p + vector · t`, in floats.
pub(super) struct Points<'a> {
    pub(super) out: &'a mut [f32],
    /// From one point to the next.
    pub(super) pitch: usize,
}

/// The points of `tiles` tiles of 4×4 pixels, two columns apart, from four rows of pixels of `tile::lanes` channels.
pub(super) fn inputs(isa: Isa, rows: [&[f32]; 4], tiles: usize, points: Points<'_>) {
    let lanes = crate::tile::lanes(isa);
    let (columns, last) = (2 * tiles + 2, (POINTS - 1) * points.pitch);
    assert!(rows.iter().all(|row| row.len() >= columns * lanes));
    assert!(points.out.len() >= last + tiles * lanes);
    // SAFETY: an `Isa` exists only where its instructions were detected; the lengths are checked above.
    unsafe {
        match isa.level() {
            Level::Portable => input_tiles::<Portable>(rows, tiles, points),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => inputs_avx2(rows, tiles, points),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => inputs_avx512(rows, tiles, points),
        }
    }
}

/// The points of `tiles` tiles of 2×2 pixels, side by side, from two rows of pixels of `tile::rows` channels.
pub(super) fn gradients(isa: Isa, rows: [&[f32]; 2], tiles: usize, points: Points<'_>) {
    let lanes = crate::tile::rows(isa);
    let last = (POINTS - 1) * points.pitch;
    assert!(rows.iter().all(|row| row.len() >= 2 * tiles * lanes));
    assert!(points.out.len() >= last + tiles * lanes);
    // SAFETY: an `Isa` exists only where its instructions were detected; the lengths are checked above.
    unsafe {
        match isa.level() {
            Level::Portable => gradient_tiles::<Portable>(rows, tiles, points),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => gradients_avx2(rows, tiles, points),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => gradients_avx512(rows, tiles, points),
        }
    }
}

/// # Safety
///
/// AVX2 and FMA are there, and the lengths that `inputs` asserts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn inputs_avx2(rows: [&[f32]; 4], tiles: usize, points: Points<'_>) {
    // SAFETY: the caller's promise.
    unsafe { input_tiles::<Avx2>(rows, tiles, points) }
}

/// # Safety
///
/// AVX-512F is there, and the lengths that `inputs` asserts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f")]
unsafe fn inputs_avx512(rows: [&[f32]; 4], tiles: usize, points: Points<'_>) {
    // SAFETY: the caller's promise.
    unsafe { input_tiles::<Avx512>(rows, tiles, points) }
}

/// # Safety
///
/// AVX2 and FMA are there, and the lengths that `gradients` asserts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn gradients_avx2(rows: [&[f32]; 2], tiles: usize, points: Points<'_>) {
    // SAFETY: the caller's promise; a tile has four rows on AVX2.
    unsafe { gradient_tiles::<Portable>(rows, tiles, points) }
}

/// # Safety
///
/// AVX-512F is there, and the lengths that `gradients` asserts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f")]
unsafe fn gradients_avx512(rows: [&[f32]; 2], tiles: usize, points: Points<'_>) {
    // SAFETY: the caller's promise; a tile has eight rows on AVX-512.
    unsafe { gradient_tiles::<Avx2>(rows, tiles, points) }
}

/// Points along one axis: of four pixels.
///
/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
unsafe fn points_of_four<V: Vector>([a, b, c, d]: [V; 4]) -> [V; 4] {
    // SAFETY: the caller's promise.
    unsafe { [a.sub(c), b.add(c), c.sub(b), d.sub(b)] }
}

/// Points along one axis: of two pixels.
///
/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
unsafe fn points_of_two<V: Vector>([a, b]: [V; 2]) -> [V; 4] {
    // SAFETY: the caller's promise.
    unsafe { [a, a.add(b), a.sub(b), b] }
}

// Loops in place of closures from here on: a closure has not the instructions of the function around it, and what is
// not inlined costs a call for each vector.

/// # Safety
///
/// `V`'s instructions are there, and the lengths that `inputs` asserts.
#[inline(always)]
unsafe fn input_tiles<V: Vector>(rows: [&[f32]; 4], tiles: usize, points: Points<'_>) {
    let to = points.out.as_mut_ptr();
    for tile in 0..tiles {
        // SAFETY: the caller's promise covers each address and instruction below.
        unsafe {
            let mut pixels = [[V::splat(0.0); 4]; 4];
            for (row, pixels) in rows.iter().zip(&mut pixels) {
                let from = row.as_ptr().add(2 * tile * V::LANES);
                for (column, pixel) in pixels.iter_mut().enumerate() {
                    *pixel = V::load(from.add(column * V::LANES));
                }
                *pixels = points_of_four(*pixels);
            }
            let [a, b, c, d] = pixels;
            for column in 0..4 {
                let turned = points_of_four([a[column], b[column], c[column], d[column]]);
                for (row, value) in turned.into_iter().enumerate() {
                    value.store(to.add((4 * row + column) * points.pitch + tile * V::LANES));
                }
            }
        }
    }
}

/// # Safety
///
/// `V`'s instructions are there, and the lengths that `gradients` asserts.
#[inline(always)]
unsafe fn gradient_tiles<V: Vector>(rows: [&[f32]; 2], tiles: usize, points: Points<'_>) {
    let to = points.out.as_mut_ptr();
    for tile in 0..tiles {
        // SAFETY: the caller's promise covers each address and instruction below.
        unsafe {
            let mut pixels = [[V::splat(0.0); 4]; 2];
            for (row, pixels) in rows.iter().zip(&mut pixels) {
                let from = row.as_ptr().add(2 * tile * V::LANES);
                *pixels = points_of_two([V::load(from), V::load(from.add(V::LANES))]);
            }
            let [a, b] = pixels;
            for column in 0..4 {
                let turned = points_of_two([a[column], b[column]]);
                for (row, value) in turned.into_iter().enumerate() {
                    value.store(to.add((4 * row + column) * points.pitch + tile * V::LANES));
                }
            }
        }
    }
}
