//! Networks with one bit per weight as C source, for microcontrollers.
//!
//! [`files`] turns a [`runtime::Model`] into portable C99 that computes [`runtime::integer`] to the last bit: weights as
//! packed bits in `const` arrays (two planes of them where weights are −1, 0 and +1, bytes where they are more), 8-bit
//! activations, static memory of a size that is known when it is compiled, no heap, no library. [`rust::files`] makes a crate
//! without `std` of it, [`web`] a page for browsers and a package of npm, by a module of WebAssembly that the crate carries.
//! [`folder::replace`] writes them. [`boards`] tells on which well-known devices a network fits, [`cost`](mod@cost) what it will take of a core before it is compiled,
//! and [`object`](object()) what it takes then.
//!
//! The arithmetic is one C file, the same for every network (`templates/onebit.c`), and another makes images of pictures
//! of any size (`templates/onebit_pixels.c`, the same bytes as [`runtime::pixels`]); a header with the network's shapes and
//! numbers is generated beside it.
//!
//! `examples/c_source.rs` writes a network's C source, of a packed file or of one that was never trained:
//! `cargo run --release -p onebit-embed --example c_source -- DIR`.

mod bits;
pub mod boards;
mod c_folder;
mod cores;
pub mod cost;
mod error;
pub mod folder;
mod geometry;
mod memory;
mod model_header;
mod name;
mod object;
mod options;
mod readme;
pub mod rust;
mod selftest;
mod source;
mod text;
pub mod web;

pub use cores::Core;
pub use cost::{Cost, cost};
pub use error::EmbedError;
pub use name::Name;
pub use object::{Object, object};
pub use options::{Measured, Options};

use memory::Memory;
use runtime::Model;
use runtime::integer::Network;

/// What the files say made them.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A file's name, with `/` where it is in a folder of its own, and what is in it.
pub type File = (String, String);

/// What a network takes of a device, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sizes {
    /// Constants: weights, scales, norms, names.
    pub flash: usize,
    /// Static memory.
    pub ram: usize,
}

/// What `model` takes.
///
/// # Errors
///
/// [`EmbedError::Model`] for networks that integers cannot compute, [`EmbedError::Large`] for layers that the C code cannot
/// number.
pub fn sizes(model: &Model) -> Result<Sizes, EmbedError> {
    let network = Network::new(model).map_err(EmbedError::Model)?;
    let memory = Memory::of(&network, model.conv_names())?;
    let (_, flash) = model_header::text(&network, &memory, model.class_names(), &Name::default())?;
    Ok(Sizes {
        flash,
        ram: memory.bytes(),
    })
}

/// The folder of `model` as C, by the names of files in it: the library in `src`, programs that use it in `examples`, a
/// README, and what Arduino, PlatformIO, ESP-IDF, Zephyr, CMake and make read.
///
/// # Errors
///
/// As [`sizes`], and [`EmbedError::ClassName`] for names that C cannot hold.
pub fn files(model: &Model, options: &Options) -> Result<(Vec<File>, Sizes), EmbedError> {
    c_folder::files(model, options)
}
