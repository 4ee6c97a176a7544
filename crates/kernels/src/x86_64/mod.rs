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
