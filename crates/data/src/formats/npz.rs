//! Arrays out of `.npz` files, the zip archives that numpy's `savez` writes.
//!
//! An entry `NAME.npy` holds one array:
//!
//! ```text
//! 0x93 "NUMPY", major, minor, header length (u16 in version 1, u32 in 2 and 3; little-endian),
//! a Python dictionary in text: {'descr': '|u1', 'fortran_order': False, 'shape': (3, 4), },
//! then the elements
//! ```
//!
//! Entries are found by their exact names and read in place; nothing is written to disk, so an
//! entry's path can do no harm.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::input::{Input, Layer};
use super::ndarray::{DType, NdArray, by, byte_len, pieces};
use super::source::open_if_there;
use super::whole::possible;
use crate::{ArrayFault, DataError};

const ZIP: &str = "a zip archive";
const NPY: &str = "a compressed numpy array";
const MAX_HEADER: u32 = 1 << 14;

/// Reads the array `name`, of at most `limit` bytes, from the archive `path`.
///
/// # Errors
///
/// [`DataError`] when the file cannot be read, is no zip archive, has no entry `name.npy`, or when
/// that is damaged, larger than `limit`, or no array of numbers in row-major order.
pub fn read(path: &Path, name: &str, limit: u64) -> Result<NdArray, DataError> {
    read_from(path, open(path)?, name, limit)
}

/// As [`read`], with the elements' bytes behind those of `bytes`; type and shape.
pub(crate) fn read_onto(
    path: &Path,
    name: &str,
    limit: u64,
    bytes: &mut Vec<u8>,
) -> Result<(DType, Vec<usize>), DataError> {
    entry(path, open(path)?, name, limit, |input, head| {
        input.bytes_onto(bytes, head.len)?;
        Ok((head.dtype, head.shape))
    })
}

/// As [`read_from`], in pieces along the first dimension, of `piece` bytes or of one row. `check` has the array's type and
/// shape before any of it is unpacked.
pub(crate) fn read_pieces(
    path: &Path,
    reader: impl Read + Seek,
    name: &str,
    [limit, piece]: [u64; 2],
    check: impl FnOnce(DType, &[usize]) -> Result<(), DataError>,
) -> Result<Vec<NdArray>, DataError> {
    entry(path, reader, name, limit, |input, head| {
        check(head.dtype, &head.shape)?;
        pieces(head.dtype, &head.shape, piece, |len| input.bytes(len))
    })
}

/// The bytes that an array claims to unpack to and can, with its header; 0 where there is none.
pub(crate) fn claim(path: &Path, name: &str) -> Result<u64, DataError> {
    let Ok(mut archive) = ZipArchive::new(open(path)?) else {
        return Ok(0);
    };
    let npy = archive.by_name(&format!("{name}.npy"));
    Ok(npy.map_or(0, |npy| possible(npy.size(), npy.compressed_size())))
}

fn open(path: &Path) -> Result<BufReader<File>, DataError> {
    match open_if_there(path)? {
        Some(file) => Ok(BufReader::new(file)),
        None => Err(DataError::io(path, "open")(io::ErrorKind::NotFound.into())),
    }
}

/// The names of the arrays in the archive that `reader` reads.
///
/// # Errors
///
/// When it is no zip archive, or something else than arrays is in it.
pub fn names(reader: impl Read + Seek) -> io::Result<Vec<String>> {
    let archive = ZipArchive::new(reader).map_err(io::Error::other)?;
    let name = |name: Result<std::borrow::Cow<str>, ZipError>| {
        let name = name.map_err(io::Error::other)?;
        let array = name.strip_suffix(".npy").map(str::to_owned);
        array.ok_or_else(|| io::Error::other("a file that is no array"))
    };
    archive.file_names().map(name).collect()
}

/// As [`read`], from the open `reader`; `path` is for messages.
///
/// # Errors
///
/// As [`read`].
pub fn read_from(
    path: &Path,
    reader: impl Read + Seek,
    name: &str,
    limit: u64,
) -> Result<NdArray, DataError> {
    entry(path, reader, name, limit, |input, head| {
        Ok(NdArray {
            bytes: input.bytes(head.len)?,
            dtype: head.dtype,
            shape: head.shape,
        })
    })
}

/// What stands before an array's elements, and how many bytes of these there are.
struct Head {
    dtype: DType,
    shape: Vec<usize>,
    len: u64,
}

