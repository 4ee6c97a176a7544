//! Whole files, within bounds.

use std::fs;
use std::io;
use std::path::Path;

use runtime::RuntimeError;
use runtime::format::Container;

use crate::{ConvertError, Options};

/// The bytes of a regular file, when they are no more than the options allow.
pub(crate) fn read_file(path: &Path, options: &Options) -> Result<Vec<u8>, ConvertError> {
    let io_error = |source| ConvertError::Io {
        path: path.to_owned(),
        source,
    };
    // Before opening, because opening a pipe waits for its other end.
    let kind = fs::metadata(path).map_err(io_error)?;
    if !kind.is_file() {
        let kind = io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
        return Err(io_error(kind));
    }
    if kind.len() > options.memory {
        return Err(ConvertError::Layout {
            path: path.to_owned(),
            expected: format!("a state dict of at most {} bytes", options.memory),
            found: format!("{} bytes", kind.len()),
        });
    }
    fs::read(path).map_err(io_error)
}

/// The tensors of a state dict.
pub(crate) fn open<'a>(path: &Path, bytes: &'a [u8]) -> Result<Container<'a>, ConvertError> {
    Container::new(bytes).map_err(|source| match source {
        RuntimeError::OtherFile { found } => ConvertError::OtherFile {
            path: path.to_owned(),
            expected: "a safetensors file",
            found,
        },
        source => ConvertError::Container {
            path: path.to_owned(),
            source,
        },
    })
}
