//! Files that are either whole or not there.

use std::fs;
use std::path::Path;

use crate::RunError;

/// Writes a file aside, to `PATH.tmp`, makes sure that it is on the disk, and renames it: whatever
/// happens, `path` holds its old content or all of the new.
///
/// # Errors
///
/// [`RunError::Io`] that names the file; the aside is removed.
pub fn write_aside(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".tmp");
    aside::write(path, Path::new(&aside), bytes)
        .map_err(|error| RunError::io("writing", path, error))
}

/// Reads a whole file.
///
/// # Errors
///
/// [`RunError::Io`] that names the file.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, RunError> {
    fs::read(path).map_err(|error| RunError::io("reading", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_keeps_the_old_content_and_leaves_nothing_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write_aside(&path, b"old").unwrap();
        // A folder in the place of the aside makes every write fail.
        fs::create_dir(dir.path().join("file.tmp")).unwrap();
        let error = write_aside(&path, b"new").unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        fs::remove_dir(dir.path().join("file.tmp")).unwrap();
        write_aside(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
