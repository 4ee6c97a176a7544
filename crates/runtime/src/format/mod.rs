//! The packed file: a [safetensors](https://github.com/huggingface/safetensors) container.
//!
//! ```text
//! 8 bytes   length of the header, u64, little-endian; at most 2²¹
//! header    JSON: the tensors' types, shapes and places, and `__metadata__`; padded with spaces
//! tensors   one after the other, without gaps; numbers little-endian; the floats come first
//! ```
//!
//! `NODE` is the name of a norm's or a convolution's node, with dots for spaces: `block.1.conv.1`.
//!
//! | tensor | type and shape | holds |
//! | --- | --- | --- |
//! | `NODE.signs` | U8 `[out, ⌈in·k·k/8⌉]` | sign bits in the order of [`Conv`](crate::Conv) |
//! | `NODE.nonzero` | U8 `[out, ⌈in·k·k/8⌉]` | of ternary weights: which of them are not 0; the others' sign bits are 0 |
//! | `NODE.integers` | I8 `[out, in, k, k]` | 8-bit weights, −127…127 |
//! | `NODE.scale` | F32 `[]` or `[out]` | what signs and integers are multiplied with |
//! | `NODE.weight` | F32 `[out, in, k, k]` | real weights, in place of those |
//! | `NODE.scale`, `NODE.offset` | F32 `[channels]` | a folded batch norm |
//! | `activation_scales` | F32 `[n]` | for 8-bit activations, when calibrated: of each of the n convolutions |
//! | `residual_scales` | F32 `[channels]` | of the map that skip connections add to, for integers alone, where it has 8 bits: of each of its channels, as many as the last convolution reads; absent where it has 16 bits |
//!
//! In Python, `numpy.unpackbits(signs, axis=1, bitorder="little", count=in*k*k)` reshaped to
//! `(out, in, k, k)` gives the bits, and `scale * (2 * bits - 1)` the weights.
//!
//! Metadata, all of them text:
//!
//! | key | value |
//! | --- | --- |
//! | `format` | `onebit` |
//! | `version` | `2`; files of version 1 are read too |
//! | `graph` | JSON: `input`, `[channels,height,width]`, and `nodes`, as [`Graph`](graph::Graph) has them; a convolution's `weights` is the kind, and says which tensors there are |
//! | `class_names` | a JSON list of texts, in the order of the logits |
//! | `preprocessing` | what becomes of a picture before the network sees it: `crop`, `pad`, `stretch` or `centre-crop`, as [`Preprocessing`](crate::Preprocessing) has them; absent where pictures have the network's size |
//! | `rejection` | JSON: `threshold`, `kept` and `images`, as [`Rejection`](crate::Rejection) has them; absent where every image has a class |
//! | `provenance` | a JSON object of texts: where the network comes from |
//! | `checksum` | eight hexadecimal digits that change with any of the above and with any tensor: see below; absent in files of before |
//!
//! The checksum is the CRC-32 of the words above in the order of their keys, then of the tensors in that
//! of their names: of a word key, 0, value, 0; of a tensor name, 0, type and shape as `F32 [2, 3]`, 0,
//! bytes. A file that does not have the checksum that it tells of is refused.
//!
//! Other keys are passed over; other tensors are an error, and so are two entries of one name. What a file costs to open is bounded by
//! its size: nothing is allocated because of a number that it claims.

mod checksum;
mod container;
mod header;
mod names;
mod read;
mod tensors;
mod version_1;
mod write;

pub use container::{Container, describe};
pub use read::{Outline, outline};
pub use safetensors::Dtype;
pub use safetensors::tensor::TensorInfo;
pub use write::{Writer, metadata};

/// What a packed file calls its format.
pub const FORMAT_NAME: &str = "onebit";
/// The version that is written.
pub const VERSION: &str = "2";
/// An earlier version that is read.
const VERSION_1: &str = "1";
/// The longest header, in bytes. The deepest network that has a name, 1202 layers, needs about half;
/// without a limit, a header of small lists could cost many times its length.
pub const MAX_HEADER: usize = 1 << 21;
