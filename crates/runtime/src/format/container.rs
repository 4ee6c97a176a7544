//! A safetensors container, read believing nothing.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use safetensors::tensor::{Metadata, TensorInfo};

use super::header::Header;
use super::{FileKind, MAX_HEADER, checksum};
use crate::RuntimeError;

/// The tensors of a safetensors file, in place.
#[derive(Debug)]
pub struct Container<'a> {
    metadata: Metadata,
    texts: BTreeMap<String, String>,
    data: &'a [u8],
}

fn header(expected: impl Into<String>, found: impl Into<String>) -> RuntimeError {
    RuntimeError::Header {
        expected: expected.into(),
        found: found.into(),
    }
}

impl<'a> Container<'a> {
    /// Reads the header of a file of these bytes. Afterwards every tensor is known to lie inside,
    /// next to its neighbours, with as many bytes as its shape asks for.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::OtherFile`] when this is a file of another kind, [`RuntimeError::Header`] when it is
    /// none that is known, or its header is longer than [`MAX_HEADER`].
    pub fn new(file: &'a [u8]) -> Result<Self, RuntimeError> {
        Self::read(file).map_err(|error| match FileKind::of(file) {
            Some(found) if found != FileKind::Safetensors => RuntimeError::OtherFile { found },
            _ => error,
        })
    }

    fn read(file: &'a [u8]) -> Result<Self, RuntimeError> {
        let Some((length, rest)) = file.split_first_chunk::<8>() else {
            let found = format!("{} bytes in all", file.len());
            return Err(header("8 bytes with its length", found));
        };
        let length = u64::from_le_bytes(*length);
        let length = match usize::try_from(length) {
            Ok(length) if length <= MAX_HEADER => length,
            _ => {
                let expected = format!("at most {MAX_HEADER} bytes of it");
                return Err(header(expected, format!("a length of {length}")));
            }
        };
        let Some((text, data)) = rest.split_at_checked(length) else {
            let found = format!("only {}", rest.len());
            return Err(header(format!("{length} bytes of it"), found));
        };
        // The crate's reader of whole files adds up claimed sizes in a way that may overflow; its
        // reader of the header alone does not.
        let expected = "that of a safetensors file";
        let Header { texts, mut tensors } =
            serde_json::from_slice(text).map_err(|error| header(expected, error.to_string()))?;
        tensors.sort_by_key(|(_, info)| info.data_offsets);
        let metadata =
            Metadata::new(None, tensors).map_err(|error| header(expected, error.to_string()))?;
        if metadata.data_len() != data.len() {
            let expected = format!("{} bytes of tensors after it", metadata.data_len());
            return Err(header(expected, data.len().to_string()));
        }
        Ok(Self {
            metadata,
            texts,
            data,
        })
    }

    /// The names of all tensors, in the order of the file.
    pub fn names(&self) -> Vec<String> {
        self.metadata.offset_keys()
    }

    /// A tensor's type and shape, and its bytes.
    pub fn tensor(&self, name: &str) -> Option<(&TensorInfo, &'a [u8])> {
        let info = self.metadata.info(name)?;
        let (start, end) = info.data_offsets;
        Some((info, self.data.get(start..end)?))
    }

    /// A text of the file's metadata.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// The [`checksum`](super#) of what the file holds, whatever it tells of it.
    pub fn checksum(&self) -> String {
        let mut names = self.names();
        names.sort_unstable();
        let tensors = names.iter().filter_map(|name| {
            let (info, bytes) = self.tensor(name)?;
            Some((name.as_str(), info, bytes))
        });
        checksum::of(|key| self.text(key), tensors)
    }
}

/// Type and shape for a message, as `F32 [2, 3]`; a hostile shape may be long.
pub fn describe(info: &TensorInfo) -> String {
    let dims = &info.shape[..info.shape.len().min(8)];
    format!("{} {dims:?}", info.dtype)
}
