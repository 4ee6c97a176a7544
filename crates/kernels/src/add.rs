//! The sum at the end of a skip connection.

use crate::ExecContext;
use crate::isa::per_isa;

/// Floats of one task.
const CHUNK: usize = 1 << 14;

/// `y += x`.
///
/// # Panics
///
/// If the slices differ in length.
pub fn add(context: &ExecContext, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "the terms of a sum");
    context.run(x.chunks(CHUNK).zip(y.chunks_mut(CHUNK)), |_, (x, y)| {
        add_part(context.isa(), x, y);
    });
}

per_isa! {
    fn add_part(x: &[f32], y: &mut [f32]) {
        for (y, x) in y.iter_mut().zip(x) {
            *y += x;
        }
    }
}
