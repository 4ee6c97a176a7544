//! From pixels to points, many channels side by side, and from points to weights.

use super::{PIXELS, POINTS, SIDE, TAPS};
use crate::Isa;
use crate::isa::Level;
use crate::vector::{Portable, Vector};
#[cfg(target_arch = "x86_64")]
use crate::x86_64::{Avx2, Avx512};

/// Where a row of tiles goes: tile t's point p to `point · p + vector · t`, in floats.
pub(super) struct Points<'a> {
    pub(super) out: &'a mut [f32],
    /// From one point to the next.
    pub(super) pitch: usize,
}

/// The points of `tiles` tiles of 6×6 pixels, four columns apart, from six rows of pixels of `tile::lanes` channels.
pub(super) fn inputs(isa: Isa, rows: [&[f32]; SIDE], tiles: usize, points: Points<'_>) {
    let lanes = crate::tile::lanes(isa);
    let columns = PIXELS * tiles + SIDE - PIXELS;
    assert!(rows.iter().all(|row| row.len() >= columns * lanes));
    assert!(points.out.len() >= (POINTS - 1) * points.pitch + tiles * lanes);
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

/// The points of `tiles` tiles of 4×4 pixels, side by side, from four rows of pixels of `tile::rows` channels.
pub(super) fn gradients(isa: Isa, rows: [&[f32]; PIXELS], tiles: usize, points: Points<'_>) {
    let lanes = crate::tile::rows(isa);
    assert!(rows.iter().all(|row| row.len() >= PIXELS * tiles * lanes));
    assert!(points.out.len() >= (POINTS - 1) * points.pitch + tiles * lanes);
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

/// Sums of points, `pitch` apart, to the weights of `channels` input channels: `[9][channels]`.
pub(super) fn weights(isa: Isa, sums: &[f32], pitch: usize, channels: usize, out: &mut [f32]) {
    assert!(channels.is_multiple_of(crate::tile::lanes(isa)));
    assert!(sums.len() >= (POINTS - 1) * pitch + channels && out.len() >= TAPS * channels);
    // SAFETY: an `Isa` exists only where its instructions were detected; the lengths are checked above.
    unsafe {
        match isa.level() {
            Level::Portable => weight_vectors::<Portable>(sums, pitch, channels, out),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => weights_avx2(sums, pitch, channels, out),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => weights_avx512(sums, pitch, channels, out),
        }
    }
}

/// # Safety
///
/// AVX2 and FMA are there, and the lengths that `inputs` asserts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn inputs_avx2(rows: [&[f32]; SIDE], tiles: usize, points: Points<'_>) {
    // SAFETY: the caller's promise.
    unsafe { input_tiles::<Avx2>(rows, tiles, points) }
}

/// # Safety
///
/// AVX-512F is there, and the lengths that `inputs` asserts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f")]
unsafe fn inputs_avx512(rows: [&[f32]; SIDE], tiles: usize, points: Points<'_>) {
    // SAFETY: the caller's promise.
    unsafe { input_tiles::<Avx512>(rows, tiles, points) }
}

/// # Safety
///
/// AVX2 and FMA are there, and the lengths that `gradients` asserts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn gradients_avx2(rows: [&[f32]; PIXELS], tiles: usize, points: Points<'_>) {
    // SAFETY: the caller's promise; a tile has four rows on AVX2.
    unsafe { gradient_tiles::<Portable>(rows, tiles, points) }
}

/// # Safety
///
/// AVX-512F is there, and the lengths that `gradients` asserts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f")]
unsafe fn gradients_avx512(rows: [&[f32]; PIXELS], tiles: usize, points: Points<'_>) {
    // SAFETY: the caller's promise; a tile has eight rows on AVX-512.
    unsafe { gradient_tiles::<Avx2>(rows, tiles, points) }
}

/// # Safety
///
/// AVX2 and FMA are there, and the lengths that `weights` asserts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn weights_avx2(sums: &[f32], pitch: usize, channels: usize, out: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { weight_vectors::<Avx2>(sums, pitch, channels, out) }
}

/// # Safety
///
/// AVX-512F is there, and the lengths that `weights` asserts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f")]
unsafe fn weights_avx512(sums: &[f32], pitch: usize, channels: usize, out: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { weight_vectors::<Avx512>(sums, pitch, channels, out) }
}

/// Points along one axis: of six pixels.
///
/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
unsafe fn points_of_six<V: Vector>([a, b, c, d, e, f]: [V; SIDE]) -> [V; SIDE] {
    // SAFETY: the caller's promise.
    unsafe {
        let [four, five] = [V::splat(-4.0), V::splat(-5.0)];
        let (even, odd) = (four.mul_add(c, e), four.mul_add(b, d));
        let (even_2, odd_2) = (e.sub(c), d.sub(b).add(d.sub(b)));
        [
            four.mul_add(V::splat(0.0).sub(a), five.mul_add(c, e)),
            even.add(odd),
            even.sub(odd),
            even_2.add(odd_2),
            even_2.sub(odd_2),
            four.mul_add(V::splat(0.0).sub(b), five.mul_add(d, f)),
        ]
    }
}

