//! Registers of 32 bytes: AVX2 with FMA.

use std::arch::x86_64::*;

use super::registers::{mul_add, registers};
use crate::instructions::Instructions;
use crate::vector::{Join, MulAdd, Vector};

/// AVX2 with FMA.
pub(crate) struct Avx2;

impl Instructions for Avx2 {
    const NAME: &'static str = "avx2";
    type Floats = Floats<1>;
    type FloatLine = Floats<2>;
    type IntegerLine = Integers<2>;
}

registers!(
    Floats,
    f32,
    __m256,
    8,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_add_ps,
    _mm256_sub_ps
);
mul_add!(Floats, _mm256_set1_ps, _mm256_fmadd_ps);
registers!(
    Integers,
    i16,
    __m256i,
    16,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_add_epi16,
    _mm256_sub_epi16
);

impl Join for Floats<2> {
    #[inline(always)]
    unsafe fn join<const N: usize>(from: [*const f32; N]) -> Self {
        // SAFETY: the caller's promise.
        let [low, high] = unsafe { join(from) };
        // SAFETY: the caller detected the instructions.
        Self(unsafe { [_mm256_castsi256_ps(low), _mm256_castsi256_ps(high)] })
    }
}

impl Join for Integers<2> {
    #[inline(always)]
    unsafe fn join<const N: usize>(from: [*const i16; N]) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { join(from) })
    }
}

/// Two halves or four quarters of 64 bytes. No closures here: intrinsics would not be inlined into them.
///
/// # Safety
///
/// AVX2 is there, and so many bytes can be read at each place.
#[inline(always)]
pub(super) unsafe fn join<T, const N: usize>(from: [*const T; N]) -> [__m256i; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        if N == 2 {
            return [
                _mm256_loadu_si256(from[0].cast()),
                _mm256_loadu_si256(from[1].cast()),
            ];
        }
        let low = [
            _mm256_castsi128_si256(_mm_loadu_si128(from[0].cast())),
            _mm256_castsi128_si256(_mm_loadu_si128(from[2].cast())),
        ];
        [
            _mm256_inserti128_si256(low[0], _mm_loadu_si128(from[1].cast()), 1),
            _mm256_inserti128_si256(low[1], _mm_loadu_si128(from[3].cast()), 1),
        ]
    }
}
