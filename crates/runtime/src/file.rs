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

/// What to do where the operating system refused to read or write a file.
pub fn way_out(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "there is no room left; free some space"
        }
        io::ErrorKind::FileTooLarge => "files may not be so large here; raise the limit",
        io::ErrorKind::InvalidInput => "move it away, or name another file",
        io::ErrorKind::NotFound => "check the path",
        _ => "check that the path exists and its permissions",
    }
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

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_full_disk_is_no_matter_of_permissions() {
        for (kind, word) in [
            (io::ErrorKind::StorageFull, "room"),
            (io::ErrorKind::QuotaExceeded, "room"),
            (io::ErrorKind::FileTooLarge, "limit"),
            (io::ErrorKind::InvalidInput, "another file"),
            (io::ErrorKind::PermissionDenied, "permissions"),
        ] {
            let text = io_error(Path::new("x"), "write")(kind.into()).to_string();
            assert!(text.contains(word), "{text}");
        }
    }
}
