//! Convolutions with weights of ±1, by table look-up: the arithmetic of a deployed network, and of training.
//!
//! G input channels have 2^G signed sums. They are computed once, each a vector across pixels; then
//! every output channel adds one of them per tap, chosen by G of its bits, in place of G
//! multiply-adds (the method of the four Russians, Arlazarov et al. 1970; LUT-GEMM, Park et al. 2022,
//! has it for linear layers).
//!
//! A table costs as many stores as it has entries, which at 64 output channels would be half of the
//! work, so one table serves several taps. A [`Tiling`] cuts the image into tiles of `rows` vectors,
//! one under the other. For each column of the kernel and each row that the tile reads there is one
//! table; the taps of that column reach it from up to three of the tile's rows. All tables of a group
//! of channels lie in the first-level cache at once.
//!
//! ```text
//! tile of 4 rows, 3×3 kernel: 3 columns × 6 rows = 18 tables of 16 entries of 64 bytes = 18 KiB,
//! 36 look-ups for each output channel: 9 taps × 4 rows, with one index for each 4
//! ```
//!
//! The lanes of a vector are pixels side by side. Where the image is narrower than a vector, the
//! vector joins segments from several places of the image.
//!
//! [`SignConv::convolve_f32`] and [`SignConv::convolve_i16`] do a whole image. Whoever shares the work out, or writes the next
//! convolution's input along with the result, runs the [`Unit`]s one by one and keeps them apart.
//!
//! Sums are in the order of the channels whatever the [`Isa`](crate::Isa), and nothing is fused, so the
//! results are the same on every machine to the last bit, in `f32` and in integers.

mod accumulate;
mod conv;
mod dispatch;
mod epilogue;
mod image;
mod number;
mod pack;
mod run;
mod scratch;
mod tables;
mod tiling;
mod words;

pub use conv::{SignConv, Unit};
pub use epilogue::{Epilogue, Input, Map, Next};
pub use number::Number;
pub use pack::{Frame, Prologue, pack_f32, pack_i16};
pub use scratch::LookupScratch;
pub use tiling::{Tiling, Window};
#[cfg(feature = "std")]
pub(crate) use words::spread;

/// The maximum of segments in a vector: 32 lanes by 4.
const SEGMENTS: usize = 8;
