//! MATLAB level-5 `.mat` files, as `save -v6`, `save -v7` and scipy's `savemat` write them.
//!
//! Byte layout; all numbers in the byte order of the header's last two bytes:
//!
//! ```text
//! file:    116 bytes of text, 8 bytes about a subsystem, 0x0100, "IM" (little) or "MI" (big)
//!          then elements up to the end
//! element: type u32, length u32, the content; padded to 8 bytes unless compressed
//!      or: length u16 << 16 | type u16, 4 bytes of content: a small element
//! types:   1 i8  2 u8  3 i16  4 u16  5 i32  6 u32  7 f32  9 f64  12 i64  13 u64
//!          14 array  15 compressed: zlib over one element  16 UTF-8  17 UTF-16  18 UTF-32
//! array:   flags (u32: class, 0x200 logical, 0x800 complex; u32), dimensions (i32s), name (i8s),
//!          then the content: numbers, or one array element for each cell
//! ```
//!
//! Numbers stand in column-major order, the first index running fastest, and may be stored in a
//! smaller type than their class. Structs, objects, sparse and complex arrays are passed over and
//! come out as [`Data::Other`].
//!
//! ```no_run
//! use std::path::Path;
//! use data::mat5::{self, Data};
//!
//! for variable in mat5::read(Path::new("CIFAR10_allparams.mat"), 1 << 30)? {
//!     if let Data::Logical(bits) = &variable.array.data {
//!         let ones = bits.iter().filter(|&&bit| bit).count();
//!         println!("{} {:?}: {ones} ones", variable.name, variable.array.dims);
//!     }
//! }
//! # Ok::<(), data::DataError>(())
//! ```

mod element;
mod matrix;
mod numbers;

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use flate2::bufread::ZlibDecoder;

pub use numbers::Numbers;

use self::element::{ByteOrder, COMPRESSED, Elements, MATRIX};
use super::input::{Budget, Input, Layer};
use super::source::open_if_there;
use super::whole::possible;
use crate::DataError;

/// A variable of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name, never empty.
    pub name: String,
    /// Its value.
    pub array: Array,
}

/// An array: shape and content.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The dimensions, two or more; their product is the number of elements. For
    /// [`Data::Other`] there may be none.
    pub dims: Vec<usize>,
    /// The elements in column-major order: the first index runs fastest.
    pub data: Data,
}

/// The content of an [`Array`].
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Real numbers.
    Numbers(Numbers),
    /// Truth values.
    Logical(Vec<bool>),
    /// Characters; those of a text of one row are in reading order.
    Text(String),
    /// An array for each cell.
    Cells(Vec<Array>),
    /// What this reader passes over, by the name of its kind, as `struct`.
    Other(&'static str),
}

const EXPECTED: &str = "a compressed MATLAB array";

/// Reads every variable of the file `path`, into at most `limit` bytes.
///
/// # Errors
///
/// [`DataError`] when the file cannot be read, is of another format or malformed, has a name
/// twice, or needs more than `limit` bytes.
pub fn read(path: &Path, limit: u64) -> Result<Vec<Variable>, DataError> {
    read_some(path, limit, |_| true)
}

/// Reads the variables whose names `wanted` accepts; the others are passed over and cost nothing
/// of `limit`.
///
/// # Errors
///
/// As [`read`].
pub fn read_some(
    path: &Path,
    limit: u64,
    wanted: impl FnMut(&str) -> bool,
) -> Result<Vec<Variable>, DataError> {
    read_onto(path, limit, Onto::default(), wanted)
}

/// Bytes that those of a variable are put behind: growing a vector afterwards takes a second copy of
/// both for a moment.
#[derive(Default)]
pub(crate) struct Onto {
    name: &'static str,
    bytes: Vec<u8>,
    /// What the next array of bytes is put behind.
    reached: Vec<u8>,
}

impl Onto {
    pub(crate) fn new(name: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            name,
            bytes,
            reached: Vec::new(),
        }
    }

    fn reach(&mut self, name: &str) {
        self.reached = match name == self.name {
            true => std::mem::take(&mut self.bytes),
            false => Vec::new(),
        };
    }
}

/// As [`read_some`]; of a variable that `onto` names, bytes come behind those of it.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_onto(
    path: &Path,
    limit: u64,
    mut onto: Onto,
    mut wanted: impl FnMut(&str) -> bool,
) -> Result<Vec<Variable>, DataError> {
    let Some(file) = open_if_there(path)? else {
        return Err(DataError::io(path, "open")(io::ErrorKind::NotFound.into()));
    };
    let len = file.metadata().map_or(0, |metadata| metadata.len());
    let reader = &mut BufReader::new(file);
    let mut input = Input::new(path, reader, Layer::File).with_length(len);
    read_all(&mut input, limit, &mut onto, &mut wanted)
}

