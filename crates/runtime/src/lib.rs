//! Networks with one bit per weight, deployed: what they are, the file they come in, and what they
//! compute. Nothing here trains, and nothing here needs Burn.
//!
//! A [`Model`] is a checked description of a network: sign bits, scales, folded batch norms. It is
//! read from and written to the packed file of [`format`](mod@format), and [`mod@reference`] computes its
//! logits in the plainest way. Without the feature `std` the crate is `no_std` and needs only
//! `alloc`; what is missing then are files and
//! threads.
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod engine;
mod error;
#[cfg(feature = "std")]
mod file;
pub mod format;
pub mod inspect;
mod model;
pub mod reference;

pub use engine::{Activations, Engine, Options, calibrate};
pub use error::RuntimeError;
pub use model::{
    Activation, Affine, Conv, MAX_CHANNELS, MAX_KERNEL, MAX_PIXELS, Model, Padding, Parts,
    PoolDivisor, Scale, Stem, Structure, Weights,
};
