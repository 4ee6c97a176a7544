//! What a file is that was given for another, by its first bytes.

use core::fmt;

/// A kind of file: those that networks come in, and those that are given in their place by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// What PyTorch's `torch.save` writes: a zip archive with a pickle, or, long ago, pickles alone.
    Torch,
    /// A pickle of Python.
    Pickle,
    /// Another zip archive, such as an `.npz` of numpy or a `.keras` file.
    Zip,
    /// HDF5, as Keras saves weights, and MATLAB since version 7.3.
    Hdf5,
    /// A MATLAB file of level 5.
    Matlab,
    /// A safetensors file.
    Safetensors,
    /// A single array of numpy.
    Npy,
    /// Compressed by gzip.
    Gzip,
    /// A network for onnxruntime and its like.
    Onnx,
    /// A language model for llama.cpp and its like.
    Gguf,
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// A GIF picture.
    Gif,
    /// A BMP picture.
    Bmp,
}

/// How far into a zip archive of PyTorch the name of its pickle begins at most; folders come first.
const NAME_WITHIN: usize = 4096;
/// The number that begins a file of `torch.save` before version 1.6, as a pickle holds it.
const TORCH_MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

impl FileKind {
    /// What the file is that begins with these bytes, where that is known.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let start = &bytes[..bytes.len().min(NAME_WITHIN)];
        let has = |words: &[u8]| start.windows(words.len()).any(|window| window == words);
        Some(match start {
            [b'P', b'K', 3, 4, ..] if has(b"data.pkl") => Self::Torch,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Zip,
            [0x80, 2..=5, ..]
                if start[..start.len().min(24)]
                    .windows(10)
                    .any(|w| w == TORCH_MAGIC) =>
            {
                Self::Torch
            }
            [0x80, 2..=5, ..] => Self::Pickle,
            [0x89, b'H', b'D', b'F', b'\r', b'\n', ..] => Self::Hdf5,
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Self::Npy,
            [0x1f, 0x8b, ..] => Self::Gzip,
            // Its version, and the name of what wrote it: a length and text.
            [8, 1..=32, 0x12, length @ 1..=64, name @ ..]
                if name.len() > usize::from(*length)
                    && name[..usize::from(*length)]
                        .iter()
                        .all(u8::is_ascii_graphic) =>
            {
                Self::Onnx
            }
            [0x89, b'P', b'N', b'G', b'\r', b'\n', ..] => Self::Png,
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            // Its length, four zeros, where the pixels begin, and the length of the next header: two letters alone are too few.
            [
                b'B',
                b'M',
                _,
                _,
                _,
                _,
                0,
                0,
                0,
                0,
                _,
                _,
                _,
                _,
                12..=124,
                0,
                0,
                0,
                ..,
            ] => Self::Bmp,
            [b'G', b'G', b'U', b'F', ..] => Self::Gguf,
            _ if start.starts_with(b"MATLAB 5.0 MAT-file") => Self::Matlab,
            // Its header is JSON, behind a length of 8 bytes.
            [_, _, _, _, _, 0, 0, 0, b'{', b'"' | b'}' | b' ' | b'\n', ..] => Self::Safetensors,
            _ => return None,
        })
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Torch => "a file of PyTorch's torch.save (a pickle, which can run code)",
            Self::Pickle => "a pickle of Python (which can run code)",
            Self::Zip => "a zip archive",
            Self::Hdf5 => "an HDF5 file",
            Self::Matlab => "a MATLAB file",
            Self::Safetensors => "a safetensors file",
            Self::Npy => "an array of numpy",
            Self::Gzip => "a file that gzip compressed",
            Self::Onnx => "an ONNX file",
            Self::Gguf => "a GGUF file (a language model)",
            Self::Png => "a PNG picture",
            Self::Jpeg => "a JPEG picture",
            Self::Gif => "a GIF picture",
            Self::Bmp => "a BMP picture",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_first_bytes() {
        let old = [
            &[0x80, 2, 0x8a, 10][..],
            &TORCH_MAGIC,
            b".\x80\x02M\xe9\x03.",
        ]
        .concat();
        for (bytes, kind) in [
            (
                &b"PK\x03\x04\0\0\0\0archive/data.pkl"[..],
                Some(FileKind::Torch),
            ),
            (b"PK\x03\x04\0\0\0\0conv.npy", Some(FileKind::Zip)),
            (b"PK\x05\x06", Some(FileKind::Zip)),
            (&old, Some(FileKind::Torch)),
            (b"\x80\x04\x95", Some(FileKind::Pickle)),
            (b"\x89HDF\r\n\x1a\n", Some(FileKind::Hdf5)),
            (b"MATLAB 5.0 MAT-file, Platform", Some(FileKind::Matlab)),
            (b"\x93NUMPY\x01", Some(FileKind::Npy)),
            (b"\x1f\x8b\x08", Some(FileKind::Gzip)),
            (b"\x10\x02\0\0\0\0\0\0{\"conv", Some(FileKind::Safetensors)),
            (b"\x08\x08\x12\x06onebit\x1a", Some(FileKind::Onnx)),
            (b"\x08\x08\x12\x06one\0it\x1a", None),
            (b"\x08\x08\x12\x40onebit", None),
            (b"\x89PNG\r\n\x1a\n\0", Some(FileKind::Png)),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Some(FileKind::Jpeg)),
            (b"GIF89a\x01\0", Some(FileKind::Gif)),
            (
                b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
                Some(FileKind::Bmp),
            ),
            (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\x01", None),
            (b"GGUF\x03\0\0\0", Some(FileKind::Gguf)),
            (b"", None),
            (b"PK", None),
            (b"text", None),
        ] {
            assert_eq!(FileKind::of(bytes), kind, "{bytes:?}");
        }
    }
}
