//! Products with matrices of ±1, one bit each, by table look-up.
//!
//! Four input rows have 16 signed sums. They are computed once, each a vector across pixels; then
//! every output adds one of them, chosen by four of its bits, in place of four multiply-adds (the
//! method of the four Russians, Arlazarov et al. 1970; for neural networks LUT-GEMM, Park et al.
//! 2022).
//!
//! ```text
//! sums[output][pixel] = Σ_r ±rows[r][pixel],   + where bit r of the output's row is 1
//! ```
//!
//! The work is cut into blocks of [`PIXELS`] pixels, and a block's rows into chunks of [`CHUNK`]:
//! eight tables, which fit a first-level cache together with their rows. A chunk's bits of one
//! output are one `u32`.

mod float;
mod integer;
mod matrix;

pub use float::sign_product;
pub use integer::{MAX_INPUT, sign_product_i16};
pub use matrix::SignMatrix;

/// Pixels of a block: two vectors of AVX-512 in `f32`, one in `i16`.
pub const PIXELS: usize = 32;
/// Input rows that are summed by one pass over the outputs.
pub const CHUNK: usize = 32;

/// Rows of a table.
const GROUP: usize = 4;
/// Signed sums of a table.
const ENTRIES: usize = 1 << GROUP;
/// Tables of a chunk.
const TABLES: usize = CHUNK / GROUP;
