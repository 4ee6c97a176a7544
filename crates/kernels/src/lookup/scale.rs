//! What becomes of a tile's sums.

use crate::isa::per_isa;

per_isa! {
    /// `scale · sum`, or added to what is there.
    pub(super) fn scaled(scale: f32, add: bool, sums: &[f32], out: &mut [f32]) {
        each(sums, out, |old, sum| if add { old + scale * sum } else { scale * sum });
    }
}

per_isa! {
    /// As [`scaled`], of integers: `scale · (sum + bias)`.
    pub(super) fn scaled_integers(scale: f32, bias: i32, add: bool, sums: &[i32], out: &mut [f32]) {
        each(sums, out, |old, sum| {
            let real = scale * sum.wrapping_add(bias) as f32;
            if add { old + real } else { real }
        });
    }
}

/// In runs of eight: that is most of a segment, or all of it.
#[inline(always)]
fn each<S: Copy>(sums: &[S], out: &mut [f32], result: impl Fn(f32, S) -> f32) {
    let (sums, out) = (sums.as_chunks::<8>(), out.as_chunks_mut::<8>());
    for (out, sums) in out.0.iter_mut().zip(sums.0) {
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = result(*out, *sum);
        }
    }
    for (out, sum) in out.1.iter_mut().zip(sums.1) {
        *out = result(*out, *sum);
    }
}

per_isa! {
    /// Moves 16-bit sums over to 32 bits.
    pub(super) fn spill(short: &mut [i16], long: &mut [i32]) {
        for (long, short) in long.iter_mut().zip(short) {
            *long += i32::from(*short);
            *short = 0;
        }
    }
}
