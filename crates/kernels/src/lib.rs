//! Arithmetic of wide residual nets on a CPU, on plain slices: training, and, in [`lookup`], deployed
//! networks with one bit per weight.
//!
//! Every tensor is `f32`, contiguous, images as N×C×H×W. A [`ExecContext`] says which instructions and
//! which threads to use; each op takes it first. Results depend on the shapes and on the [`Isa`],
//! never on the number of threads: work is cut by shape alone and summed in a fixed order.
//!
//! ```
//! # #[cfg(feature = "std")] {
//! use kernels::{Conv2d, ExecContext, Isa, Serial, conv2d};
//!
//! let context = ExecContext::new(Isa::best(), Serial);
//! let shape = Conv2d { batch: 1, in_channels: 1, out_channels: 1, height: 2, width: 2, kernel: 3, stride: 1, padding: 1 };
//! let mut y = [0.0; 4];
//! conv2d(&context, &shape, &[1.0, 2.0, 3.0, 4.0], &[1.0; 9], &mut y);
//! assert_eq!(y, [10.0; 4]);
//! # }
//! ```
//!
//! `examples/sign_conv.rs` convolves an image with weights of ±1, by look-up and by a plain loop:
//! `cargo run --release -p onebit-kernels --example sign_conv`.
#![cfg_attr(not(feature = "std"), no_std)]
#![warn(clippy::incompatible_msrv)]

extern crate alloc;

#[cfg(feature = "std")]
mod add;
mod choice;
#[cfg(feature = "std")]
mod conv;
#[cfg(feature = "std")]
mod exec_context;
mod instructions;
mod isa;
pub mod lookup;
#[cfg(feature = "std")]
pub mod nhwc;
#[cfg(feature = "std")]
mod norm;
mod parallel;
#[cfg(feature = "std")]
mod peak_fma;
#[cfg(feature = "std")]
mod pool;
#[cfg(feature = "std")]
mod prefetch;
pub mod products;
#[cfg(feature = "std")]
mod scratch;
#[cfg(feature = "std")]
mod sgd;
mod shared_slice;
#[cfg(feature = "std")]
mod sign;
#[cfg(feature = "std")]
mod tile;
#[cfg(feature = "std")]
mod transpose;
mod vector;
#[cfg(all(target_arch = "x86_64", feature = "std"))]
mod x86_64;

#[cfg(feature = "std")]
pub use add::add;
#[cfg(feature = "std")]
pub use choice::{Algorithm, ConvOp};
#[cfg(feature = "std")]
pub use conv::{
    Conv2d, conv2d, conv2d_input_grad, conv2d_weight_grad, sign_conv2d, sign_conv2d_input_grad,
};
#[cfg(feature = "std")]
pub use exec_context::ExecContext;
pub use isa::Isa;
#[cfg(feature = "std")]
pub use isa::IsaError;
#[cfg(feature = "std")]
pub use norm::{BatchNorm, batch_moments, batch_norm, batch_norm_apply, batch_norm_grad};
#[cfg(feature = "std")]
pub use parallel::Scoped;
pub use parallel::{Parallel, Serial};
#[cfg(feature = "std")]
pub use peak_fma::peak_fma;
#[cfg(feature = "std")]
pub use pool::{Images, avg_pool_shortcut, avg_pool_shortcut_grad, global_mean, global_mean_grad};
#[cfg(feature = "std")]
pub use sgd::{Sgd, sgd_step};
pub use shared_slice::SharedSlice;
#[cfg(feature = "std")]
pub use sign::scaled_sign;
