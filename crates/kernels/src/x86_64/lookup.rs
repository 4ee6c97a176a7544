//! 64 bytes in one register of AVX-512 or two of AVX2.

use core::arch::x86_64::*;

use crate::lookup::Lanes;

/// Implements [`Lanes`] for a type of registers: the memory operations and the two sums.
macro_rules! lanes {
    ($name:ident, $number:ty, $register:ty, $count:literal, $step:literal, $load:ident, $store:ident, $add:ident, $sub:ident, $join:ident) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name([$register; $count]);

        impl Lanes for $name {
            type Number = $number;

            #[inline(always)]
            unsafe fn load(from: *const $number) -> Self {
                // SAFETY: the caller detected the instructions and vouches for the numbers; `array` is
                // not used so that nothing stands between this and the register.
                unsafe {
                    let mut registers = [$load(from.cast()); $count];
                    let mut index = 1;
                    while index < $count {
                        registers[index] = $load(from.add(index * $step).cast());
                        index += 1;
                    }
                    Self(registers)
                }
            }

            #[inline(always)]
            unsafe fn join<const N: usize>(from: [*const $number; N]) -> Self {
                // SAFETY: the caller detected the instructions and vouches for the numbers.
                unsafe { Self($join(from)) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $number) {
                let mut index = 0;
                while index < $count {
                    // SAFETY: the caller detected the instructions and vouches for the place.
                    unsafe { $store(to.add(index * $step).cast(), self.0[index]) };
                    index += 1;
                }
            }

            #[inline(always)]
            unsafe fn add(mut self, other: Self) -> Self {
                let mut index = 0;
                while index < $count {
                    // SAFETY: the caller detected the instructions.
                    self.0[index] = unsafe { $add(self.0[index], other.0[index]) };
                    index += 1;
                }
                self
            }

            #[inline(always)]
            unsafe fn sub(mut self, other: Self) -> Self {
                let mut index = 0;
                while index < $count {
                    // SAFETY: the caller detected the instructions.
                    self.0[index] = unsafe { $sub(self.0[index], other.0[index]) };
                    index += 1;
                }
                self
            }
        }
    };
}

lanes!(
    Avx2F32,
    f32,
    __m256,
    2,
    8,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_add_ps,
    _mm256_sub_ps,
    join_256_ps
);
lanes!(
    Avx2I16,
    i16,
    __m256i,
    2,
    16,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_add_epi16,
    _mm256_sub_epi16,
    join_256
);
lanes!(
    Avx512F32,
    f32,
    __m512,
    1,
    16,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_add_ps,
    _mm512_sub_ps,
    join_512_ps
);
lanes!(
    Avx512I16,
    i16,
    __m512i,
    1,
    32,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_add_epi16,
    _mm512_sub_epi16,
    join_512
);

/// Two halves or four quarters of 64 bytes. No closures here: intrinsics would not be inlined into them.
///
/// # Safety
///
/// AVX2 is there, and so many bytes can be read at each place.
#[inline(always)]
unsafe fn join_256<T, const N: usize>(from: [*const T; N]) -> [__m256i; 2] {
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

/// # Safety
///
/// As for [`join_256`].
#[inline(always)]
unsafe fn join_256_ps<T, const N: usize>(from: [*const T; N]) -> [__m256; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        let [low, high] = join_256(from);
        [_mm256_castsi256_ps(low), _mm256_castsi256_ps(high)]
    }
}

/// As [`join_256`], in one register.
///
/// # Safety
///
/// AVX-512F is there, and so many bytes can be read at each place.
#[inline(always)]
unsafe fn join_512<T, const N: usize>(from: [*const T; N]) -> [__m512i; 1] {
    // SAFETY: the caller's promise.
    unsafe {
        let [low, high] = join_256(from);
        [_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1)]
    }
}

/// # Safety
///
/// As for [`join_512`].
#[inline(always)]
unsafe fn join_512_ps<T, const N: usize>(from: [*const T; N]) -> [__m512; 1] {
    // SAFETY: the caller's promise.
    unsafe {
        let [all] = join_512(from);
        [_mm512_castsi512_ps(all)]
    }
}
