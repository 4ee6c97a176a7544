//! 64 bytes of numbers side by side.

/// A number that can be summed in lanes; `i16` wraps, and its users keep sums small enough.
pub trait Number: Copy + Default + Send + Sync + 'static {
    /// Numbers in 64 bytes.
    const LANES: usize;
    /// `self + other`.
    fn plus(self, other: Self) -> Self;
    /// `self - other`.
    fn minus(self, other: Self) -> Self;
}

impl Number for f32 {
    const LANES: usize = 16;
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self - other
    }
}

impl Number for i16 {
    const LANES: usize = 32;
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
}

/// `Number::LANES` numbers, in whatever registers hold them.
///
/// Methods are unsafe because an implementation may need instructions that the caller must have
/// detected.
pub(crate) trait Lanes: Copy {
    type Number: Number;

    /// # Safety
    ///
    /// The implementation's instructions are there, and `Number::LANES` numbers can be read at `from`.
    unsafe fn load(from: *const Self::Number) -> Self;

    /// Parts side by side, from N places: 64 bytes in all. N is 2 or 4.
    ///
    /// # Safety
    ///
    /// The implementation's instructions are there, and `Number::LANES` / N numbers can be read at each place.
    unsafe fn join<const N: usize>(from: [*const Self::Number; N]) -> Self;

    /// # Safety
    ///
    /// The implementation's instructions are there, and `Number::LANES` numbers can be written at `to`.
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

/// Plain arrays, which the compiler puts into what registers there are.
#[derive(Clone, Copy)]
pub(crate) struct Array<T, const N: usize>([T; N]);

impl<T: Number, const N: usize> Lanes for Array<T, N> {
    type Number = T;

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller vouches for the numbers; an array is aligned as they are.
        Self(unsafe { from.cast::<[T; N]>().read() })
    }

    #[inline(always)]
    unsafe fn join<const PARTS: usize>(from: [*const T; PARTS]) -> Self {
        let mut all = [T::default(); N];
        for (all, from) in all.chunks_exact_mut(N / PARTS).zip(from) {
            // SAFETY: the caller vouches for the numbers of each part.
            all.copy_from_slice(unsafe { core::slice::from_raw_parts(from, all.len()) });
        }
        Self(all)
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
