//! Files that are either whole or not there.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::RunError;

/// Writes a file aside, makes sure that it is on the disk, and renames it: whatever happens, `path`
/// holds its old content or all of the new. A link in its place is replaced.
///
/// # Errors
///
/// [`RunError::Io`] that names the file; the aside is removed.
pub fn write_aside(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    aside::write(path, bytes).map_err(|error| RunError::io("writing", path, error))
}

/// Reads a whole file of a run's folder.
///
/// # Errors
///
/// [`RunError::Io`] that names the file, where it is a pipe too.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, RunError> {
    aside::read_own(path).map_err(|error| RunError::io("reading", path, error))
}

/// Reads a text of a run's folder.
///
/// # Errors
///
/// As [`read_bytes`]; [`RunError::Io`] too where it is no UTF-8.
pub fn read_text(path: &Path) -> Result<String, RunError> {
    String::from_utf8(read_bytes(path)?).map_err(|error| {
        let error = io::Error::new(io::ErrorKind::InvalidData, error);
        RunError::io("reading", path, error)
    })
}

/// Refuses a link in the place of a folder of a run's folder, through which files elsewhere would be
/// written and deleted.
///
/// # Errors
///
/// [`RunError::Io`] that names the link.
pub fn must_be_folder(path: &Path) -> Result<(), RunError> {
    match path
        .symlink_metadata()
        .is_ok_and(|there| there.is_symlink())
    {
        true => {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "it is a link");
            Err(RunError::io("writing into", path, error))
        }
        false => Ok(()),
    }
}

/// Opens a file of a run's folder to add to it, made anew if need be.
///
/// # Errors
///
/// [`RunError::Io`] that names the file, where it is a link or a pipe too.
pub fn append(path: &Path) -> Result<File, RunError> {
    aside::open_own(path, File::options().create(true).append(true))
        .map_err(|error| RunError::io("opening", path, error))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn errors_name_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write_aside(&path, b"old").unwrap();
        assert_eq!(read_text(&path).unwrap(), "old");
        write_aside(&path, b"\xff").unwrap();
        let folder = dir.path().join("folder");
        fs::create_dir(&folder).unwrap();
        let errors = [
            read_text(&path).unwrap_err(),
            read_bytes(&folder).unwrap_err(),
            write_aside(&folder, b"new").unwrap_err(),
            append(&folder).unwrap_err(),
        ];
        for (error, name) in errors.iter().zip(["file", "folder", "folder", "folder"]) {
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
