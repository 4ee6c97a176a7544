//! Which algorithm runs for which shape on which instructions: decided here and nowhere else.
//!
//! A decision hangs on shape and instructions alone, never on threads, so threads change no bit. Every one was measured;
//! `bench_training choices` measures those of training again, `bench_lookup` those of deployed networks.

#[cfg(feature = "std")]
mod conv;
mod lookup;

#[cfg(feature = "std")]
pub use conv::{Algorithm, ConvOp};
#[cfg(feature = "std")]
pub(crate) use conv::{are_gradients_joined, is_fused, winograd_tiles};
#[cfg(feature = "std")]
pub(crate) use lookup::training;
pub(crate) use lookup::{Tables, deployed, tiling};
