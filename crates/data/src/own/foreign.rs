//! Files that many have and that are not read, by their first bytes: what they are.

use std::fmt;

/// A kind of file that is known and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// Compressed with bzip2, as `.tar.bz2`.
    Bzip2,
    /// Compressed with xz, as `.tar.xz`.
    Xz,
    /// Compressed with zstd, as `.tar.zst`.
    Zstd,
    /// Compressed with `compress`, as `.tar.Z`.
    Compress,
    /// An archive of 7-Zip.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// A zip archive whose files need a password.
    EncryptedZip,
    /// A zip archive whose files are compressed by this method.
    ZipMethod(u16),
    /// A single array of numpy.
    Npy,
    /// A MATLAB file.
    Matlab,
    /// An HDF5 file.
    Hdf5,
    /// No file: an address of another machine.
    Address,
}

impl Foreign {
    /// Whether all that it lacks is to be unpacked.
    pub fn is_packed(self) -> bool {
        use Foreign::{Bzip2, Compress, EncryptedZip, Rar, SevenZip, Xz, ZipMethod, Zstd};
        matches!(
            self,
            Bzip2 | Xz | Zstd | Compress | SevenZip | Rar | EncryptedZip | ZipMethod(_)
        )
    }

    /// What begins with these bytes.
    pub(crate) fn sniff(head: &[u8]) -> Option<Self> {
        Some(match head {
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
                if rest.starts_with(b"1AY&SY") || rest.starts_with(b"\x17rE8P\x90") =>
            {
                Self::Bzip2
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [0x1f, 0x9d, ..] => Self::Compress,
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Self::SevenZip,
            [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => Self::Rar,
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Self::Npy,
            [0x89, b'H', b'D', b'F', b'\r', b'\n', 0x1a, b'\n', ..] => Self::Hdf5,
            _ if head.starts_with(b"MATLAB 5.0 MAT-file") => Self::Matlab,
            _ => return None,
        })
    }

    /// What is told of a single file in a zip archive.
    pub(crate) fn of_file(self) -> String {
        match self {
            Self::EncryptedZip => "encrypted".into(),
            Self::ZipMethod(number) => format!("compressed with {}", method(number)),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bzip2 => "a file compressed with bzip2",
            Self::Xz => "a file compressed with xz",
            Self::Zstd => "a file compressed with zstd",
            Self::Compress => "a file compressed with `compress`",
            Self::SevenZip => "a 7z archive",
            Self::Rar => "a RAR archive",
            Self::EncryptedZip => "a zip archive whose files are encrypted",
            Self::ZipMethod(number) => {
                return write!(
                    f,
                    "a zip archive whose files are compressed with {}",
                    method(*number)
                );
            }
            Self::Npy => "a single array of numpy, without labels",
            Self::Matlab => "a MATLAB file",
            Self::Hdf5 => "an HDF5 file",
            Self::Address => "the address of another machine",
        })
    }
}

/// What zip calls its methods by numbers.
fn method(number: u16) -> String {
    let name = match number {
        1 => "shrink",
        2..=5 => "reduce",
        6 => "implode",
        9 => "deflate64",
        12 => "bzip2",
        14 => "lzma",
        20 | 93 => "zstd",
        95 => "xz",
        98 => "ppmd",
        _ => return format!("method {number}"),
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        for (head, what) in [
            (&b"BZh91AY&SY.."[..], Some(Foreign::Bzip2)),
            (b"BZh9 is text", None),
            (b"\xfd7zXZ\0", Some(Foreign::Xz)),
            (b"\x28\xb5\x2f\xfd", Some(Foreign::Zstd)),
            (b"7z\xbc\xaf\x27\x1c", Some(Foreign::SevenZip)),
            (b"Rar!\x1a\x07\x01\0", Some(Foreign::Rar)),
            (b"\x93NUMPY\x01\0", Some(Foreign::Npy)),
            (b"\x89HDF\r\n\x1a\n", Some(Foreign::Hdf5)),
            (b"PK\x03\x04", None),
            (b"", None),
        ] {
            assert_eq!(Foreign::sniff(head), what, "{}", head.escape_ascii());
        }
        assert!(Foreign::Rar.is_packed() && !Foreign::Npy.is_packed());
        let lzma = Foreign::ZipMethod(14);
        assert_eq!(lzma.of_file(), "compressed with lzma");
        assert!(Foreign::ZipMethod(77).to_string().contains("method 77"));
    }
}
