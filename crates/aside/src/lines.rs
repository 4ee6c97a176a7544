//! The lines of a file of the program's own.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::own::{open_to_read, too_long};

/// The lines of a file, one at a time. What is longer than a line may be is passed over, however long
/// it is, as a block of zeros that a power failure leaves.
#[derive(Debug)]
pub struct Lines {
    reader: BufReader<File>,
    max: u64,
    line: Vec<u8>,
}

impl Lines {
    /// Those of the file `path` of at most `max_file` bytes, opened as by [`open_to_read`]. A line has
    /// at most `max_line` bytes.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, is no regular file, or is longer.
    pub fn open(path: &Path, max_line: u64, max_file: u64) -> io::Result<Self> {
        let file = open_to_read(path)?;
        let length = file.metadata()?.len();
        if length > max_file {
            return Err(too_long(max_file, format_args!("{length} bytes")));
        }
        Ok(Self {
            reader: BufReader::new(file),
            max: max_line,
            line: Vec::new(),
        })
    }

    /// The next line without its end; `None` after the last one, which may lack its end.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            self.line.clear();
            let mut within = (&mut self.reader).take(self.max.saturating_add(1));
            if within.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            if self.line.ends_with(b"\n") {
                self.line.pop();
                return Ok(Some(&self.line));
            }
            if self.line.len() as u64 <= self.max {
                return Ok(Some(&self.line));
            }
            self.reader.skip_until(b'\n')?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn lines_that_are_too_long_are_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        let read = |text: &[u8]| {
            fs::write(&path, text).unwrap();
            let mut lines = Lines::open(&path, 4, 1 << 20).unwrap();
            let mut all = Vec::new();
            while let Some(line) = lines.next_line().unwrap() {
                all.push(String::from_utf8(line.to_vec()).unwrap());
            }
            all
        };
        assert_eq!(read(b"1\n1234\n\n12"), ["1", "1234", "", "12"]);
        assert_eq!(read(b"1\n12345\n2\n1234567"), ["1", "2"]);
        let zeros = [b"1\n".to_vec(), vec![0; 100_000], b"\n2\n".to_vec()].concat();
        assert_eq!(read(&zeros), ["1", "2"]);
        assert!(read(b"").is_empty());
        fs::write(&path, "1\n2\n").unwrap();
        let error = Lines::open(&path, 4, 3).unwrap_err().to_string();
        assert_eq!(error, "expected at most 3 bytes, found 4 bytes");
        Lines::open(dir.path(), 4, 3).unwrap_err();
    }
}
