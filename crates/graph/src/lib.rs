//! What a network *is*: nodes, shapes, costs. How it is trained, stored or computed is told
//! elsewhere, by whoever walks the nodes.
//!
//! ```
//! use graph::{Net, NetOptions};
//!
//! let net: Net = "wrn-20-1".parse()?;
//! let graph = net.graph(&NetOptions::new([3, 32, 32], 10))?;
//! assert_eq!(graph.convs().count(), 20);
//! assert_eq!(graph.classes(), 10);
//! let costs = graph::Costs::of(&graph, |_| false);
//! assert_eq!(costs.totals.one_bit_weights, 268_336);
//! # Ok::<(), graph::GraphError>(())
//! ```
//!
//! `examples/describe.rs` describes a network in TOML, and prints its layers and costs:
//! `cargo run --release -p onebit-graph --example describe`.
//!
//! A [`Graph`] is checked once, when it is made: every node's shape is known, sizes are bounded, and
//! an error names the node. It is walked when something is built or loaded, never per image.
//!
//! Two lists are open, an entry a file: [`families`] (from a name such as `wrn-20-4` to a
//! description) and [`weights`] (from real weights to those that count).
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod builder;
mod check;
mod costs;
mod design;
mod error;
pub mod families;
mod input_norm;
mod json;
mod latent;
mod net;
mod node;
mod sequence;
mod stage;
pub mod weights;

pub use check::{MAX_CHANNELS, MAX_KERNEL, MAX_NODES, MAX_NUMBERS, MAX_PIXELS};
pub use costs::{Costs, LayerCosts, Totals};
pub use design::{Design, Head, Pool, Stage, Stem, VERSION as DESIGN_VERSION};
pub use error::GraphError;
pub use families::{Family, name_of};
pub use input_norm::InputNorm;
pub use latent::{Estimator, LatentNorm};
pub use net::{Net, NetOptions};
pub use node::{ConvOp, Graph, Node, Op, Padding, PoolDivisor, Shape, Value};
pub use sequence::{Sequence, SequenceConv};
pub use weights::{Kernel, Quantized, Scale, Storage, Weights};
