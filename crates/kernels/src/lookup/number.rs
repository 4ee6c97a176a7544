//! The numbers that look-ups add.

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
