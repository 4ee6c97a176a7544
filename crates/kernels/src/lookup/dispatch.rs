//! From numbers known at run time to a loop compiled for them.

use super::accumulate::{Memory, Source, accumulate};
use super::number::Number;
use crate::instructions::Instructions;
use crate::isa::per_isa;
use crate::vector::Join;

/// What a loop is compiled for: channels of a group, side of the kernel, stride, rows of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    pub group: usize,
    pub kernel: usize,
    pub stride: usize,
    pub rows: usize,
}

/// A number with registers of each instruction set.
pub(crate) trait Registers: Number {
    type Line<Set: Instructions>: Join<Number = Self>;
}

impl Registers for f32 {
    type Line<Set: Instructions> = Set::FloatLine;
}

impl Registers for i16 {
    type Line<Set: Instructions> = Set::IntegerLine;
}

per_isa! {
    /// [`accumulate`] with the instructions of `isa`.
    ///
    /// # Safety
    ///
    /// As for [`accumulate`]; the `Isa` vouches for its instructions.
    pub(crate) unsafe fn run<Set, T: Registers>(
        variant: Variant,
        source: &Source<'_, T>,
        first_channel: usize,
        words: &[u64],
        memory: &Memory<T>,
    ) {
        // SAFETY: the caller's promise.
        unsafe { select::<T::Line<Set>>(variant, source, first_channel, words, memory) }
    }
}

/// # Safety
///
/// As for [`accumulate`].
#[inline(always)]
unsafe fn select<V: Join>(
    variant: Variant,
    source: &Source<'_, V::Number>,
    first_channel: usize,
    words: &[u64],
    memory: &Memory<V::Number>,
) {
    macro_rules! variants {
        ($(($g:literal, $k:literal, $s:literal, $r:literal))*) => {
            match (variant.group, variant.kernel, variant.stride, variant.rows) {
                // SAFETY: the caller's promise.
                $(($g, $k, $s, $r) => unsafe { accumulate::<V, $g, $k, $s, $r>(source, first_channel, words, memory) },)*
                _ => unreachable!("a convolution plans only what is compiled: {variant:?}"),
            }
        };
    }
    variants! {
        (4, 1, 1, 2) (4, 1, 1, 4) (4, 3, 1, 2) (4, 3, 1, 4) (4, 3, 2, 2) (4, 3, 2, 4)
        (5, 1, 1, 2) (5, 1, 1, 4) (5, 3, 1, 2) (5, 3, 1, 4) (5, 3, 2, 2) (5, 3, 2, 4)
    }
}
