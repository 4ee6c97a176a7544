//! A tar archive: a plain one is read in place, a gzipped one is unpacked into memory.
//!
//! Entries are taken raw, so that the long names of GNU and pax are read here, within bounds.

use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry as TarEntry, EntryType};

use super::watched::{Ended, Watched};
use super::{Backing, Blocks, Entry, Place, Shared, Store, name_inside};
use crate::DataError;
use crate::formats::possible;
use crate::own::names::text;
use crate::own::passed::Passed;
use crate::own::sniff::{Kind, sniff};

/// The greatest number of entries; a gzipped archive pays little for each.
const MAX_ENTRIES: usize = 5_000_000;
/// The greatest length of a header that holds a name.
const MAX_EXTENDED: u64 = 64 << 10;

/// Whether a gzip file holds a tar archive.
pub(super) fn is_gzipped(shared: &Shared) -> bool {
    let mut head = Vec::new();
    let unpacked = MultiGzDecoder::new(BufReader::new(shared.at(0)));
    // A broken one is told when it is read.
    let _ = unpacked.take(super::HEAD).read_to_end(&mut head);
    sniff(&head) == Kind::Tar
}

/// Lists a plain archive.
pub(super) fn open(path: &Path, shared: Shared, passed: &mut Passed) -> Result<Store, DataError> {
    let (reader, ended) = Watched::new(shared.at(0));
    let mut archive = Archive::new(reader);
    let entries = archive
        .entries_with_seek()
        .map_err(damaged(path))?
        .raw(true);
    let mut files = Vec::new();
    let mut escaped = 0;
    let walked = walk(path, entries, passed, &mut escaped, |name, entry| {
        let (start, len) = (entry.raw_file_position(), entry.header().entry_size()?);
        if start.checked_add(len).is_none_or(|end| end > shared.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        files.push(Entry {
            name: name.into(),
            place: Place::Bytes { start, len },
        });
        Ok(())
    });
    let walked =
        walked.and_then(|()| behind(&mut archive.into_inner(), passed).map_err(damaged(path)));
    whole(path, "a tar archive", walked, &ended, files.len())?;
    Ok(Store {
        root: path.to_owned(),
        within: " in a tar archive",
        escaped,
        files,
        backing: Backing::Archive(shared),
    })
}

/// Unpacks a gzipped archive into memory, of at most `limit` bytes.
pub(super) fn unpack(
    path: &Path,
    shared: Shared,
    limit: u64,
    passed: &mut Passed,
) -> Result<Store, DataError> {
    let oversized = || DataError::Oversized {
        path: path.to_owned(),
        expected: limit,
    };
    let packed = shared.len;
    // One byte more than there is room for tells that there are more.
    let unpacked = MultiGzDecoder::new(BufReader::new(shared)).take(limit.saturating_add(1));
    let (reader, ended) = Watched::new(unpacked);
    let mut archive = Archive::new(reader);
    let (mut files, mut blocks, mut claimed) = (Vec::new(), Blocks::default(), 0u64);
    let entries = archive.entries().map_err(damaged(path))?.raw(true);
    let mut escaped = 0;
    let walked = walk(path, entries, passed, &mut escaped, |name, entry| {
        let len = entry.header().entry_size()?;
        // A claim of more than there is room for need not be unpacked. Names take room too.
        let beside = (name.len() + size_of::<Entry>()) as u64;
        claimed = claimed.saturating_add(len).saturating_add(beside);
        if claimed > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let span = blocks.take(entry, len, possible(len, packed))?;
        files.push(Entry {
            name: name.into(),
            place: Place::Held(span),
        });
        Ok(())
    });
    let mut reader = archive.into_inner();
    // Reading on to the end makes the decoder compare gzip's own checksum.
    let walked = walked.and_then(|()| behind(&mut reader, passed).map_err(damaged(path)));
    if claimed > limit || reader.inner.limit() == 0 {
        // Whatever the reader made of the sudden end, this is the cause.
        return Err(oversized());
    }
    whole(path, "a gzipped tar archive", walked, &ended, files.len())?;
    Ok(Store {
        root: path.to_owned(),
        within: " in a gzipped tar archive",
        escaped,
        files,
        backing: Backing::Memory(blocks),
    })
}

/// What became of a walk through an archive, which has to end with a block of zeros: POSIX asks for
/// two, and some programs write one. Where the archive's bytes end before that, files may be missing.
fn whole(
    path: &Path,
    what: &'static str,
    walked: Result<(), DataError>,
    ended: &Ended,
    files: usize,
) -> Result<(), DataError> {
    let cut = match &walked {
        Ok(()) => ended.before_zeros.get(),
        Err(DataError::Corrupt { source, .. }) => {
            source.kind() == io::ErrorKind::UnexpectedEof || ended.at_all.get()
        }
        Err(_) => false,
    };
    match cut {
        true => Err(DataError::CutOff {
            path: path.to_owned(),
            expected: what,
            files,
        }),
        false => walked,
    }
}

/// Reads what stands behind the end of an archive; it has to be zeros alone.
fn behind<R: Read>(reader: &mut Watched<R>, passed: &mut Passed) -> io::Result<()> {
    reader.ended.before_zeros.set(reader.ended.at_all.get());
    let (mut buffer, mut other) = (vec![0; 64 << 10], false);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => other |= buffer[..read].iter().any(|&byte| byte != 0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if other {
        passed.add("what stands behind the end of an archive", "more bytes");
    }
    Ok(())
}

/// Hands each regular file with its name to `file`.
fn walk<'a, R: Read + 'a>(
    path: &Path,
    entries: impl Iterator<Item = io::Result<TarEntry<'a, R>>>,
    passed: &mut Passed,
    escaped: &mut usize,
    mut file: impl FnMut(&str, &mut TarEntry<'a, R>) -> io::Result<()>,
) -> Result<(), DataError> {
    // The name of the next entry, if a header of its own holds it.
    let mut long = None;
    for (number, entry) in entries.enumerate() {
        let mut entry = entry.map_err(damaged(path))?;
        if number == MAX_ENTRIES {
            return Err(DataError::Count {
                path: path.to_owned(),
                what: "entries",
                max: MAX_ENTRIES as u64,
                found: number as u64 + 1,
            });
        }
        let kind = entry.header().entry_type();
        match kind {
            EntryType::GNULongName => {
                let mut name = extended(&mut entry).map_err(damaged(path))?;
                name.truncate(
                    name.iter()
                        .position(|&byte| byte == 0)
                        .unwrap_or(name.len()),
                );
                long = Some(name);
                continue;
            }
            EntryType::XHeader => {
                let records = extended(&mut entry).map_err(damaged(path))?;
                if let Some(name) = pax(&records).map_err(damaged(path))? {
                    long = Some(name);
                }
                continue;
            }
            EntryType::GNULongLink | EntryType::XGlobalHeader => continue,
            _ => {}
        }
        let name = long
            .take()
            .unwrap_or_else(|| entry.path_bytes().into_owned());
        let shown = text(&name).into_owned();
        match (kind, name_inside(&name)) {
            (EntryType::Directory, _) => {}
            (_, Err(reason)) => passed.add(reason, &shown),
            (EntryType::Symlink | EntryType::Link, _) => {
                passed.add("a link inside an archive", &shown)
            }
            (EntryType::Regular | EntryType::Continuous, Ok(inside)) => {
                *escaped += usize::from(std::str::from_utf8(&name).is_err());
                let name = inside;
                file(&name, &mut entry).map_err(damaged(path))?;
            }
            _ => passed.add("a device, pipe or the like", &shown),
        }
    }
    Ok(())
}

/// The content of a header that belongs to the next entry.
fn extended(entry: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    entry.take(MAX_EXTENDED + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_EXTENDED {
        return Err(io::Error::other(format!(
            "a header of more than {MAX_EXTENDED} bytes"
        )));
    }
    Ok(bytes)
}

/// The name among the records of pax, `LENGTH KEY=VALUE\n` each.
fn pax(mut records: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let wrong = || io::Error::other("a pax header that cannot be read");
    let mut name = None;
    while !records.is_empty() {
        let space = records
            .iter()
            .position(|&byte| byte == b' ')
            .ok_or_else(wrong)?;
        let length = std::str::from_utf8(&records[..space])
            .ok()
            .and_then(|text| text.parse().ok());
        let length = length.filter(|&length| length > space + 1 && length <= records.len());
        let length: usize = length.ok_or_else(wrong)?;
        let record = records[space + 1..length]
            .strip_suffix(b"\n")
            .ok_or_else(wrong)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            name = Some(path.to_vec());
        } else if record.starts_with(b"size=") || record.starts_with(b"GNU.sparse.") {
            return Err(io::Error::other(
                "a file of more than 8 GB, or a sparse one",
            ));
        }
        records = &records[length..];
    }
    Ok(name)
}

fn damaged(path: &Path) -> impl Fn(io::Error) -> DataError {
    move |source| DataError::decoding(path, "a tar archive", source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pax() {
        assert_eq!(
            pax(b"11 mtime=1\n14 path=a/b.c\n").unwrap(),
            Some(b"a/b.c".to_vec())
        );
        assert_eq!(pax(b"").unwrap(), None);
        for wrong in [
            "14 path=a/b.c",
            "99 path=a\n",
            "x",
            "0 ",
            "3 x",
            "11 size=10\n12",
        ] {
            assert!(pax(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
