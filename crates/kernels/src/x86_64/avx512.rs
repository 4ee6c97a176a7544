//! Registers of 64 bytes: AVX-512F and BW.

use std::arch::x86_64::*;

use super::registers::{mul_add, registers};
use super::{avx2, transpose};
use crate::instructions::{Instructions, Transpose};
use crate::vector::{Join, MulAdd, Vector};

/// AVX-512F and BW, beside AVX2 and FMA.
pub(crate) struct Avx512;

impl Instructions for Avx512 {
    const NAME: &'static str = "avx512";
    type Floats = Floats<1>;
    type FloatLine = Floats<1>;
    type IntegerLine = Integers<1>;
    const TRANSPOSE: Option<Transpose> = Some(Transpose {
        interleave: transpose::interleave,
        deinterleave: transpose::deinterleave_16,
    });
}

registers!(
    Floats,
    f32,
    __m512,
    16,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_add_ps,
    _mm512_sub_ps
);
mul_add!(Floats, _mm512_set1_ps, _mm512_fmadd_ps);
registers!(
    Integers,
    i16,
    __m512i,
    32,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_add_epi16,
    _mm512_sub_epi16
);

impl Join for Floats<1> {
    #[inline(always)]
    unsafe fn join<const N: usize>(from: [*const f32; N]) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { [_mm512_castsi512_ps(join(from))] })
    }
}

impl Join for Integers<1> {
    #[inline(always)]
    unsafe fn join<const N: usize>(from: [*const i16; N]) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { [join(from)] })
    }
}

/// As for AVX2, in one register.
///
/// # Safety
///
/// AVX-512F is there, and 64 / N bytes can be read at each place.
#[inline(always)]
unsafe fn join<T, const N: usize>(from: [*const T; N]) -> __m512i {
    // SAFETY: the caller's promise.
    unsafe {
        let [low, high] = avx2::join(from);
        _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1)
    }
}
