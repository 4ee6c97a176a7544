//! From numbers known at run time to a loop compiled for them.

use super::accumulate::{Memory, Source, accumulate};
use super::lanes::{Array, Lanes, Number};
use crate::Isa;
use crate::isa::Level;
#[cfg(all(target_arch = "x86_64", feature = "std"))]
use crate::x86_64::{Avx2F32, Avx2I16, Avx512F32, Avx512I16};

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
    type Portable: Lanes<Number = Self>;
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    type Avx2: Lanes<Number = Self>;
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    type Avx512: Lanes<Number = Self>;
}

impl Registers for f32 {
    type Portable = Array<f32, 16>;
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    type Avx2 = Avx2F32;
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    type Avx512 = Avx512F32;
}

impl Registers for i16 {
    type Portable = Array<i16, 32>;
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    type Avx2 = Avx2I16;
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    type Avx512 = Avx512I16;
}

/// [`accumulate`] with the instructions of `isa`.
///
/// # Safety
///
/// As for [`accumulate`]; the `Isa` vouches for its instructions.
pub(crate) unsafe fn run<T: Registers>(
    isa: Isa,
    variant: Variant,
    source: &Source<'_, T>,
    first_channel: usize,
    words: &[u64],
    memory: &Memory<T>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match isa.level() {
            Level::Portable => select::<T::Portable>(variant, source, first_channel, words, memory),
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Level::Avx2 => avx2::<T>(variant, source, first_channel, words, memory),
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Level::Avx512 => avx512::<T>(variant, source, first_channel, words, memory),
        }
    }
}

/// # Safety
///
/// As for [`accumulate`].
#[cfg(all(target_arch = "x86_64", feature = "std"))]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<T: Registers>(
    variant: Variant,
    source: &Source<'_, T>,
    first_channel: usize,
    words: &[u64],
    memory: &Memory<T>,
) {
    // SAFETY: the caller's promise.
    unsafe { select::<T::Avx2>(variant, source, first_channel, words, memory) }
}

/// # Safety
///
/// As for [`accumulate`].
#[cfg(all(target_arch = "x86_64", feature = "std"))]
#[target_feature(enable = "avx2,fma,avx512f,avx512bw")]
unsafe fn avx512<T: Registers>(
    variant: Variant,
    source: &Source<'_, T>,
    first_channel: usize,
    words: &[u64],
    memory: &Memory<T>,
) {
    // SAFETY: the caller's promise.
    unsafe { select::<T::Avx512>(variant, source, first_channel, words, memory) }
}

/// # Safety
///
/// As for [`accumulate`].
#[inline(always)]
unsafe fn select<V: Lanes>(
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
