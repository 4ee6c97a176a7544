//! The transforms along both axes, tile after tile.
//!
//! Loops in place of closures: a closure has not the instructions of the function around it, and what is not inlined
//! costs a call for each vector.

use super::axis::{four_outputs, four_pixels, six_pixels, three_weights};
use super::{Points, Sums};
use crate::conv::winograd::{PIXELS, POINTS, SIDE};
use crate::vector::MulAdd;

/// # Safety
///
/// `V`'s instructions are there, and the lengths that `inputs` asserts.
#[inline(always)]
pub(super) unsafe fn input_tiles<V: MulAdd>(
    rows: [&[f32]; SIDE],
    tiles: usize,
    points: Points<'_>,
) {
    let to = points.out.as_mut_ptr();
    // SAFETY: the caller's promise covers each address and instruction below.
    unsafe {
        let mut columns = [[V::splat(0.0); SIDE]; SIDE];
        for tile in 0..tiles {
            // The last columns of a tile are the first of the next.
            let known = if tile == 0 { 0 } else { SIDE - PIXELS };
            for column in 0..known {
                columns[column] = columns[PIXELS + column];
            }
            for (column, points) in columns.iter_mut().enumerate().skip(known) {
                let mut pixels = [V::splat(0.0); SIDE];
                for (row, pixel) in rows.iter().zip(&mut pixels) {
                    *pixel = V::load(row.as_ptr().add((PIXELS * tile + column) * V::LANES));
                }
                *points = six_pixels(pixels);
            }
            for row in 0..SIDE {
                let mut line = [V::splat(0.0); SIDE];
                for (value, column) in line.iter_mut().zip(&columns) {
                    *value = column[row];
                }
                for (column, value) in six_pixels(line).into_iter().enumerate() {
                    value.store(to.add((SIDE * row + column) * points.pitch + tile * V::LANES));
                }
            }
        }
    }
}

/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
pub(super) unsafe fn gradient_tiles<V: MulAdd>(
    rows: [&[f32]; PIXELS],
    tiles: usize,
    points: Points<'_>,
) {
    let fits = |row: &&[f32]| row.len() >= PIXELS * tiles * V::LANES;
    assert!(rows.iter().all(fits));
    assert!(points.out.len() >= (POINTS - 1) * points.pitch + tiles * V::LANES);
    let to = points.out.as_mut_ptr();
    for tile in 0..tiles {
        // SAFETY: the caller's promise covers the instructions, the lengths above each address.
        unsafe {
            let mut columns = [[V::splat(0.0); SIDE]; PIXELS];
            for (index, column) in columns.iter_mut().enumerate() {
                let mut pixels = [V::splat(0.0); PIXELS];
                for (row, pixel) in rows.iter().zip(&mut pixels) {
                    *pixel = V::load(row.as_ptr().add((PIXELS * tile + index) * V::LANES));
                }
                *column = four_pixels(pixels);
            }
            let [a, b, c, d] = columns;
            for row in 0..SIDE {
                let line = four_pixels([a[row], b[row], c[row], d[row]]);
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
pub(super) unsafe fn weight_vectors<V: MulAdd>(sums: Sums<'_>, channels: usize, out: &mut [f32]) {
    for channel in (0..channels).step_by(V::LANES) {
        // SAFETY: the caller's promise covers each address and instruction below.
        unsafe {
            let mut rows = [[V::splat(0.0); 3]; SIDE];
            for (row, weights) in rows.iter_mut().enumerate() {
                *weights = three_weights(line(&sums, row, channel));
            }
            let [a, b, c, d, e, f] = rows;
            for v in 0..3 {
                let column = three_weights([a[v], b[v], c[v], d[v], e[v], f[v]]);
                for (u, weight) in column.into_iter().enumerate() {
                    let to = out.as_mut_ptr().add((3 * u + v) * channels + channel);
                    weight.store(to);
                }
            }
        }
    }
}

/// # Safety
///
/// `V`'s instructions are there, and the lengths that `outputs` asserts.
#[inline(always)]
pub(super) unsafe fn output_tiles<V: MulAdd>(
    sums: Sums<'_>,
    tiles: usize,
    out: &mut [f32],
    pitch: usize,
) {
    for tile in 0..tiles {
        // SAFETY: the caller's promise covers each address and instruction below.
        unsafe {
            let mut rows = [[V::splat(0.0); PIXELS]; SIDE];
            for (row, pixels) in rows.iter_mut().enumerate() {
                *pixels = four_outputs(line(&sums, row, tile * V::LANES));
            }
            let [a, b, c, d, e, f] = rows;
            for x in 0..PIXELS {
                let column = four_outputs([a[x], b[x], c[x], d[x], e[x], f[x]]);
                for (y, pixel) in column.into_iter().enumerate() {
                    let place = y * pitch + (PIXELS * tile + x) * V::LANES;
                    pixel.store(out.as_mut_ptr().add(place));
                }
            }
        }
    }
}

/// A row of points.
///
/// # Safety
///
/// `V`'s instructions are there, and the row lies within the sums.
#[inline(always)]
unsafe fn line<V: MulAdd>(sums: &Sums<'_>, row: usize, place: usize) -> [V; SIDE] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut line = [V::splat(0.0); SIDE];
        for (column, value) in line.iter_mut().enumerate() {
            let from = (SIDE * row + column) * sums.pitch + place;
            *value = V::load(sums.values.as_ptr().add(from));
        }
        line
    }
}
