//! Several registers as one vector.

/// Defines N registers side by side: the memory operations and the two sums.
macro_rules! registers {
    ($name:ident, $number:ty, $register:ty, $lanes:literal, $load:ident, $store:ident, $add:ident, $sub:ident) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name<const N: usize>(pub(super) [$register; N]);

        impl<const N: usize> Vector for $name<N> {
            type Number = $number;
            const LANES: usize = $lanes * N;

            #[inline(always)]
            unsafe fn load(from: *const $number) -> Self {
                // SAFETY: the caller detected the instructions and vouches for the numbers; alignment is not needed.
                // Loops in place of closures, which intrinsics are not inlined into.
                unsafe {
                    let mut registers = [$load(from.cast()); N];
                    let mut index = 1;
                    while index < N {
                        registers[index] = $load(from.add(index * $lanes).cast());
                        index += 1;
                    }
                    Self(registers)
                }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $number) {
                let mut index = 0;
                while index < N {
                    // SAFETY: the caller detected the instructions and vouches for the place.
                    unsafe { $store(to.add(index * $lanes).cast(), self.0[index]) };
                    index += 1;
                }
            }

            #[inline(always)]
            unsafe fn add(mut self, other: Self) -> Self {
                let mut index = 0;
                while index < N {
                    // SAFETY: the caller detected the instructions.
                    self.0[index] = unsafe { $add(self.0[index], other.0[index]) };
                    index += 1;
                }
                self
            }

            #[inline(always)]
            unsafe fn sub(mut self, other: Self) -> Self {
                let mut index = 0;
                while index < N {
                    // SAFETY: the caller detected the instructions.
                    self.0[index] = unsafe { $sub(self.0[index], other.0[index]) };
                    index += 1;
                }
                self
            }
        }
    };
}

/// Implements [`MulAdd`](crate::vector::MulAdd) for registers of floats.
macro_rules! mul_add {
    ($name:ident, $splat:ident, $mul_add:ident) => {
        impl<const N: usize> MulAdd for $name<N> {
            #[inline(always)]
            unsafe fn splat(value: f32) -> Self {
                // SAFETY: the caller detected the instructions.
                Self([unsafe { $splat(value) }; N])
            }

            #[inline(always)]
            unsafe fn mul_add(mut self, factor: Self, addend: Self) -> Self {
                let mut index = 0;
                while index < N {
                    let (a, b, c) = (self.0[index], factor.0[index], addend.0[index]);
                    // SAFETY: the caller detected the instructions.
                    self.0[index] = unsafe { $mul_add(a, b, c) };
                    index += 1;
                }
                self
            }
        }
    };
}

pub(super) use {mul_add, registers};