/// Hands the elements of the array `name` to `take`, which has to read all of them.
fn entry<T>(
    path: &Path,
    reader: impl Read + Seek,
    name: &str,
    limit: u64,
    take: impl FnOnce(&mut Input<'_>, Head) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let entry = format!("{name}.npy");
    let failed = |error| match error {
        ZipError::FileNotFound => DataError::EntryMissing {
            path: path.to_owned(),
            entry: entry.clone(),
        },
        ZipError::Io(error) => DataError::decoding(path, ZIP, error),
        error => DataError::decoding(path, ZIP, io::Error::other(error)),
    };
    let mut archive = ZipArchive::new(reader).map_err(failed)?;
    let npy = archive.by_name(&entry).map_err(failed)?;
    let sizes = [npy.size(), npy.compressed_size()];
    let reader = &mut BufReader::new(npy);
    array([path, &path.join(&entry)], name, reader, sizes, limit, take)
}

/// Reads an `.npy` file to its end, where the archive's checksum is compared. `sizes` are what the
/// archive says of it, unpacked and packed.
fn array<T>(
    [archive, path]: [&Path; 2],
    name: &str,
    reader: &mut BufReader<impl Read>,
    [size, packed]: [u64; 2],
    limit: u64,
    take: impl FnOnce(&mut Input<'_>, Head) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let mut input =
        Input::new(path, reader, Layer::Unpacked(NPY)).with_length(possible(size, packed));
    let magic = input.array::<8>()?;
    if magic[..6] != *b"\x93NUMPY" {
        let found = format!("`{}`", magic[..6].escape_ascii());
        return Err(input.malformed("the header", "the six bytes `\\x93NUMPY`", found));
    }
    let len = match magic[6] {
        1 => u16::from_le_bytes(input.array()?).into(),
        2 | 3 => u32::from_le_bytes(input.array()?),
        version => {
            let found = format!("{version}");
            return Err(input.malformed("the header", "version 1, 2 or 3", found));
        }
    };
    if len > MAX_HEADER {
        let expected = format!("at most {MAX_HEADER} bytes");
        return Err(input.malformed("the header", expected, len.to_string()));
    }
    let header = input.bytes(len.into())?;
    let Some((dtype, shape)) = Header::parse(&header) else {
        let (found, fault) = other_type(&header);
        return Err(DataError::Array {
            path: archive.to_owned(),
            array: name.to_owned(),
            expected: "numbers of 1, 2, 4 or 8 bytes in row-major order".into(),
            found,
            fault,
        });
    };
    let len = byte_len(dtype, &shape).and_then(|len| u64::try_from(len).ok());
    let there = size.saturating_sub(input.offset());
    let Some(len) = len.filter(|&len| len <= there) else {
        return Err(DataError::Claim {
            path: path.to_owned(),
            claim: format!("{} of {}", dtype.name(), by(&shape)),
            found: there,
        });
    };
    if len > limit {
        return Err(DataError::Oversized {
            path: path.to_owned(),
            expected: limit,
        });
    }
    let taken = take(&mut input, Head { dtype, shape, len })?;
    if !input.at_end()? {
        let expected = format!("its end after {len} bytes of elements");
        return Err(input.malformed("the elements", expected, "more bytes"));
    }
    Ok(taken)
}

/// What an array holds that is none of numbers in row-major order, in words.
fn other_type(header: &[u8]) -> (String, ArrayFault) {
    let header = String::from_utf8_lossy(header);
    let (_, descr) = header.split_once("'descr':").unwrap_or_default();
    let descr = descr.trim_start();
    let code = descr
        .strip_prefix('\'')
        .and_then(|rest| rest.split_once('\''));
    let letters = code.map(|(code, _)| code.trim_start_matches(['<', '>', '|', '=']));
    let what = match letters.and_then(|code| code.chars().next()) {
        _ if descr.starts_with('[') => "records of several fields",
        Some('O') => "objects of Python",
        Some('U' | 'S' | 'a' | 'T') => "texts",
        Some('c') => "complex numbers",
        Some('M' | 'm') => "times",
        Some('V') => "raw bytes",
        Some(_) if letters.is_some_and(|code| DType::parse(code).is_some()) => {
            return match header.contains("'fortran_order': True") {
                true => (
                    "column-major (Fortran) order".into(),
                    ArrayFault::ColumnMajor,
                ),
                false => ("a header that cannot be read".into(), ArrayFault::Type),
            };
        }
        Some(_) => "numbers of another kind",
        None => "a header that cannot be read",
    };
    let shown =
        letters.filter(|code| code.len() <= 16 && code.chars().all(|c| c.is_ascii_graphic()));
    let found = match shown {
        Some(code) => format!("{what} (dtype {code})"),
        None => what.into(),
    };
    (found, ArrayFault::Type)
}

/// A reader of the header's text, of which it keeps the rest.
struct Header<'a>(&'a str);

impl Header<'_> {
    /// Type and shape; `None` if something else stands there.
    fn parse(bytes: &[u8]) -> Option<(DType, Vec<usize>)> {
        let mut header = Header(std::str::from_utf8(bytes).ok()?);
        let (mut dtype, mut fortran, mut shape) = (None, None, None);
        header.eat("{").then_some(())?;
        while !header.eat("}") {
            let key = header.string()?;
            header.eat(":").then_some(())?;
            let again = match &key[..] {
                "descr" => dtype.replace(DType::parse(&header.string()?)?).is_some(),
                "fortran_order" => fortran.replace(header.truth()?).is_some(),
                "shape" => shape.replace(header.tuple()?).is_some(),
                _ => return None,
            };
            if again || !header.eat(",") && !header.0.starts_with('}') {
                return None;
            }
        }
        let shape = shape?;
        // One dimension, or none, is the same in either order.
        (header.0.is_empty() && (!fortran? || shape.len() < 2)).then_some((dtype?, shape))
    }

    /// Passes over `token` and the space after it, if it is there.
    fn eat(&mut self, token: &str) -> bool {
        match self.0.strip_prefix(token) {
            Some(rest) => {
                self.0 = rest.trim_ascii_start();
                true
            }
            None => false,
        }
    }

    fn string(&mut self) -> Option<String> {
        let quote = if self.0.starts_with('"') { "\"" } else { "'" };
        let (text, rest) = self.0.strip_prefix(quote)?.split_once(quote)?;
        self.0 = rest.trim_ascii_start();
        Some(text.to_owned())
    }

    fn truth(&mut self) -> Option<bool> {
        let truth = self.eat("True");
        (truth || self.eat("False")).then_some(truth)
    }

    fn tuple(&mut self) -> Option<Vec<usize>> {
        let mut dims = Vec::new();
        self.eat("(").then_some(())?;
        while !self.eat(")") {
            let end = self.0.find(|c: char| !c.is_ascii_digit())?;
            dims.push(self.0[..end].parse().ok()?);
            self.0 = self.0[end..].trim_ascii_start();
            // Python 2 wrote long integers so.
            self.eat("L");
            if !self.eat(",") && !self.0.starts_with(')') {
                return None;
            }
        }
        Some(dims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_are_not_read_are_told_in_words() {
        let found = |descr: &str, fortran: &str| {
            other_type(
                format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': (3, 4), }}")
                    .as_bytes(),
            )
        };
        for (descr, words) in [
            ("'|O'", "objects of Python (dtype O)"),
            ("'<U3'", "texts (dtype U3)"),
            ("'<c16'", "complex numbers (dtype c16)"),
            ("'<f16'", "numbers of another kind (dtype f16)"),
            ("[('a', '<f4')]", "records of several fields"),
            ("5", "a header that cannot be read"),
        ] {
            assert_eq!(found(descr, "False"), (words.into(), ArrayFault::Type));
        }
        let fortran = found("'|u1'", "True");
        assert_eq!(fortran.1, ArrayFault::ColumnMajor, "{}", fortran.0);
        assert_eq!(other_type(b"\xff").0, "a header that cannot be read");
    }

    #[test]
    fn headers() {
        let parse = |text: &str| Header::parse(text.as_bytes());
        let u1 = DType::parse("u1").unwrap();
        let good = "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4), }  \n";
        assert_eq!(parse(good), Some((u1, vec![3, 4])));
        let other = "{\"shape\":(3L,),\"fortran_order\":True,\"descr\":\">i8\"}";
        let i8 = DType::parse(">i8").unwrap();
        assert_eq!(parse(other), Some((i8, vec![3])));
        let scalar = "{'descr': '|u1', 'fortran_order': True, 'shape': ()}";
        assert_eq!(parse(scalar), Some((u1, vec![])));
        for (from, to) in [
            ("False", "True"),
            ("False", "None"),
            ("|u1", "|O"),
            ("'|u1'", "[('a', '<f4')]"),
            ("(3, 4)", "(3 4)"),
            ("(3, 4)", "(3, -4)"),
            ("(3, 4)", "(3, 18446744073709551616)"),
            ("(3, 4)", "(3, 4"),
            ("(3, 4), ", "(3, 4), 'x': 1"),
            ("(3, 4), ", "(3, 4), 'shape': (3, 4)"),
            ("(3, 4), }", "(3, 4), } x"),
            ("'shape': (3, 4), ", ""),
            ("'descr': ", "'descr' "),
            ("{", ""),
            ("}", ""),
        ] {
            let changed = good.replace(from, to);
            assert_eq!(parse(&changed), None, "{changed}");
        }
        assert_eq!(Header::parse(b"{'descr\xff"), None);
    }
}
