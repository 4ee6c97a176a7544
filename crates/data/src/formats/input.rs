//! A stream of bytes read in order, which knows where it is and grows buffers with what arrives.

use std::io::{self, BufRead, Read};
use std::path::Path;

use super::whole::read_onto;
use crate::DataError;

/// What is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// The bytes of a file.
    File,
    /// What a compressed part of the file unpacks to; named so in messages.
    Unpacked(&'static str),
}

/// A reader, the name of its file, and its offset.
pub(crate) struct Input<'a> {
    path: &'a Path,
    reader: &'a mut (dyn BufRead + 'a),
    layer: Layer,
    offset: u64,
    /// Bytes that it may have, as far as is known.
    there: u64,
}

impl<'a> Input<'a> {
    pub(crate) fn new(path: &'a Path, reader: &'a mut (dyn BufRead + 'a), layer: Layer) -> Self {
        Self {
            path,
            reader,
            layer,
            offset: 0,
            there: 0,
        }
    }

    /// Says that it may have `there` bytes: room for as many is made at once.
    pub(crate) fn with_length(mut self, there: u64) -> Self {
        self.there = there;
        self
    }

    /// The file's path, for messages.
    pub(crate) fn path(&self) -> &'a Path {
        self.path
    }

    /// Bytes read so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether this is what a compressed part unpacks to.
    pub(crate) fn is_unpacked(&self) -> bool {
        self.layer != Layer::File
    }

    /// The reader itself, for decoding `len` bytes in another way.
    pub(crate) fn part(&mut self, len: u64) -> io::Take<&mut (dyn BufRead + 'a)> {
        self.offset = self.offset.saturating_add(len);
        (&mut *self.reader).take(len)
    }

    /// Whether there is no further byte.
    pub(crate) fn at_end(&mut self) -> Result<bool, DataError> {
        match self.reader.fill_buf() {
            Ok(bytes) => Ok(bytes.is_empty()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DataError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Fills `bytes`.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), DataError> {
        let mut filled = 0;
        while filled < bytes.len() {
            match self.reader.read(&mut bytes[filled..]) {
                Ok(0) => return Err(self.cut_short((bytes.len() - filled) as u64)),
                Ok(read) => {
                    filled += read;
                    self.offset += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(())
    }

    /// The next `len` bytes. The buffer grows with what really arrives, whatever `len` says.
    pub(crate) fn bytes(&mut self, len: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        self.bytes_onto(&mut bytes, len)?;
        Ok(bytes)
    }

    /// As [`bytes`](Self::bytes), behind what `bytes` has already.
    pub(crate) fn bytes_onto(&mut self, bytes: &mut Vec<u8>, len: u64) -> Result<(), DataError> {
        let expected = self.left().min(len);
        match read_onto(&mut *self.reader, bytes, expected, len) {
            Ok(come) => {
                self.offset += come;
                match len - come {
                    0 => Ok(()),
                    missing => Err(self.cut_short(missing)),
                }
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Bytes that it may still have, as far as is known.
    pub(crate) fn left(&self) -> u64 {
        self.there.saturating_sub(self.offset)
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> Result<u8, DataError> {
        Ok(self.array::<1>()?[0])
    }

    /// The bytes up to the next `end`, which is taken too and left out; at most `max` of them.
    pub(crate) fn until(&mut self, end: u8, max: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        let read = (&mut *self.reader)
            .take(max.saturating_add(1))
            .read_until(end, &mut bytes);
        self.offset += bytes.len() as u64;
        match read {
            Ok(_) if bytes.last() == Some(&end) => {
                bytes.pop();
                Ok(bytes)
            }
            Ok(_) if bytes.len() as u64 > max => {
                Err(self.malformed("a line", format!("at most {max} bytes"), "a longer one"))
            }
            Ok(_) => Err(self.cut_short(1)),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Leaves out the next `len` bytes.
    pub(crate) fn skip(&mut self, len: u64) -> Result<(), DataError> {
        match io::copy(&mut (&mut *self.reader).take(len), &mut io::sink()) {
            Ok(skipped) => {
                self.offset += skipped;
                if skipped < len {
                    return Err(self.cut_short(len - skipped));
                }
                Ok(())
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// An error about what stands at this place.
    pub(crate) fn malformed(
        &self,
        place: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> DataError {
        DataError::Malformed {
            path: self.path.to_owned(),
            place: format!("{}, before byte {}", place.into(), self.place()),
            expected: expected.into(),
            found: found.into(),
        }
    }

    fn place(&self) -> String {
        match self.layer {
            Layer::File => self.offset.to_string(),
            Layer::Unpacked(part) => format!("{} of {part}", self.offset),
        }
    }

    /// The error that `missing` more bytes should have come.
    pub(crate) fn cut_short(&self, missing: u64) -> DataError {
        match self.layer {
            Layer::File => DataError::Truncated {
                path: self.path.to_owned(),
                expected: self.offset.saturating_add(missing),
                found: self.offset,
            },
            Layer::Unpacked(part) => DataError::Malformed {
                path: self.path.to_owned(),
                place: part.to_owned(),
                expected: format!("{} bytes", self.offset.saturating_add(missing)),
                found: format!("only {}", self.offset),
            },
        }
    }

    fn failed(&self, error: io::Error) -> DataError {
        match self.layer {
            Layer::File => DataError::io(self.path, "read")(error),
            Layer::Unpacked(part) => DataError::decoding(self.path, part, error),
        }
    }
}

/// How many bytes may still be taken into memory.
pub(crate) struct Budget {
    limit: u64,
    left: u64,
}

impl Budget {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, left: limit }
    }

    /// What may still be taken.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// Takes `bytes` off, before they are read.
    pub(crate) fn charge(&mut self, path: &Path, bytes: u64) -> Result<(), DataError> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(DataError::Memory {
                path: path.to_owned(),
                expected: self.limit,
                found: (self.limit - self.left).saturating_add(bytes),
            }),
        }
    }
}
