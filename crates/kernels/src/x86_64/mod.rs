//! The registers of x86-64, and what is done within them. Intrinsics live here and nowhere else.

mod avx2;
mod avx512;
mod registers;
mod transpose;

pub(crate) use avx2::Avx2;
pub(crate) use avx512::Avx512;

/// Whether this machine has a feature.
macro_rules! detected {
    ($feature:tt) => {
        std::arch::is_x86_feature_detected!($feature)
    };
}
pub(crate) use detected;

/// Fetches the cache line of a float into the second-level cache; every 64-bit processor of this architecture can.
#[inline(always)]
pub(crate) fn prefetch(float: &f32) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    // SAFETY: SSE is part of the architecture, and a prefetch changes nothing.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(float).cast()) };
}
