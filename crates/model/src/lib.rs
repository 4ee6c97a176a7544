//! One-bit convolutions and wide residual networks on [Burn](https://burn.dev).
//!
//! The method is that of M. D. McDonnell, *Training wide residual networks for deployment using a
//! single bit for each weight* (ICLR 2018): during training keep real weights, use
//! `sqrt(2 / (F²·C_in)) · sign(W)` in the forward and the backward pass, and give the gradient to
//! the real weights unchanged.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use model::NetworkConfig;
//!
//! let config = NetworkConfig::new("wrn-8-1".parse()?, [1, 28, 28], 10);
//! let device = Device::default();
//! let net = config.init(1, &device)?;
//! let logits = net.forward(Tensor::zeros([2, 1, 28, 28], &device));
//! assert_eq!(logits.dims(), [2, 10]);
//! # Ok::<(), model::GraphError>(())
//! ```
//!
//! `examples/train_glyphs.rs` trains a tiny network for a hundred steps, with Burn's own SGD:
//! `cargo run --release -p onebit-model --example train_glyphs`.

mod blend;
mod conv;
mod frozen;
mod latent;
mod network;
mod norm;
pub mod ops;
mod padding;
mod plan;
mod recomputed;
mod slope;

pub use conv::Conv;
pub use graph::{Estimator, GraphError, InputNorm, LatentNorm, Net, Padding, Weights};
pub use latent::Latent;
pub use network::{Network, NetworkConfig};
pub use norm::EPSILON;
pub use recomputed::recomputed;

/// Bytes of addresses that are taken at once for feature maps, on flex: pages that nothing was written to take no memory.
pub const SLAB_BYTES: usize = 256 << 20;

/// The generator that initial weights are drawn from.
fn init_rng(seed: u64) -> rand_pcg::Pcg64 {
    use rand::SeedableRng;
    rand_pcg::Pcg64::seed_from_u64(seed)
}
