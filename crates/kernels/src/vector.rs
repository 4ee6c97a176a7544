//! Numbers side by side in registers: the little that the kernels need of them.

use crate::lookup::Number;

/// Some numbers, in whatever registers hold them.
///
/// Methods are unsafe because an implementation may need instructions that the caller must have detected.
pub(crate) trait Vector: Copy {
    type Number: Number;
    /// How many numbers.
    const LANES: usize;

    /// # Safety
    ///
    /// The implementation's instructions are there, and `LANES` numbers can be read at `from`.
    unsafe fn load(from: *const Self::Number) -> Self;

    /// # Safety
    ///
    /// The implementation's instructions are there, and `LANES` numbers can be written at `to`.
    unsafe fn store(self, to: *mut Self::Number);

    /// # Safety
    ///
    /// The implementation's instructions are there.
    unsafe fn add(self, other: Self) -> Self;

    /// # Safety
    ///
    /// The implementation's instructions are there.
    unsafe fn sub(self, other: Self) -> Self;
}

/// Floats that can be multiplied.
#[cfg_attr(not(feature = "std"), allow(dead_code, reason = "for training"))]
pub(crate) trait MulAdd: Vector<Number = f32> {
    /// # Safety
    ///
    /// The implementation's instructions are there.
    unsafe fn splat(value: f32) -> Self;

    /// `self · factor + addend`, rounded once where the instructions can.
    ///
    /// # Safety
    ///
    /// The implementation's instructions are there.
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self;
}

/// 64 bytes, which can be put together.
pub(crate) trait Join: Vector {
    /// Parts side by side, from N places: 64 bytes in all. N is 2 or 4.
    ///
    /// # Safety
    ///
    /// The implementation's instructions are there, and `LANES` / N numbers can be read at each place.
    unsafe fn join<const N: usize>(from: [*const Self::Number; N]) -> Self;
}

/// Plain arrays, which the compiler puts into what registers there are.
#[derive(Clone, Copy)]
pub(crate) struct Array<T, const N: usize>([T; N]);

impl<T: Number, const N: usize> Vector for Array<T, N> {
    type Number = T;
    const LANES: usize = N;

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller vouches for the numbers; an array is aligned as they are.
        Self(unsafe { from.cast::<[T; N]>().read() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller vouches for the place.
        unsafe { to.cast::<[T; N]>().write(self.0) }
    }

    #[inline(always)]
    unsafe fn add(mut self, other: Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = a.plus(b);
        }
        self
    }

    #[inline(always)]
    unsafe fn sub(mut self, other: Self) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = a.minus(b);
        }
        self
    }
}

impl<const N: usize> MulAdd for Array<f32, N> {
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; N])
    }

    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, addend: Self) -> Self {
        // Not `f32::mul_add`: without the instruction that is a call into the C library.
        Self(core::array::from_fn(|lane| {
            self.0[lane] * factor.0[lane] + addend.0[lane]
        }))
    }
}

impl<T: Number, const N: usize> Join for Array<T, N> {
    #[inline(always)]
    unsafe fn join<const PARTS: usize>(from: [*const T; PARTS]) -> Self {
        let mut all = [T::default(); N];
        for (all, from) in all.chunks_exact_mut(N / PARTS).zip(from) {
            // SAFETY: the caller vouches for the numbers of each part.
            all.copy_from_slice(unsafe { core::slice::from_raw_parts(from, all.len()) });
        }
        Self(all)
    }
}
