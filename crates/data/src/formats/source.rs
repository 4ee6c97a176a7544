//! One file on disk, plain or gzipped, read within bounds.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::whole::{possible, read_whole};
use crate::DataError;

/// A file being read, and how much of it has been.
pub(crate) struct Source {
    path: PathBuf,
    reader: Box<dyn Read>,
    offset: u64,
    /// Bytes that it may have.
    there: u64,
    compressed: bool,
}

impl Source {
    /// Opens the first of `names` that is in `dir`, with or without `.gz` behind it. Content decides
    /// whether it is gzipped.
    pub(crate) fn open(
        dataset: &'static str,
        dir: &Path,
        names: &[String],
    ) -> Result<Self, DataError> {
        let paths = names
            .iter()
            .flat_map(|name| [dir.join(name), dir.join(format!("{name}.gz"))]);
        for path in paths {
            if let Some(mut file) = open_if_there(&path)? {
                let len = file.metadata().map_or(0, |metadata| metadata.len());
                let mut magic = [0; 2];
                let read = file.read(&mut magic).and_then(|_| file.rewind());
                read.map_err(DataError::io(&path, "read"))?;
                return Ok(match magic {
                    [0x1f, 0x8b] => Self::gzip(path, file, len),
                    _ => Self::plain(path, file, len),
                });
            }
        }
        let usual = names.first().map_or("", String::as_str);
        let looked_for = vec![dir.join(usual), dir.join(format!("{usual}.gz"))];
        Err(DataError::missing(dataset, looked_for, dir))
    }

    /// Reads `reader`, which is uncompressed and may have `there` bytes; `path` is for messages.
    pub(crate) fn plain(path: PathBuf, reader: impl Read + 'static, there: u64) -> Self {
        Self {
            path,
            reader: Box::new(BufReader::new(reader)),
            offset: 0,
            there,
            compressed: false,
        }
    }

    /// Reads what `file`, a gzip file of `packed` bytes, unpacks to.
    pub(crate) fn gzip(path: PathBuf, file: File, packed: u64) -> Self {
        let reader = Box::new(MultiGzDecoder::new(BufReader::new(file)));
        Self {
            path,
            reader,
            offset: 0,
            there: possible(u64::MAX, packed),
            compressed: true,
        }
    }

    /// The file's path, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The next `N` bytes.
    pub(crate) fn header<const N: usize>(&mut self) -> Result<[u8; N], DataError> {
        let bytes = self.up_to(N as u64)?;
        let found = self.offset;
        bytes
            .try_into()
            .map_err(|bytes: Vec<u8>| DataError::Truncated {
                path: self.path.clone(),
                expected: found + (N - bytes.len()) as u64,
                found,
            })
    }

    /// The rest of the file, which must be exactly `count` bytes.
    pub(crate) fn rest(mut self, count: u64) -> Result<Vec<u8>, DataError> {
        let total = self.offset.saturating_add(count);
        let bytes = self.rest_up_to(count)?;
        if (bytes.len() as u64) < count {
            let found = self.offset;
            return Err(DataError::Truncated {
                path: self.path,
                expected: total,
                found,
            });
        }
        Ok(bytes)
    }

    /// The rest of the file, which must be no more than `max` bytes.
    ///
    /// Reading up to the end also makes the decoder compare gzip's own checksum.
    pub(crate) fn rest_up_to(&mut self, max: u64) -> Result<Vec<u8>, DataError> {
        let expected = self.offset.saturating_add(max);
        let bytes = self.up_to(max.saturating_add(1))?;
        if bytes.len() as u64 > max {
            return Err(DataError::Oversized {
                path: self.path.clone(),
                expected,
            });
        }
        Ok(bytes)
    }

    /// At most `max` bytes, in a buffer of no more than can be there.
    fn up_to(&mut self, max: u64) -> Result<Vec<u8>, DataError> {
        let expected = self.there.saturating_sub(self.offset);
        match read_whole(&mut self.reader, expected, max) {
            Ok(bytes) => {
                self.offset += bytes.len() as u64;
                Ok(bytes)
            }
            Err(source) if self.compressed => {
                Err(DataError::decoding(&self.path, "a gzip file", source))
            }
            Err(source) => Err(DataError::io(&self.path, "read")(source)),
        }
    }
}

/// Opens a regular file; `None` when there is nothing at `path`.
///
/// Anything but a regular file is refused before it is opened: opening a pipe would wait for ever.
pub(crate) fn open_if_there(path: &Path) -> Result<Option<File>, DataError> {
    let kind = match std::fs::metadata(path) {
        Ok(metadata) => metadata.file_type(),
        // A component of the path that is a file, not a folder, also means: nothing here.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(DataError::io(path, "open")(error)),
    };
    if !kind.is_file() {
        let found = if kind.is_dir() {
            "a folder"
        } else {
            "a device, pipe or socket"
        };
        return Err(DataError::NotAFile {
            path: path.to_owned(),
            found,
        });
    }
    File::open(path)
        .map(Some)
        .map_err(DataError::io(path, "open"))
}
