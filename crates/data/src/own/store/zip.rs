//! A zip archive, read in place: an entry is unpacked when it is wanted.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::{Backing, Entry, MAX_FILES, Place, REPLACED, Shared, Store, name_inside};
use crate::DataError;
use crate::formats::photo::MAX_FILE;
use crate::own::foreign::Foreign;
use crate::own::names::text;
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

/// Lists an archive. A file that cannot be read stays one: it is told when it is wanted.
pub(super) fn open(path: &Path, shared: Shared, passed: &mut Passed) -> Result<Store, DataError> {
    let size = shared.len;
    let mut directory = shared.at(0);
    let archive = ZipArchive::new(shared).map_err(damaged(path))?;
    if archive.len() > MAX_FILES {
        return Err(DataError::Count {
            path: path.to_owned(),
            what: "entries",
            max: MAX_FILES as u64,
            found: archive.len() as u64,
        });
    }
    let (mut files, mut unpacked, mut escaped) = (Vec::new(), 0u64, 0);
    // Why files cannot be read, if that is so for all.
    let mut closed = Vec::new();
    for number in 0..archive.len() {
        let entry = archive.by_index_data(number).map_err(damaged(path))?;
        if entry.is_dir() {
            continue;
        }
        // Names have bytes of old code pages, unless they say that they are UTF-8.
        let name = match entry.name() {
            Ok(name) => name.into_owned().into_bytes(),
            Err(_) => entry.name_raw().to_owned(),
        };
        let shown = text(&name).into_owned();
        match name_inside(&name) {
            Err(reason) => passed.add(reason, &shown),
            Ok(_) if entry.is_symlink() => passed.add("a link inside an archive", &shown),
            Ok(name) => {
                // No more than this is ever read of a picture.
                unpacked = unpacked.saturating_add(entry.size().min(MAX_FILE));
                escaped += usize::from(entry.name().is_err());
                closed.extend(unread(entry.encrypted(), entry.compression()));
                files.push(Entry {
                    name: name.into(),
                    place: Place::Entry(number),
                });
            }
        }
    }
    if let Some(&what) = closed.first()
        && closed.len() == files.len()
    {
        return Err(DataError::Foreign {
            path: path.to_owned(),
            what,
        });
    }
    let expected = size.saturating_mul(MAX_RATIO).max(SMALL);
    if unpacked > expected {
        return Err(DataError::Oversized {
            path: path.to_owned(),
            expected,
        });
    }
    if archive.has_duplicate_names() {
        // The list of the archive has the last of each alone.
        let start = archive.central_directory_start();
        for name in replaced(&mut directory, start).map_err(|e| damaged(path)(e.into()))? {
            passed.add(REPLACED, &text(&name));
        }
    }
    Ok(Store {
        root: path.to_owned(),
        within: " in a zip archive",
        escaped,
        files,
        backing: Backing::Zip(archive),
    })
}

/// Why a file cannot be read, if that is so.
fn unread(encrypted: bool, method: CompressionMethod) -> Option<Foreign> {
    #[allow(deprecated)] // The names are constants; the number itself is what is told.
    match method {
        _ if encrypted => Some(Foreign::EncryptedZip),
        CompressionMethod::Unsupported(99) => Some(Foreign::EncryptedZip),
        CompressionMethod::Unsupported(number) => Some(Foreign::ZipMethod(number)),
        _ => None,
    }
}

/// The names that the central directory, at `start`, has again later, once for each time.
fn replaced(reader: &mut (impl Read + Seek), start: u64) -> io::Result<Vec<Vec<u8>>> {
    reader.seek(SeekFrom::Start(start))?;
    let mut reader = io::BufReader::new(reader);
    let (mut names, mut again) = (std::collections::HashSet::new(), Vec::new());
    loop {
        let mut header = [0; 46];
        match reader.read_exact(&mut header) {
            Ok(()) if header.starts_with(b"PK\x01\x02") => {}
            _ => return Ok(again),
        }
        let field = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let mut name = vec![0; field(28)];
        reader.read_exact(&mut name)?;
        reader.seek_relative((field(30) + field(32)) as i64)?;
        if !names.insert(name.clone()) {
            again.push(name);
        }
    }
}

/// Hands what an entry unpacks to to `read`, with the size that it claims and the one that it is
/// packed to. At its end its checksum is compared.
pub(super) fn with_entry<T>(
    archive: &ZipArchive<Shared>,
    number: usize,
    read: impl FnOnce(&mut dyn Read, u64, u64) -> io::Result<T>,
) -> io::Result<T> {
    let about = archive.by_index_data(number).map_err(io::Error::other)?;
    if let Some(what) = unread(about.encrypted(), about.compression()) {
        return Err(io::Error::other(what.of_file()));
    }
    let (claim, packed) = (about.size(), about.compressed_size());
    let mut archive = archive.clone();
    let mut entry = archive.by_index(number).map_err(io::Error::other)?;
    read(&mut entry, claim, packed)
}

fn damaged(path: &Path) -> impl Fn(ZipError) -> DataError {
    move |error| {
        let source = match error {
            ZipError::Io(error) => error,
            error => io::Error::other(error),
        };
        DataError::decoding(path, "a zip archive", source)
    }
}
