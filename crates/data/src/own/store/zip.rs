//! A zip archive, read in place: an entry is unpacked when it is wanted.

use std::io::{self, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Backing, Entry, MAX_FILES, Place, Shared, Store, name_inside};
use crate::DataError;
use crate::own::passed::Passed;

/// An archive that unpacks to less than this is small enough.
const SMALL: u64 = 1 << 30;
/// How many times its own size an archive may unpack to, if that is not small.
const MAX_RATIO: u64 = 200;

/// Whether all that is in it are arrays of numpy.
pub(super) fn is_npz(shared: &Shared) -> bool {
    let Ok(archive) = ZipArchive::new(shared.at(0)) else {
        return false;
    };
    let mut names = archive.file_names().peekable();
    names.peek().is_some() && names.all(|name| name.is_ok_and(|name| name.ends_with(".npy")))
}

/// Lists an archive.
pub(super) fn open(path: &Path, shared: Shared, passed: &mut Passed) -> Result<Store, DataError> {
    let size = shared.len;
    let mut archive = ZipArchive::new(shared).map_err(damaged(path))?;
    if archive.len() > MAX_FILES {
        return Err(DataError::Count {
            path: path.to_owned(),
            what: "entries",
            max: MAX_FILES as u64,
            found: archive.len() as u64,
        });
    }
    let (mut files, mut unpacked) = (Vec::new(), 0u64);
    for number in 0..archive.len() {
        let entry = archive.by_index_raw(number).map_err(damaged(path))?;
        if entry.is_dir() {
            continue;
        }
        let shown = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let name = entry.name().map(|name| name.into_owned());
        let name = name.unwrap_or_else(|_| shown.clone());
        match name_inside(name.as_bytes()) {
            Err(reason) => passed.add(reason, &shown),
            Ok(_) if entry.is_symlink() => passed.add("a link inside an archive", &shown),
            Ok(_) if entry.encrypted() => passed.add("encrypted", &shown),
            Ok(name) => {
                unpacked = unpacked.saturating_add(entry.size());
                files.push(Entry {
                    name: name.into(),
                    place: Place::Entry(number),
                });
            }
        }
    }
    let expected = size.saturating_mul(MAX_RATIO).max(SMALL);
    if unpacked > expected {
        return Err(DataError::Oversized {
            path: path.to_owned(),
            expected,
        });
    }
    Ok(Store {
        root: path.to_owned(),
        within: " in a zip archive",
        files,
        backing: Backing::Zip(archive),
    })
}

/// Hands what an entry unpacks to to `read`. At its end its checksum is compared.
pub(super) fn with_entry<T>(
    archive: &ZipArchive<Shared>,
    number: usize,
    read: impl FnOnce(&mut dyn Read) -> io::Result<T>,
) -> io::Result<T> {
    let mut archive = archive.clone();
    let mut entry = archive.by_index(number).map_err(io::Error::other)?;
    read(&mut entry)
}

fn damaged(path: &Path) -> impl Fn(ZipError) -> DataError {
    move |error| {
        let source = match error {
            ZipError::Io(error) => error,
            error => io::Error::other(error),
        };
        DataError::Corrupt {
            path: path.to_owned(),
            expected: "a zip archive",
            source,
        }
    }
}
