//! One file on disk, plain or gzipped, read within bounds.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::DataError;

/// A file being read, and how much of it has been.
pub(crate) struct Source {
    path: PathBuf,
    reader: Box<dyn Read>,
    offset: u64,
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
                let mut magic = [0; 2];
                let read = file.read(&mut magic).and_then(|_| file.rewind());
                read.map_err(DataError::io(&path, "read"))?;
                return Ok(match magic {
                    [0x1f, 0x8b] => Self::gzip(path, file),
                    _ => Self::plain(path, file),
                });
            }
        }
        let usual = names.first().map_or("", String::as_str);
        let looked_for = vec![dir.join(usual), dir.join(format!("{usual}.gz"))];
        Err(DataError::missing(dataset, looked_for, dir))
    }

    /// Reads `reader`, which is uncompressed; `path` is for messages.
    pub(crate) fn plain(path: PathBuf, reader: impl Read + 'static) -> Self {
        Self {
            path,
            reader: Box::new(BufReader::new(reader)),
            offset: 0,
            compressed: false,
        }
    }

    /// Reads what `file`, a gzip file, unpacks to.
    pub(crate) fn gzip(path: PathBuf, file: File) -> Self {
        let reader = Box::new(MultiGzDecoder::new(BufReader::new(file)));
        Self {
            path,
            reader,
            offset: 0,
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

    /// At most `max` bytes; the buffer grows with what really arrives.
    fn up_to(&mut self, max: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        let read = self.reader.by_ref().take(max).read_to_end(&mut bytes);
        self.offset += bytes.len() as u64;
        match read {
            Ok(_) => Ok(bytes),
            Err(source) if self.compressed => Err(decoding(&self.path, "a gzip file", source)),
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

/// An error while decoding: damage, unless it is the disk that failed.
pub(crate) fn decoding(path: &Path, expected: &'static str, source: io::Error) -> DataError {
    if source.raw_os_error().is_some() {
        DataError::io(path, "read")(source)
    } else {
        DataError::Corrupt {
            path: path.to_owned(),
            expected,
            source,
        }
    }
}
