//! The packed file: a [safetensors](https://github.com/huggingface/safetensors) container.
//!
//! ```text
//! 8 bytes   length of the header, u64, little-endian; at most 2²⁰
//! header    JSON: the tensors' types, shapes and places, and `__metadata__`; padded with spaces
//! tensors   one after the other, without gaps; numbers little-endian; the floats come first
//! ```
//!
//! `n` convolutions, `i` counting from 0:
//!
//! | tensor | type and shape | holds |
//! | --- | --- | --- |
//! | `convs.i.signs` | U8 `[out, ⌈in·k·k/8⌉]` | sign bits in the order of [`Conv`](crate::Conv) |
//! | `convs.i.scale` | F32 `[]` or `[out]` | what the signs are multiplied with |
//! | `convs.i.weight` | F32 `[out, in, k, k]` | real weights, in place of the two |
//! | `norms.i.scale`, `norms.i.offset` | F32 `[channels]` | the folded batch norm before convolution i; i = n is the last |
//! | `activation_scales` | F32 `[n]` | for 8-bit activations, when calibrated |
//!
//! In Python, `numpy.unpackbits(signs, axis=1, bitorder="little", count=in*k*k)` reshaped to
//! `(out, in, k, k)` gives the bits, and `scale * (2 * bits - 1)` the weights.
//!
//! Metadata, all of them text:
//!
//! | key | value |
//! | --- | --- |
//! | `format` | `onebit` |
//! | `version` | `1`; a reader refuses others |
//! | `input` | `[channels,height,width]` |
//! | `class_names` | a JSON list of texts, in the order of the logits |
//! | `padding` | `symmetric` or `bottom-right` |
//! | `structure` | JSON: kind (`residual`, `plain`), pool_divisor (`inside`, `kernel`), activation (`relu`, `shifted-relu`), input_relu, temperature, stem (`plain`, `max-pool`), norms (which of them there are), convs (in_channels, out_channels, kernel, stride, weights: `signs` or `real`) |
//! | `provenance` | a JSON object of texts: where the network comes from |
//!
//! Other keys are passed over; other tensors are an error. What a file costs to open is bounded by
//! its size: nothing is allocated because of a number that it claims.

mod container;
mod names;
mod read;
mod structure;
mod tensors;
mod write;

pub use container::{Container, describe};
pub use read::outline;
pub use safetensors::Dtype;
pub use safetensors::tensor::TensorInfo;
pub use write::{Writer, metadata};

/// What a packed file calls its format.
pub const FORMAT_NAME: &str = "onebit";
/// The version that is written, and the only one that is read.
pub const VERSION: &str = "1";
/// The longest header, in bytes. The deepest network that the trainer builds, 1202 layers, needs
/// less than half; without a limit, a header of small lists could cost many times its length.
pub const MAX_HEADER: usize = 1 << 20;
