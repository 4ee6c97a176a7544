//! Networks with one bit per weight as C source, for microcontrollers.
//!
//! [`files`] turns a [`runtime::Model`] into portable C99 that computes [`runtime::integer`] to the last bit: weights as
//! packed bits in `const` arrays (two planes of them where weights are −1, 0 and +1, bytes where they are more), 8-bit
//! activations, static memory of a size that is known when it is compiled, no heap, no library. [`folder::replace`] writes them; [`web::page`] compiles the same code for a browser. [`boards`] tells on which well-known devices a network fits,
//! [`cost`](mod@cost) what it will take of a core before it is compiled, and [`object`](object()) what it takes then.
//!
//! The arithmetic is one C file, the same for every network (`templates/onebit.c`), and another makes images of pictures
//! of any size (`templates/onebit_pixels.c`, the same bytes as [`runtime::pixels`]); a header with the network's shapes and
//! numbers is generated beside it.
//!
//! `examples/c_source.rs` writes a network's C source, of a packed file or of one that was never trained:
//! `cargo run --release -p onebit-embed --example c_source -- DIR`.

mod bits;
pub mod boards;
mod cores;
pub mod cost;
mod error;
pub mod folder;
mod geometry;
mod memory;
mod model_header;
mod object;
mod source;
mod text;
pub mod web;

pub use cores::Core;
pub use cost::{Cost, cost};
pub use error::EmbedError;
pub use object::{Object, object};

use memory::Memory;
use runtime::Model;
use runtime::integer::Network;

/// What the files say made them.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A file's name, and what is in it.
pub type File = (&'static str, String);

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
    let (_, flash) = model_header::text(&network, &memory, model.class_names())?;
    Ok(Sizes {
        flash,
        ram: memory.bytes(),
    })
}

/// The C source of `model`: the library's `onebit.h`, `onebit.c` and `onebit_model.h`, what makes images of pictures
/// (`onebit_pixels.c`), and an example with a Makefile.
///
/// # Errors
///
/// As [`sizes`], and [`EmbedError::ClassName`] for names that C cannot hold.
pub fn files(model: &Model) -> Result<(Vec<File>, Sizes), EmbedError> {
    let network = Network::new(model).map_err(EmbedError::Model)?;
    let memory = Memory::of(&network, model.conv_names())?;
    let (header, flash) = model_header::text(&network, &memory, model.class_names())?;
    let sizes = Sizes {
        flash,
        ram: memory.bytes(),
    };
    let files = vec![
        ("onebit.h", source::public_header(model, &network, sizes)),
        ("onebit.c", include_str!("../templates/onebit.c").into()),
        (
            "onebit_pixels.c",
            include_str!("../templates/onebit_pixels.c").into(),
        ),
        ("onebit_model.h", header),
        ("main.c", include_str!("../templates/main.c").into()),
        ("Makefile", include_str!("../templates/Makefile").into()),
    ];
    Ok((files, sizes))
}
