//! A list of files: a path on each line.

use std::io::{BufRead, Read};
use std::path::PathBuf;

/// The longest line, in bytes.
const MAX_LINE: u64 = 64 << 10;

/// What a line has.
#[derive(Debug, PartialEq)]
pub enum Line {
    Path(PathBuf),
    /// No path, and why.
    Bad {
        name: String,
        why: String,
    },
}

/// The lines of a list, those that are empty left out. It ends at the first that cannot be read.
pub struct List<R> {
    /// `None` when it has ended.
    lines: Option<R>,
    name: String,
    count: usize,
}

impl<R: BufRead> List<R> {
    /// One of these lines, which messages call by a name.
    pub fn new(lines: R, name: String) -> Self {
        Self {
            lines: Some(lines),
            name,
            count: 0,
        }
    }

    fn bad(&mut self, why: String) -> Line {
        self.lines = None;
        let name = format!("{}, line {}", self.name, self.count);
        Line::Bad { name, why }
    }
}

impl<R: BufRead> Iterator for List<R> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        loop {
            let lines = self.lines.as_mut()?;
            let mut line = Vec::new();
            self.count += 1;
            match lines.take(MAX_LINE).read_until(b'\n', &mut line) {
                Err(error) => return Some(self.bad(error.to_string())),
                Ok(0) => {
                    self.lines = None;
                    return None;
                }
                Ok(_) => {}
            }
            if line.len() as u64 == MAX_LINE && line.last() != Some(&b'\n') {
                let why = format!("expected a path, found more than {MAX_LINE} bytes");
                return Some(self.bad(why));
            }
            while line.last().is_some_and(|end| b"\r\n".contains(end)) {
                line.pop();
            }
            if self.count == 1 && line.starts_with(b"\xef\xbb\xbf") {
                line.drain(..3);
            }
            if line.contains(&0) {
                let why =
                    "expected paths on lines, found a byte 0, as in UTF-16 or after `find -print0`";
                return Some(self.bad(why.into()));
            }
            if !line.is_empty() {
                return Some(Line::Path(path_of(line)));
            }
        }
    }
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<Line> {
        List::new(text, "list".into()).collect()
    }

    #[test]
    fn a_line_is_a_path() {
        let paths = |names: &[&str]| -> Vec<Line> {
            names.iter().map(|name| Line::Path(name.into())).collect()
        };
        let text = b"\xef\xbb\xbfa b.png\r\n\n./- x\nend";
        assert_eq!(lines(text), paths(&["a b.png", "./- x", "end"]));
        assert_eq!(lines(b"\n\n"), []);
    }

    #[test]
    fn what_is_no_list_ends_with_a_word() {
        let long = [b"a\n".to_vec(), vec![b'x'; MAX_LINE as usize + 1]].concat();
        for text in [&b"a\nb\0c\nd\n"[..], &long] {
            let found = lines(text);
            assert_eq!(found.len(), 2, "{found:?}");
            assert_eq!(found[0], Line::Path("a".into()));
            let Line::Bad { name, why } = &found[1] else {
                panic!("{found:?}");
            };
            assert!(name == "list, line 2" && why.contains("expected"), "{why}");
        }
    }
}
