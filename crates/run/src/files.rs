//! Files that are either whole or not there.

use std::fs::File;
use std::io;
use std::path::Path;

use aside::Lines;

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

/// No run writes larger settings or a larger score.
pub const MAX_SETTINGS: u64 = 1 << 20;

/// No run writes a larger record: it has four bytes for each number of a network that fits into memory
/// several times while it trains.
const MAX_RECORD: u64 = 4 << 30;

/// No run writes a longer line: the longest one has the counts of a histogram.
const MAX_LINE: u64 = 1 << 20;

/// No run writes more lines: a line of a step has some 100 bytes, and a run has fewer than 10 million
/// steps.
pub const MAX_LINES: u64 = 2 << 30;

/// Reads a whole file of a run's folder, of at most `max` bytes.
///
/// # Errors
///
/// [`RunError::Io`] that names the file, where it is a pipe or longer too.
pub fn read_bytes(path: &Path, max: u64) -> Result<Vec<u8>, RunError> {
    aside::read_own(path, max).map_err(|error| RunError::io("reading", path, error))
}

/// Reads a part of a checkpoint, or a trained network.
///
/// # Errors
///
/// As [`read_bytes`].
pub fn read_record(path: &Path) -> Result<Vec<u8>, RunError> {
    read_bytes(path, MAX_RECORD)
}

/// The lines of a file of a run's folder; `None` where there is no file.
///
/// # Errors
///
/// As [`read_bytes`].
pub fn open_lines(path: &Path) -> Result<Option<Lines>, RunError> {
    match Lines::open(path, MAX_LINE, MAX_LINES) {
        Ok(lines) => Ok(Some(lines)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RunError::io("reading", path, error)),
    }
}

/// Reads the settings of a run's folder.
///
/// # Errors
///
/// As [`read_bytes`]; [`RunError::Io`] too where they are no UTF-8.
pub fn read_text(path: &Path) -> Result<String, RunError> {
    String::from_utf8(read_bytes(path, MAX_SETTINGS)?).map_err(|error| {
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
    aside::must_be_own_folder(path).map_err(|e| RunError::io("writing into", path, e))
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
            read_bytes(&folder, 1).unwrap_err(),
            write_aside(&folder, b"new").unwrap_err(),
            append(&folder).unwrap_err(),
        ];
        for (error, name) in errors.iter().zip(["file", "folder", "folder", "folder"]) {
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn no_file_of_a_run_is_read_without_bound() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        // A file of holes: it takes no room on the disk.
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let errors = [
            read_text(&path).unwrap_err(),
            read_record(&path).unwrap_err(),
            open_lines(&path).unwrap_err(),
        ];
        for (error, max) in errors.iter().zip([MAX_SETTINGS, MAX_RECORD, MAX_LINES]) {
            let error = error.to_string();
            let expected = format!("expected at most {max} bytes, found 1099511627776 bytes");
            assert!(error.contains("file: reading failed: "), "{error}");
            assert!(error.ends_with(&expected), "{error}");
        }
        assert!(open_lines(&dir.path().join("none")).unwrap().is_none());
    }
}
