//! The transforms along one axis: of a tile's pixels to points, of points to pixels and to weights.

use crate::conv::winograd::{PIXELS, SIDE};
use crate::vector::MulAdd;

/// What a kernel's three weights are multiplied by for each point.
pub(in crate::conv) const KERNEL: [[f32; 3]; SIDE] = [
    [0.25, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

/// Points of six pixels of `x`.
///
/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
pub(super) unsafe fn six_pixels<V: MulAdd>([a, b, c, d, e, f]: [V; SIDE]) -> [V; SIDE] {
    // SAFETY: the caller's promise.
    unsafe {
        let [four, minus_four, minus_five] = [V::splat(4.0), V::splat(-4.0), V::splat(-5.0)];
        let (even, odd) = (minus_four.mul_add(c, e), minus_four.mul_add(b, d));
        let (even_2, odd_2) = (e.sub(c), d.sub(b));
        let odd_2 = odd_2.add(odd_2);
        [
            four.mul_add(a, minus_five.mul_add(c, e)),
            even.add(odd),
            even.sub(odd),
            even_2.add(odd_2),
            even_2.sub(odd_2),
            four.mul_add(b, minus_five.mul_add(d, f)),
        ]
    }
}

/// Points of four pixels of `grad_y`: its values as a polynomial.
///
/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
pub(super) unsafe fn four_pixels<V: MulAdd>([a, b, c, d]: [V; PIXELS]) -> [V; SIDE] {
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

/// Three weights of sums of points.
///
/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
pub(super) unsafe fn three_weights<V: MulAdd>([a, b, c, d, e, f]: [V; SIDE]) -> [V; 3] {
    // SAFETY: the caller's promise.
    unsafe {
        let [zero, sixth] = [V::splat(0.0), V::splat(-1.0 / 6.0)];
        let [twelfth, twenty_fourth] = [V::splat(1.0 / 12.0), V::splat(1.0 / 24.0)];
        let (even, odd) = (b.add(c), b.sub(c));
        let (even_2, odd_2) = (d.add(e), d.sub(e));
        let rest = twenty_fourth.mul_add(even_2, sixth.mul_add(even, zero));
        [
            V::splat(0.25).mul_add(a, rest),
            twelfth.mul_add(odd_2, sixth.mul_add(odd, zero)),
            sixth.mul_add(even.sub(even_2), f),
        ]
    }
}

/// Four pixels of an output, of points that were multiplied with those of [`KERNEL`].
///
/// # Safety
///
/// `V`'s instructions are there.
#[inline(always)]
pub(super) unsafe fn four_outputs<V: MulAdd>([a, b, c, d, e, f]: [V; SIDE]) -> [V; PIXELS] {
    // SAFETY: the caller's promise.
    unsafe {
        let (even, odd) = (b.add(c), b.sub(c));
        let (even_2, odd_2) = (d.add(e), d.sub(e));
        [
            a.add(even).add(even_2),
            V::splat(2.0).mul_add(odd_2, odd),
            V::splat(4.0).mul_add(even_2, even),
            V::splat(8.0).mul_add(odd_2, odd).add(f),
        ]
    }
}
