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
//! | `NODE.nonzero` | U8 `[out, ⌈in·k·k/8⌉]` | for ternary weights: a bit for each weight that is not 0; the sign bits of the others are 0 |
//! | `NODE.integers` | I8 `[out, in, k, k]` | 8-bit weights, −127…127 |
//! | `NODE.scale` | F32 `[]` or `[out]` | the factor of signs and integers |
//! | `NODE.weight` | F32 `[out, in, k, k]` | real weights, in place of signs and integers |
//! | `NODE.scale`, `NODE.offset` | F32 `[channels]` | a folded batch norm |
//! | `activation_scales` | F32 `[n]` | the steps of 8-bit activations, one for each of the n convolutions; absent without calibration |
//! | `residual_scales` | F32 `[channels]` | for integers only: the steps of the map that skip connections add to, if it has 8 bits, one for each of the channels that the last convolution reads; absent if the map has 16 bits |
//!
//! In Python, `numpy.unpackbits(signs, axis=1, bitorder="little", count=in*k*k)` reshaped to
//! `(out, in, k, k)` gives the bits, and `scale * (2 * bits - 1)` the weights.
//!
//! The metadata are texts:
//!
//! | key | value |
//! | --- | --- |
//! | `format` | `onebit` |
//! | `version` | `2`; files of version 1 are read too |
//! | `graph` | JSON: `input`, `[channels,height,width]`, and `nodes`, as [`Graph`](graph::Graph) has them; a convolution's `weights` is its kind, which decides its tensors |
//! | `class_names` | a JSON list of texts, in the order of the logits |
//! | `preprocessing` | how a picture is brought to the network's size: `crop`, `pad`, `stretch` or `centre-crop`, as [`Preprocessing`](crate::Preprocessing) has them; absent if pictures have that size already |
//! | `rejection` | JSON: `threshold`, `kept` and `images`, as [`Rejection`](crate::Rejection) has them; absent if every image has a class |
//! | `provenance` | a JSON object of texts: where the network comes from |
//! | `checksum` | eight hexadecimal digits that change with any of the above and with any tensor, see below; absent in older files |
//!
//! The checksum is a CRC-32. It covers first the metadata above but `checksum` itself, in the order of
//! their keys (for each: key, 0, value, 0), then the tensors in the order of their names (for each:
//! name, 0, type and shape as `F32 [2, 3]`, 0, bytes). A file whose checksum does not match is refused.
//!
//! Other metadata are passed over. Other tensors are an error, and so are two entries of one name. The
//! cost of opening a file is bounded by its size: nothing is allocated because of a number that it
//! claims. Numbers are finite; weights, scales and offsets have magnitudes up to 1e20, so that what is
//! computed with them stays within 32-bit floats.

mod checksum;
mod container;
#[cfg(any(test, not(feature = "std")))]
mod crc;
mod header;
mod kind;
mod names;
mod read;
mod tensors;
mod version_1;
mod write;

pub use container::{Container, describe};
pub use kind::FileKind;
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
