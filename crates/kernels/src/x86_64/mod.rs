//! The registers of x86-64, and what is done within them. Intrinsics live here and nowhere else.

mod avx2;
mod avx512;
mod lookup;
mod transpose;

pub(crate) use avx2::Avx2;
pub(crate) use avx512::Avx512;
pub(crate) use lookup::{Avx2F32, Avx2I16, Avx512F32, Avx512I16};
pub(crate) use transpose::{deinterleave_16, interleave_8, interleave_16};
