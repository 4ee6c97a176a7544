//! Networks with one bit per weight, deployed: what they are, the file they come in, and what they
//! compute. Nothing here trains, and nothing here needs Burn.
//!
//! ```
//! use runtime::{Engine, Model, Options, RuntimeError};
//!
//! /// `file` is what a packed file holds: with the feature `std`, `Model::load` takes its path.
//! fn classify(file: &[u8], images: &[&[u8]]) -> Result<Vec<String>, RuntimeError> {
//!     let model = Model::read(file)?;
//!     let options = Options::default().with_threads(2);
//!     let mut engine = Engine::new(&model, options)?;
//!     let name = |class: usize| model.class_names()[class].clone();
//!     images.iter().map(|image| engine.classify(image).map(name)).collect()
//! }
//! # assert!(classify(b"no packed file", &[]).is_err());
//! ```
//!
//! A whole program, from a picture to the name of its class, is `examples/classify.rs`:
//! `cargo run --release -p onebit-runtime --example classify -- net.onebit picture.png`. Other languages call the same
//! engine through the crate `onebit-c`.
//!
//! An image is channels × height × width bytes, channel by channel, row by row, as
//! [`Model::input`] says; nothing is normalised before. [`Model::see`] makes one of a decoded picture of any size, and
//! [`Model::answer`] says which logits are those of none of the classes. A [`Model`] is a checked description of a network:
//! sign bits, scales, folded batch norms. It is read from and written to the packed file of
//! [`format`](mod@format); `onebit export`, `import` and `inspect` make and show such files. An [`Engine`] computes
//! with it, on threads of its own, without an allocation per image; [`Engine::logits_batch`] takes many images.
//! [`calibrate`] finds what [`Activations::Int8`] needs. [`mod@reference`] computes logits in the plainest way, to
//! compare with. [`integer`] computes without any float, to the last bit as C code on a microcontroller does. With the
//! feature `faults`, `Model::with_flipped_bits` tells what errors of a memory do to it.
//!
//! Without the feature `std` the crate is `no_std` and needs only `alloc`; what is missing then are files,
//! threads, and the choice of instructions at run time.
#![no_std]
#![warn(clippy::incompatible_msrv)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod engine;
mod error;
#[cfg(feature = "faults")]
mod faults;
#[cfg(feature = "std")]
mod file;
pub mod format;
pub mod inspect;
pub mod integer;
mod lower;
mod model;
mod preprocessing;
mod printable;
pub mod reference;
mod rejection;
mod sequence;

#[cfg(feature = "std")]
pub use aside::refusal;
pub use engine::{Activations, Engine, Lowered, MAX_THREADS, Options, calibrate, lowering};
pub use error::RuntimeError;
#[cfg(feature = "faults")]
pub use faults::Faulty;
#[cfg(feature = "std")]
pub use file::{way_out, write_whole};
pub use graph::{Graph, MAX_CHANNELS, MAX_KERNEL, Padding, PoolDivisor, Scale, Storage};
pub use model::{Affine, Conv, MAX_NUMBERS, MAX_PIXELS, Model, Parts, Weights};
pub use pixels;
pub use preprocessing::Preprocessing;
pub use printable::{brief, printable};
pub use rejection::{Rejection, margin};
pub use sequence::{Activation, SequenceParts, Stem, Structure};
