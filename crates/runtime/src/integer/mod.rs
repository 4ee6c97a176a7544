//! The forward pass in integers alone: what a microcontroller computes.
//!
//! [`Engine`](crate::Engine) with 8-bit activations keeps `f32` maps between its convolutions. Here nothing is
//! a float once the [`Network`] is made, and every operation is specified to the last bit, so that C code
//! (`onebit export --to c`) gives the same logits anywhere. [`Forward`] computes with it on this machine, and with the feature
//! `std` `Batch` on several threads.
//!
//! # The numbers
//!
//! | what | type | stands for |
//! | --- | --- | --- |
//! | input q of convolution i | `u8` | s_i · (q − z_i), where s_i is the model's activation scale; z_i = 0 where nothing is negative, else 128 |
//! | sum S = Σ w·(q − z) | `i32` | scale · s_i · S; w is ±1, or −127…127 for 8-bit and ternary weights; padding is z, so it adds nothing |
//! | residual map x, channel c, of a residual network | `i16`, or `i8` where the model has [`residual_scales`](crate::Model::residual_scales) | t_c · x |
//! | logit | `i32` | 2^−[`logit_bits`](Network::logit_bits) each |
//!
//! # The operations
//!
//! A [`Requantize`] is what every factor and addend becomes: y = ⌊(m·x + o·2^(s−12)) / 2^s⌋ in 64 bits, where o
//! holds ½, so it rounds to the nearest integer and halves up. s is the greatest with which the numbers keep the bounds
//! below. Where the residual map has 8 bits, it is, for all but the logits, the greatest of 12 to 30 with which
//! (|factor|·|x| + |addend| + 1)·2^s + |x| < 2³¹, where there is one with min(|x|, (256 + |addend|)/|factor|) ≤ 2^(s−3):
//! then 32 bits do for y, and what m has lost is no more than 1/16 where y counts. With g, b the norm's scale and offset:
//!
//! ```text
//! pixel, or map → q     q = min(255, max(min, line(x)))      line: g/s_i [· t_c], b/s_i + z_i
//! sum → next q             q = min(255, max(min, line(S)))      line: g·scale·s_i/s_(i+1), b/s_(i+1) + z_(i+1)
//! sum → map             x = sat(line(S)), or x = sat(x + line(S)) where a skip connection ends
//!                                                                 line: scale·s_i/t_c, 0
//! skip path, stride 2      x' = ⌊(2·Σx + n) / 2n⌋ over the 3×3 window's pixels inside the image;
//!                          n is their number, or 9; channels that x lacks are 0
//! max pool of the stem     x' = max x over the same window
//! sums of the last one     logit = line(ΣS over the pixels) + offset
//! ```
//!
//! `sat` saturates to −32768…32767, or to −128…127 where the map has 8 bits. `min` is z where the activation is ReLU (0), the integer nearest to
//! z − 1/s_i for the shifted ReLU, and 0 where there is none.
//!
//! Of a map of 8 bits, t_c is the model's `residual_scales[c]`, which [`residual_scales`] finds on images. Of a map of 16
//! bits, t_c is chosen so that what a later norm sends to twice the greatest calibrated activation still fits:
//! t_c · 32767 = min(2 · max over the norms of (max·s_i + |b|) / |g|, Σ scale·s_i·S_max), where
//! max is 255 or 127 and the second term can never be exceeded. It is per channel, since norms are.
//!
//! # Why nothing overflows
//!
//! Rows of more than 2¹⁶ weights are refused: |S| ≤ 255 · 2¹⁶ < 2²⁴ for signs, 255 · 127 · 2¹⁶ < 2³¹ for integers. A line is made for a largest |x|, and refused
//! unless |factor|·|x| + |addend| < 2³⁰; |m| < 2³¹, |x| ≤ 2³¹ and |o|·2^(s−12) < 2⁶⁰, so its 64 bits hold. Sums over
//! the last map's pixels are refused from 2³¹ on. A window of nine 16-bit numbers takes 20 bits.

#[cfg(feature = "std")]
mod batch;
mod calibrate;
mod forward;
mod network;
mod quantize;
mod requantize;
mod residual;
mod structure;
mod sums;

#[cfg(feature = "std")]
pub use batch::Batch;
pub use calibrate::{ResidualScales, residual_scales};
pub use forward::Forward;
pub use network::{Layer, LayerWeights, Network, Output};
pub use requantize::{FRACTION, Requantize};
