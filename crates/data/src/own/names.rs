//! What a single file is, for those who go through folders themselves; names as text.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write;

use super::passed::leftover;
use super::sniff::{self, Kind, sniff};

/// Whether a file calls itself a picture in a format that is read.
pub fn claims_picture(name: &str) -> bool {
    sniff::claims_picture(name)
}

/// Whether a file begins as a picture in a format that is read.
pub fn is_picture(beginning: &[u8]) -> bool {
    sniff(beginning) == Kind::Picture
}

/// Whether a file or folder of this name is hidden, or left there by a system.
pub fn is_leftover(name: &str) -> bool {
    leftover(name).is_some()
}

/// A name as text. What is no UTF-8 is written as its bytes, such as `\xff`, so that other bytes
/// stay another name; a backslash is doubled there.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let Err(_) = std::str::from_utf8(bytes) else {
        return String::from_utf8_lossy(bytes);
    };
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text += &chunk.valid().replace('\\', "\\\\");
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text.into()
}

/// A name of the file system as text, and whether it is one as it is.
pub(crate) fn os_text(name: &OsStr) -> (String, bool) {
    match name.to_str() {
        Some(text) => (text.to_owned(), true),
        None => (text(name.as_encoded_bytes()).into_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_bytes_are_another_name() {
        assert_eq!(text("été \\".as_bytes()), "été \\");
        assert_eq!(text(b"odd \xff.png"), "odd \\xff.png");
        assert_ne!(text(b"odd \xff"), text(b"odd \xfe"));
        assert_eq!(text(b"\xff\\xff"), "\\xff\\\\xff");
    }
}
