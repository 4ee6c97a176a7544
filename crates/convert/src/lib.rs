//! Networks in other programs' files, brought into [`runtime::Model`] or made of one.
//!
//! - [`mcdonnell`]: the author's own trained networks, MATLAB level-5 files that either MATLAB or
//!   Keras gave their content.
//! - [`torch_packed`]: the packed state dict of the PyTorch port, as safetensors.
//! - [`torch_float`]: in and out, for PyTorch: a state dict of 32-bit numbers with the port's names.
//! - [`onnx`]: out, for onnxruntime and its like.
//!
//! ```no_run
//! use std::path::Path;
//! use convert::{Options, mcdonnell};
//!
//! let model = mcdonnell::import(Path::new("CIFAR10_allparams.mat"), &Options::default())?;
//! model.save(Path::new("cifar10.onebit")).expect("a folder to write to");
//! # Ok::<(), convert::ConvertError>(())
//! ```
//!
//! `examples/export.rs` makes an ONNX file and a state dict of a packed file:
//! `cargo run --release -p onebit-convert --example export -- net.onebit net.onnx net.safetensors`.

mod chain;
mod error;
mod file;
mod imported;
pub mod mcdonnell;
mod net;
mod numbers;
pub mod onnx;
mod prefix;
pub mod torch_float;
pub mod torch_packed;

pub use error::ConvertError;
pub use imported::{Imported, Note};
pub use runtime::format::FileKind;

/// What a foreign file does not say.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The network, as `plain-20-4`, where the file cannot tell; checked against what it holds.
    /// Without it a network is residual, unless its file says otherwise.
    pub net: Option<graph::Net>,
    /// Height and width of an image. Without it 28×28 for one channel and 32×32 for more.
    pub input_size: Option<[usize; 2]>,
    /// Names of the classes, in the order of the logits. Without it `0`, `1`, …
    pub class_names: Option<Vec<String>>,
    /// Whether the real weights in the blocks of a state dict of the PyTorch port are the network's
    /// own. Without it their signs are, as in the port's training with binary weights; the file is
    /// the same.
    pub real_weights: bool,
    /// The most bytes that reading may take. A weight takes one on the way, so the default of
    /// 512 MiB is enough for 20-20 four times over.
    pub memory: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            net: None,
            input_size: None,
            class_names: None,
            real_weights: false,
            memory: 512 << 20,
        }
    }
}

impl Options {
    /// Sets [`net`](Self::net).
    #[must_use]
    pub fn with_net(mut self, net: Option<graph::Net>) -> Self {
        self.net = net;
        self
    }

    /// Sets [`input_size`](Self::input_size).
    #[must_use]
    pub fn with_input_size(mut self, input_size: Option<[usize; 2]>) -> Self {
        self.input_size = input_size;
        self
    }

    /// Sets [`class_names`](Self::class_names).
    #[must_use]
    pub fn with_class_names(mut self, class_names: Option<Vec<String>>) -> Self {
        self.class_names = class_names;
        self
    }

    /// Sets [`real_weights`](Self::real_weights).
    #[must_use]
    pub fn with_real_weights(mut self, real_weights: bool) -> Self {
        self.real_weights = real_weights;
        self
    }

    /// Sets [`memory`](Self::memory).
    #[must_use]
    pub fn with_memory(mut self, memory: u64) -> Self {
        self.memory = memory;
        self
    }
}
