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

/// What a file is called that begins so and holds many images, such as an archive; `None` of any other.
pub fn collection(beginning: &[u8]) -> Option<String> {
    let what = match sniff(beginning) {
        Kind::Zip if begins_with_array(beginning) => "a file of numpy arrays",
        Kind::Zip => "a zip archive",
        Kind::Tar => "a tar archive",
        Kind::Gzip => "a file compressed with gzip",
        Kind::Idx { .. } => "an IDX file",
        Kind::Pickle => "a pickle of Python",
        Kind::Parquet => "a Parquet file",
        Kind::Foreign(foreign) => return Some(foreign.to_string()),
        Kind::Picture | Kind::Other => return None,
    };
    Some(what.into())
}

/// Whether the first entry of a zip archive is an array of numpy.
fn begins_with_array(head: &[u8]) -> bool {
    // The local header: at byte 26 the length of the name, at byte 30 the name.
    let length = head
        .get(26..28)
        .map(|l| usize::from(u16::from_le_bytes([l[0], l[1]])));
    let name = length.and_then(|length| head.get(30..30 + length));
    name.is_some_and(|name| name.ends_with(b".npy"))
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

    #[test]
    fn collections_are_told_from_pictures_and_from_anything_else() {
        let zip = |name: &str| {
            let mut head = b"PK\x03\x04".to_vec();
            head.resize(26, 0);
            head.extend([name.len() as u8, 0, 0, 0]);
            head.extend(name.bytes());
            head
        };
        for (head, expected) in [
            (zip("a/b.png"), Some("a zip archive")),
            (zip("x_train.npy"), Some("a file of numpy arrays")),
            (zip("x_train.npy")[..33].to_vec(), Some("a zip archive")),
            (b"PK\x03\x04".to_vec(), Some("a zip archive")),
            (
                b"\x1f\x8b\x08".to_vec(),
                Some("a file compressed with gzip"),
            ),
            (
                b"\x93NUMPY".to_vec(),
                Some("a single array of numpy, without labels"),
            ),
            (b"\x89PNG\r\n\x1a\n".to_vec(), None),
            (b"text".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(
                collection(&head).as_deref(),
                expected,
                "{}",
                head.escape_ascii()
            );
        }
    }
}