/// Points along one axis: of four pixels.
///
/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
unsafe fn points_of_four<V: Vector>([a, b, c, d]: [V; PIXELS]) -> [V; SIDE] {
    // SAFETY: the caller's promise.
    unsafe {
        let four = V::splat(4.0);
        let (even, odd) = (a.add(c), b.add(d));
        let (even_2, odd_2) = (four.mul_add(c, a), four.mul_add(d, b));
        let odd_2 = odd_2.add(odd_2);
        [
            a,
            even.add(odd),
            even.sub(odd),
            even_2.add(odd_2),
            even_2.sub(odd_2),
            d,
        ]
    }
}

/// Weights along one axis: of sums of points.
///
/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
unsafe fn three_weights<V: Vector>([a, b, c, d, e, f]: [V; SIDE]) -> [V; 3] {
    // SAFETY: the caller's promise.
    unsafe {
        let sixth = V::splat(-1.0 / 6.0);
        let (even, odd) = (b.add(c), b.sub(c));
        let (even_2, odd_2) = (d.add(e), d.sub(e));
        [
            V::splat(0.25).mul_add(
                a,
                V::splat(1.0 / 24.0).mul_add(even_2, sixth.mul_add(even, V::splat(0.0))),
            ),
            V::splat(1.0 / 12.0).mul_add(odd_2, sixth.mul_add(odd, V::splat(0.0))),
            sixth.mul_add(even.sub(even_2), f),
        ]
    }
}

// Loops in place of closures from here on: a closure has not the instructions of the function around it, and what is
// not inlined costs a call for each vector.

/// # Safety
///
/// `V`'s instructions are there, and the lengths that `inputs` asserts.
#[inline(always)]
unsafe fn input_tiles<V: Vector>(rows: [&[f32]; SIDE], tiles: usize, points: Points<'_>) {
    let to = points.out.as_mut_ptr();
    let mut columns = [[unsafe { V::splat(0.0) }; SIDE]; SIDE];
    for tile in 0..tiles {
        // The last columns of a tile are the first of the next.
        let known = if tile == 0 { 0 } else { SIDE - PIXELS };
        // SAFETY: the caller's promise covers each address and instruction below.
        unsafe {
            for column in 0..known {
                columns[column] = columns[PIXELS + column];
            }
            for column in known..SIDE {
                let mut pixels = [V::splat(0.0); SIDE];
                for (row, pixel) in rows.iter().zip(&mut pixels) {
                    *pixel = V::load(row.as_ptr().add((PIXELS * tile + column) * V::LANES));
                }
                columns[column] = points_of_six(pixels);
            }
            for row in 0..SIDE {
                let mut line = [V::splat(0.0); SIDE];
                for (value, column) in line.iter_mut().zip(&columns) {
                    *value = column[row];
                }
                let line = points_of_six(line);
                for (column, value) in line.into_iter().enumerate() {
                    value.store(to.add((SIDE * row + column) * points.pitch + tile * V::LANES));
                }
            }
        }
    }
}

/// # Safety
///
/// `V`'s instructions are there, and the lengths that `gradients` asserts.
#[inline(always)]
unsafe fn gradient_tiles<V: Vector>(rows: [&[f32]; PIXELS], tiles: usize, points: Points<'_>) {
    let to = points.out.as_mut_ptr();
    for tile in 0..tiles {
        // SAFETY: the caller's promise covers each address and instruction below.
        unsafe {
            let mut columns = [[V::splat(0.0); SIDE]; PIXELS];
            for (index, column) in columns.iter_mut().enumerate() {
                let mut pixels = [V::splat(0.0); PIXELS];
                for (row, pixel) in rows.iter().zip(&mut pixels) {
                    *pixel = V::load(row.as_ptr().add((PIXELS * tile + index) * V::LANES));
                }
                *column = points_of_four(pixels);
            }
            let [a, b, c, d] = columns;
            for row in 0..SIDE {
                let line = points_of_four([a[row], b[row], c[row], d[row]]);
                for (column, value) in line.into_iter().enumerate() {
                    value.store(to.add((SIDE * row + column) * points.pitch + tile * V::LANES));
                }
            }
        }
    }
}

/// # Safety
///
/// `V`'s instructions are there, and the lengths that `weights` asserts.
#[inline(always)]
unsafe fn weight_vectors<V: Vector>(sums: &[f32], pitch: usize, channels: usize, out: &mut [f32]) {
    for channel in (0..channels).step_by(V::LANES) {
        // SAFETY: the caller's promise covers each address and instruction below.
        unsafe {
            let mut rows = [[V::splat(0.0); 3]; SIDE];
            for (row, weights) in rows.iter_mut().enumerate() {
                let mut line = [V::splat(0.0); SIDE];
                for (column, value) in line.iter_mut().enumerate() {
                    *value = V::load(sums.as_ptr().add((SIDE * row + column) * pitch + channel));
                }
                *weights = three_weights(line);
            }
            let [a, b, c, d, e, f] = rows;
            for v in 0..3 {
                let column = three_weights([a[v], b[v], c[v], d[v], e[v], f[v]]);
                for (u, weight) in column.into_iter().enumerate() {
                    weight.store(out.as_mut_ptr().add((3 * u + v) * channels + channel));
                }
            }
        }
    }
}
