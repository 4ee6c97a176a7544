//! One-bit weights: a sign and one scale for the layer.

use crate::ExecContext;
use crate::isa::per_isa;

/// Elements of one task.
const CHUNK: usize = 1 << 15;

/// `out = ±scale`, by the sign of `w`. A weight is one bit, so both zeros are +1, and NaN, having no sign worth
/// trusting, is −1.
///
/// # Panics
///
/// If the slices differ in length.
pub fn scaled_sign(context: &ExecContext, w: &[f32], scale: f32, out: &mut [f32]) {
    assert_eq!(w.len(), out.len(), "weights and their signs");
    context.run(w.chunks(CHUNK).zip(out.chunks_mut(CHUNK)), |_, (w, out)| {
        signs(context.isa(), w, scale, out);
    });
}

per_isa! {
    fn signs(w: &[f32], scale: f32, out: &mut [f32]) {
        for (out, &w) in out.iter_mut().zip(w) {
            *out = if w >= 0.0 { scale } else { -scale };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Isa, Serial};

    #[test]
    fn zeros_are_plus_and_nan_is_minus() {
        for isa in Isa::available() {
            let w = [
                1e-30,
                -1e-30,
                0.0,
                -0.0,
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
            ];
            let mut out = [0.0; 7];
            scaled_sign(&ExecContext::new(isa, Serial), &w, 0.5, &mut out);
            assert_eq!(out, [0.5, -0.5, 0.5, 0.5, -0.5, 0.5, -0.5]);
        }
    }
}