/// As [`read_some`], from the open `reader`; `path` is for messages.
///
/// # Errors
///
/// As [`read`].
pub fn read_from(
    path: &Path,
    reader: &mut dyn BufRead,
    limit: u64,
    mut wanted: impl FnMut(&str) -> bool,
) -> Result<Vec<Variable>, DataError> {
    let mut input = Input::new(path, reader, Layer::File);
    read_all(&mut input, limit, &mut Onto::default(), &mut wanted)
}

fn read_all(
    input: &mut Input<'_>,
    limit: u64,
    onto: &mut Onto,
    wanted: &mut dyn FnMut(&str) -> bool,
) -> Result<Vec<Variable>, DataError> {
    let order = header(input)?;
    let mut budget = Budget::new(limit);
    let mut variables: Vec<Variable> = Vec::new();
    let mut names = HashSet::new();
    while !input.at_end()? {
        let mut elements = Elements::new(input, order, &mut budget, onto);
        let tag = elements.top_tag()?;
        let variable = match tag.kind {
            MATRIX => elements.variable(tag, wanted)?,
            COMPRESSED => compressed(elements, tag.len, wanted)?,
            kind => {
                let found = format!("element type {kind}");
                return Err(input.malformed("a variable", "an array (14 or 15)", found));
            }
        };
        let Some(variable) = variable else { continue };
        if !names.insert(variable.name.clone()) {
            let found = format!("two of `{}`", variable.name);
            return Err(input.malformed("a variable", "each name once", found));
        }
        variables.push(variable);
    }
    Ok(variables)
}

/// What an HDF5 file begins with, as other programs than MATLAB write it.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Reads the 128 bytes before the first element.
fn header(input: &mut Input<'_>) -> Result<ByteOrder, DataError> {
    let header = input.array::<128>()?;
    if header.starts_with(HDF5) {
        let found = "an HDF5 file without MATLAB's header: in MATLAB, save its variables with `-v7`, or \
                     with Python's scipy.io.savemat";
        return Err(input.malformed("the header", "a MATLAB level-5 file", found));
    }
    let (order, version) = match [header[126], header[127]] {
        [b'I', b'M'] => (
            ByteOrder::Little,
            u16::from_le_bytes([header[124], header[125]]),
        ),
        [b'M', b'I'] => (
            ByteOrder::Big,
            u16::from_be_bytes([header[124], header[125]]),
        ),
        other => {
            let found = format!("bytes {other:02x?}");
            let expected = "the byte order of a MATLAB level-5 file, `IM` or `MI`";
            return Err(input.malformed("the header", expected, found));
        }
    };
    if version != 0x0100 {
        let found = if version == 0x0200 {
            "version 7.3, which is HDF5: in MATLAB, `load` it and `save` it again with `-v7`; without \
             MATLAB, read it with Python's h5py and write it with scipy.io.savemat"
                .into()
        } else {
            format!("version {version:#06x}")
        };
        return Err(input.malformed("the header", "version 0x0100 (level 5)", found));
    }
    Ok(order)
}

/// Reads the one array that `len` compressed bytes hold.
fn compressed(
    elements: Elements<'_, '_>,
    len: u64,
    wanted: &mut dyn FnMut(&str) -> bool,
) -> Result<Option<Variable>, DataError> {
    let Elements {
        input,
        order,
        budget,
        onto,
    } = elements;
    let path = input.path();
    let end = input.offset().saturating_add(len);
    let there = possible(u64::MAX, input.left().min(len));
    let mut part = input.part(len);
    let result = {
        let mut inflated = BufReader::new(ZlibDecoder::new(&mut part));
        let inner = Input::new(path, &mut inflated, Layer::Unpacked(EXPECTED));
        let mut inner = inner.with_length(there);
        unpacked(Elements::new(&mut inner, order, budget, onto), wanted)
    };
    // A wanted array has been read to its checksum. Of another, the rest is left compressed.
    let rest = io::copy(&mut part, &mut io::sink());
    let missing = part.limit();
    rest.map_err(DataError::io(path, "read"))?;
    if missing > 0 {
        // Whatever the decoder made of the sudden end, this is the cause.
        return Err(DataError::Truncated {
            path: path.to_owned(),
            expected: end,
            found: end - missing,
        });
    }
    result
}

fn unpacked(
    mut elements: Elements<'_, '_>,
    wanted: &mut dyn FnMut(&str) -> bool,
) -> Result<Option<Variable>, DataError> {
    let tag = elements.top_tag()?;
    if tag.kind != MATRIX {
        let found = format!("element type {}", tag.kind);
        return Err(elements.malformed("a variable", "an array (14)", found));
    }
    let variable = elements.variable(tag, wanted)?;
    if variable.is_some() && !elements.input.at_end()? {
        let found = "more bytes";
        return Err(elements.malformed("a variable", "the end of the compressed part", found));
    }
    Ok(variable)
}
