//! The operations of the networks, as extensions of Burn's backends.
//!
//! Each operation is a forward and a backward product with a default body of plain backend
//! operations, which makes it work on every backend, and a hand-written rule for autodiff on top.
//! On Flex, Burn's CPU backend, the bodies are those of the `kernels` crate.

#![cfg_attr(
    feature = "ndarray",
    allow(
        deprecated,
        reason = "burn-ndarray is deprecated upstream, and a supported feature here"
    )
)]

mod add;
mod block;
mod conv;
#[cfg(feature = "flex")]
mod flex;
mod latent;
mod norm;
mod quantize;
mod sgd;
mod shortcut;
mod sign;
mod stem;

pub use add::{AddOps, add};
pub use block::{Block, BlockOps, Blocked, Half, Moments, block_pays, moments, residual_block};
pub use conv::{ConvOps, binary_conv2d, conv2d};
#[cfg(feature = "flex")]
pub use flex::check_isa;
pub use latent::{LatentOps, latent};
pub use norm::{NormOps, Normalized, batch_norm_fixed, batch_norm_relu};
pub use quantize::{QuantizeOps, quantize};
pub use sgd::{SgdOps, SgdStep, sgd};
pub use shortcut::{ShortcutOps, shortcut};
pub use sign::{SignOps, sign};
pub use stem::{StemOps, Stemmed, stem, stem_pays};

/// Implements an extension with its default bodies for the backends that have no kernels of ours.
macro_rules! default_bodies {
    ($extension:ident) => {
        #[cfg(feature = "ndarray")]
        impl $extension for burn::backend::NdArray {}

        #[cfg(feature = "cube")]
        impl $extension for burn_cubecl::CubeBackend {}

        #[cfg(feature = "remote")]
        impl $extension for burn_remote::RemoteBackend {}
    };
}
use default_bodies;
