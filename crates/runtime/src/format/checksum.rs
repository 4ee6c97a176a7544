//! A number that changes with whatever else the file holds.
//!
//! It is the CRC-32 (of IEEE 802.3) of the known words of the metadata but `checksum` itself, then of the
//! tensors, both in the order of their names (of their bytes): of a word the key, a zero, the value, a
//! zero; of a tensor the name, a zero, type and shape as `F32 [2, 3]`, a zero, and its bytes. So a file
//! that another program of safetensors has written again has the same, whatever the order there.

use alloc::format;
use alloc::string::String;

#[cfg(feature = "std")]
use crc32fast::Hasher;
use safetensors::tensor::TensorInfo;

use super::container::describe;
#[cfg(not(feature = "std"))]
use super::crc::Hasher;
use super::names;

/// The words that count.
const WORDS: [&str; 7] = [
    names::CLASS_NAMES,
    names::FORMAT,
    names::GRAPH,
    names::PREPROCESSING,
    names::PROVENANCE,
    names::REJECTION,
    names::VERSION,
];

/// The checksum, as eight hexadecimal digits. `tensors` come in the order of their names.
pub(super) fn of<'a>(
    word: impl Fn(&str) -> Option<&'a str>,
    tensors: impl Iterator<Item = (&'a str, &'a TensorInfo, &'a [u8])>,
) -> String {
    let mut hasher = Hasher::new();
    let text = |hasher: &mut Hasher, text: &str| {
        hasher.update(text.as_bytes());
        hasher.update(&[0]);
    };
    for key in WORDS {
        if let Some(value) = word(key) {
            text(&mut hasher, key);
            text(&mut hasher, value);
        }
    }
    for (name, info, bytes) in tensors {
        text(&mut hasher, name);
        text(&mut hasher, &describe(info));
        hasher.update(bytes);
    }
    format!("{:08x}", hasher.finalize())
}
