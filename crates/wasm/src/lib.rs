//! A network in a browser: one module of WebAssembly, the same for all packed files.
//!
//! [`Session`] is all of it in safe Rust: it opens a packed file, makes of a picture the image that the network reads, and
//! computes [`runtime::integer`], to the last bit. For `wasm32-unknown-unknown` it is exported by the few functions of
//! `exports.rs`, which JavaScript calls (`crates/embed/templates/web/onebit.js`). `crates/wasm/build` compiles the module
//! that the program carries.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod about;
#[cfg(target_arch = "wasm32")]
mod exports;
mod room;
mod session;

pub use session::{MAX_MEMORY, Session};
