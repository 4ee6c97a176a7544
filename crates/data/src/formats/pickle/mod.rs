//! Python pickles of dictionaries of arrays and lists of integers, protocols 0 to 5.
//!
//! A pickle is a program for a machine with a stack: a byte of opcode, its argument, and so on up
//! to `.`. Python's own reader calls whatever functions the file names. This one calls nothing: it
//! knows by name the five that numpy's arrays are written with, and does itself what they would
//! do; any other name, and any opcode that these files do not need, is an error.
//!
//! Objects live in one list and refer to each other by index, so that what is shared is never
//! copied, and nothing recurses. What a file makes the machine hold is charged to a limit.
//!
//! ```no_run
//! use std::path::Path;
//! use data::pickle;
//!
//! let mut batch = pickle::read(Path::new("imagenet32/val_data"), 1 << 30)?;
//! let pixels = batch.take_array("data")?;
//! let labels = batch.integers("labels")?;
//! assert_eq!(pixels.shape, [labels.len(), 3072]);
//! # Ok::<(), data::DataError>(())
//! ```

mod machine;
mod numpy;
mod objects;
mod opcodes;
mod text;

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use self::machine::Machine;
use self::objects::{Object, Objects, Value};
use super::input::{Input, Layer};
use super::ndarray::NdArray;
use super::source::open_if_there;
use crate::DataError;

/// What a pickle holds: a dictionary.
pub struct Pickle {
    path: PathBuf,
    objects: Objects,
    root: Value,
}

/// Reads the pickle `path`, into at most `limit` bytes; every integer of a list counts as some 50.
///
/// # Errors
///
/// [`DataError`] when the file cannot be read, is malformed, needs more than `limit` bytes, or
/// uses an opcode or names an object of Python that this reader does not know.
pub fn read(path: &Path, limit: u64) -> Result<Pickle, DataError> {
    let Some(file) = open_if_there(path)? else {
        return Err(DataError::io(path, "open")(io::ErrorKind::NotFound.into()));
    };
    read_from(path, &mut BufReader::new(file), limit)
}

/// As [`read`], from the open `reader`; `path` is for messages.
///
/// # Errors
///
/// As [`read`].
pub fn read_from(path: &Path, reader: &mut dyn BufRead, limit: u64) -> Result<Pickle, DataError> {
    read_of(path, reader, 0, limit)
}

/// As [`read_from`], of a reader that may have `len` bytes.
pub(crate) fn read_of(
    path: &Path,
    reader: &mut dyn BufRead,
    len: u64,
    limit: u64,
) -> Result<Pickle, DataError> {
    let mut input = Input::new(path, reader, Layer::File).with_length(len);
    let (objects, root) = Machine::new(&mut input, limit).run()?;
    if !input.at_end()? {
        return Err(input.malformed("a pickle", "its end after `.`", "more bytes"));
    }
    Ok(Pickle {
        path: path.to_owned(),
        objects,
        root,
    })
}

impl Pickle {
    /// Takes the array of a key, which has none after that.
    ///
    /// # Errors
    ///
    /// [`DataError::Malformed`] when the key is not there or its value is no array of numbers in
    /// row-major order.
    pub fn take_array(&mut self, key: &str) -> Result<NdArray, DataError> {
        let value = self.get(key)?;
        self.objects.take_array(value).map_err(|found| {
            self.malformed(key, "a numpy array of numbers in row-major order", found)
        })
    }

    /// The integers of a key: a list, or an array of one dimension.
    ///
    /// # Errors
    ///
    /// [`DataError::Malformed`] when the key is not there or its value is something else.
    pub fn integers(&mut self, key: &str) -> Result<Vec<i64>, DataError> {
        let value = self.get(key)?;
        let wrong = |found| self.malformed(key, "a list of integers", found);
        match self.objects.get(value) {
            Some(Object::List(values)) => values
                .iter()
                .map(|value| match value {
                    Value::Int(integer) => Ok(*integer),
                    other => Err(wrong(format!("{} in it", self.objects.kind(*other)))),
                })
                .collect(),
            Some(Object::Array(_)) => {
                let array = self.take_array(key)?;
                let integers = array.integers().filter(|_| array.shape.len() == 1);
                integers.ok_or_else(|| {
                    let found = format!("an array {:?} of {}", array.shape, array.dtype);
                    self.malformed(key, "a list of integers", found)
                })
            }
            _ => Err(wrong(self.objects.kind(value).to_owned())),
        }
    }

    /// How many there are in a key's list or array; `None` where it is neither.
    pub(crate) fn count(&self, key: &str) -> Option<usize> {
        match self.objects.get(self.get(key).ok()?)? {
            Object::List(values) => Some(values.len()),
            Object::Array(Some(array)) => array.shape.first().copied(),
            _ => None,
        }
    }

    /// The texts of a key's list.
    ///
    /// # Errors
    ///
    /// [`DataError::Malformed`] when the key is not there or its value is something else.
    pub fn texts(&self, key: &str) -> Result<Vec<String>, DataError> {
        let value = self.get(key)?;
        let text = |value: &Value| {
            let text = self
                .objects
                .text(*value)
                .map(|text| String::from_utf8_lossy(text).into_owned());
            text.ok_or_else(|| self.objects.kind(*value))
        };
        let texts = match self.objects.get(value) {
            Some(Object::List(values)) => values.iter().map(text).collect(),
            _ => Err(self.objects.kind(value)),
        };
        texts.map_err(|found| self.malformed(key, "a list of texts", found.to_owned()))
    }

    /// The value of a key; Python 2 writes keys as bytes.
    fn get(&self, key: &str) -> Result<Value, DataError> {
        let Some(Object::Dict(entries)) = self.objects.get(self.root) else {
            let found = self.objects.kind(self.root);
            let expected = format!("a dictionary with the key `{key}`");
            return Err(DataError::Malformed {
                path: self.path.clone(),
                place: "the pickle".into(),
                expected,
                found: found.into(),
            });
        };
        // Of two values for a key, Python keeps the last.
        let mut entries = entries.iter().rev();
        let entry = entries.find(|(name, _)| self.objects.text(*name) == Some(key.as_bytes()));
        match entry {
            Some((_, value)) => Ok(*value),
            None => Err(self.malformed(key, "it in the dictionary", "none".into())),
        }
    }

    fn malformed(&self, key: &str, expected: &str, found: String) -> DataError {
        DataError::Malformed {
            path: self.path.clone(),
            place: format!("key `{key}`"),
            expected: expected.into(),
            found,
        }
    }
}
