//! Files on disk.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::fs;
use std::io;
use std::path::Path;

use crate::{Model, RuntimeError};

impl Model {
    /// Reads the packed file `path`.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Io`] when it cannot be read or is no regular file, and
    /// [`RuntimeError::InFile`] around what [`Model::read`] finds wrong.
    pub fn load(path: &Path) -> Result<Self, RuntimeError> {
        // Before opening, because opening a pipe waits for its other end.
        let kind = fs::metadata(path).map_err(io_error(path, "open"))?;
        if !kind.is_file() {
            let kind = io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
            return Err(io_error(path, "read")(kind));
        }
        let bytes = fs::read(path).map_err(io_error(path, "read"))?;
        Self::read(&bytes).map_err(in_file(path))
    }

    /// Writes the packed file `path`, as [`write_whole`] does.
    ///
    /// # Errors
    ///
    /// Those of [`write_whole`], and [`RuntimeError::InFile`] around what [`Model::write`] returns.
    pub fn save(&self, path: &Path) -> Result<(), RuntimeError> {
        write_whole(path, &self.write().map_err(in_file(path))?)
    }
}

/// Writes a file aside and renames it, so that at no time half a file has the name; a file that it
/// replaces hands on its permissions, a link stays one.
///
/// # Errors
///
/// [`RuntimeError::Io`] when it cannot be written, or is there and no regular file.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RuntimeError> {
    aside::replace(path, bytes).map_err(io_error(path, "write"))
}

fn io_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> RuntimeError {
    move |source| RuntimeError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

fn in_file(path: &Path) -> impl FnOnce(RuntimeError) -> RuntimeError {
    move |source| RuntimeError::InFile {
        path: path.to_owned(),
        source: Box::new(source),
    }
}
