//! JSON lines from a run's folder, which may be cut, damaged or endless.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use run::RunError;
use serde::de::DeserializeOwned;

use crate::ReportError;

/// How a file of lines was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Lines within the file that are no record, and were left out.
    pub damaged: usize,
    /// Whether the file is longer than what was read of it.
    pub longer: bool,
}

/// Gives `take` each record of the first `most` bytes of a file; `None` when there is no file. A last line that is cut,
/// as a crash leaves it, is nothing to speak of.
///
/// # Errors
///
/// An error that names a file that cannot be read, or is no regular file.
pub fn read<T: DeserializeOwned>(
    path: &Path,
    max: u64,
    mut take: impl FnMut(T),
) -> Result<Option<Outcome>, ReportError> {
    if !is_file(path)? {
        return Ok(None);
    }
    let failed = |error| RunError::io("reading", path, error);
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut outcome = Outcome {
        damaged: 0,
        longer: length > max,
    };
    let mut reader = BufReader::new(file.take(max));
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            return Ok(Some(outcome));
        }
        let whole = line.ends_with(b"\n");
        match serde_json::from_slice(&line) {
            Ok(record) => take(record),
            Err(_) if whole => outcome.damaged += 1,
            Err(_) => {}
        }
    }
}

/// Whether there is a regular file. Anything else of that name is an error: opening a pipe waits for its other end.
pub fn is_file(path: &Path) -> Result<bool, ReportError> {
    match path.metadata() {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(ReportError::NotAFile { path: path.into() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(RunError::io("reading", path, error).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, max: u64) -> (Vec<u32>, Outcome) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        std::fs::write(&path, text).unwrap();
        let mut found = Vec::new();
        let outcome = read(&path, max, |number: u32| found.push(number)).unwrap();
        (found, outcome.unwrap())
    }

    #[test]
    fn a_cut_last_line_is_nothing_and_a_damaged_one_is_counted() {
        let (found, outcome) = read_text("1\n2\n{\"a\"\n3\n[4", 1000);
        assert_eq!((found, outcome.damaged), (vec![1, 2, 3], 1));
        // A last line without its end, yet whole.
        assert_eq!(read_text("1\n2", 1000).0, [1, 2]);
    }

    #[test]
    fn no_more_is_read_than_allowed() {
        let (found, outcome) = read_text(&"7\n".repeat(500), 100);
        assert_eq!(found.len(), 50);
        assert!(outcome.longer && outcome.damaged == 0);
    }

    #[test]
    fn a_missing_file_is_none_and_a_folder_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let missing = read(&dir.path().join("none"), 10, |_: u32| {}).unwrap();
        assert_eq!(missing, None);
        let error = read(dir.path(), 10, |_: u32| {}).unwrap_err().to_string();
        assert!(error.contains("no regular file"), "{error}");
    }
}
