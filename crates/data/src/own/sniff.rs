//! What a file is, by its first bytes.

use super::foreign::Foreign;

/// Formats that are told apart by content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A picture in a format that is read.
    Picture,
    Zip,
    Tar,
    Gzip,
    /// IDX of bytes: images (3 or 4 dimensions) or labels (1).
    Idx {
        dimensions: u8,
    },
    /// A pickle of Python.
    Pickle,
    Parquet,
    /// Known and not read.
    Foreign(Foreign),
    /// Anything else.
    Other,
}

/// What the file is that begins with these bytes.
pub(crate) fn sniff(head: &[u8]) -> Kind {
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        [0x1f, 0x8b, 8, ..] => Kind::Gzip,
        [0, 0, 8, dimensions @ 1..=4, ..] => Kind::Idx {
            dimensions: *dimensions,
        },
        [b'P', b'A', b'R', b'1', ..] => Kind::Parquet,
        [0x80, 2..=5, ..] | [b'(', b'd', b'p', ..] => Kind::Pickle,
        _ if head.get(257..262) == Some(b"ustar") => Kind::Tar,
        _ if image::guess_format(head).is_ok_and(|format| format.reading_enabled()) => {
            Kind::Picture
        }
        _ => Foreign::sniff(head).map_or(Kind::Other, Kind::Foreign),
    }
}

/// The endings of pictures that are read; content decides in the end.
const ENDINGS: [&str; 14] = [
    "jpg", "jpeg", "jpe", "jfif", "jif", "png", "apng", "webp", "bmp", "dib", "gif", "tif", "tiff",
    "qoi",
];

/// The ending of a name, in lower case.
pub(crate) fn ending(name: &str) -> Option<String> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let (stem, ending) = file.rsplit_once('.')?;
    (!stem.is_empty() && !ending.is_empty()).then(|| ending.to_lowercase())
}

/// Whether a file calls itself a picture in a format that is read.
pub(crate) fn claims_picture(name: &str) -> bool {
    ending(name).is_some_and(|ending| ENDINGS.contains(&&*ending))
}

/// Why a file that is no picture is passed over.
pub(crate) fn no_picture(name: &str) -> String {
    match ending(name) {
        Some(ending) if ending.len() <= 8 && ending.chars().all(|c| c.is_ascii_alphanumeric()) => {
            format!("not read: .{ending}")
        }
        _ => "no picture in a format that is read".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        for (head, kind) in [
            (&b"PK\x03\x04"[..], Kind::Zip),
            (b"\x1f\x8b\x08\0", Kind::Gzip),
            (b"\0\0\x08\x03", Kind::Idx { dimensions: 3 }),
            (b"\0\0\x0d\x03", Kind::Other),
            (b"\x80\x02}q", Kind::Pickle),
            (b"\xff\xd8\xff\xe0", Kind::Picture),
            (b"\x89PNG\r\n\x1a\n", Kind::Picture),
            (b"GIF89a", Kind::Picture),
            (b"qoif", Kind::Picture),
            (b"P6 1 1 255 ", Kind::Other),
            (b"<html>", Kind::Other),
            (b"", Kind::Other),
        ] {
            assert_eq!(sniff(head), kind, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn endings_in_any_case() {
        for name in ["a.JPE", "b/c.jfif", "x.Webp", "a.b.tiff"] {
            assert!(claims_picture(name), "{name}");
        }
        for name in ["a.heic", "jpg", ".jpg", "a.jpg/b", "a."] {
            assert!(!claims_picture(name), "{name}");
        }
        assert_eq!(no_picture("a.HEIC"), "not read: .heic");
        assert_eq!(no_picture("a"), "no picture in a format that is read");
    }
}
