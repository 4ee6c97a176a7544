//! What the kernels need of an instruction set.

use crate::vector::{Array, Join, MulAdd, Vector};

/// An instruction set: a folder under `src` has an implementation, and the intrinsics with it.
///
/// The types' methods are unsafe, because whoever calls them must have detected the features: see
/// [`per_isa`](crate::isa::per_isa).
pub(crate) trait Instructions {
    /// The word for it.
    const NAME: &'static str;
    /// The floats of one register: what the tiles of a matrix product are made of.
    type Floats: MulAdd;
    /// 64 bytes of floats: what look-ups add.
    type FloatLine: Join<Number = f32>;
    /// 64 bytes of integers.
    type IntegerLine: Join<Number = i16>;
    /// How to transpose within registers, where that can be done.
    const TRANSPOSE: Option<Transpose> = None;
    /// All of this that must be known outside of code for the set.
    const FACTS: Facts = Facts {
        name: Self::NAME,
        lanes: <Self::Floats as Vector>::LANES,
        transpose: Self::TRANSPOSE,
    };
}

/// What is known of an instruction set without its features.
#[cfg_attr(
    not(feature = "std"),
    expect(dead_code, reason = "only training asks for more than the name")
)]
pub(crate) struct Facts {
    pub(crate) name: &'static str,
    /// Floats of a register.
    pub(crate) lanes: usize,
    pub(crate) transpose: Option<Transpose>,
}

/// Rows to columns and back, within registers.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "for training"))]
pub(crate) struct Transpose {
    /// `(group, rows, pitch, len, out)`, as `transpose::interleave` of a whole group, `lanes` or `tile::rows` of them.
    ///
    /// Unsafe: the instructions must be there, and the lengths fit.
    pub(crate) interleave: unsafe fn(usize, &[f32], usize, usize, &mut [f32]),
    /// `(groups, len, count, pitch, rows)`, as `transpose::deinterleave` of groups of `lanes`.
    ///
    /// Unsafe as above.
    pub(crate) deinterleave: unsafe fn(&[f32], usize, usize, usize, &mut [f32]),
}

/// Plain Rust. Four floats are what the baseline of every 64-bit machine holds in one register.
pub(crate) struct Portable;

impl Instructions for Portable {
    const NAME: &'static str = "portable";
    type Floats = Array<f32, 4>;
    type FloatLine = Array<f32, 16>;
    type IntegerLine = Array<i16, 32>;
}
