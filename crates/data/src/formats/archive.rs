//! Named files out of a `.tar.gz`, read in place.
//!
//! Nothing is written to disk, so an entry's path can do no harm, and only the wanted entries are
//! kept. Entries are taken raw: GNU and pax extension headers, which the official archives do not
//! need, are skipped like any unknown file instead of being collected in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::source::{Source, decoding};
use crate::DataError;

const EXPECTED: &str = "a gzipped tar archive";

/// A file to read: its path inside the archive, and the most bytes it may hold.
pub(crate) type Wanted = (String, u64);

/// The wanted files' contents, by path; every one is there.
///
/// The whole archive may unpack to no more than twice the sum of the limits, and 16 MiB.
pub(crate) fn read(
    path: &Path,
    file: File,
    wanted: &[Wanted],
) -> Result<BTreeMap<String, Vec<u8>>, DataError> {
    let sum: u64 = wanted.iter().map(|(_, limit)| limit).sum();
    let limit = sum.saturating_mul(2).saturating_add(16 << 20);
    let unpacked = MultiGzDecoder::new(BufReader::new(file)).take(limit);
    let mut archive = tar::Archive::new(unpacked);
    let mut found = BTreeMap::new();

    let read = collect(path, &mut archive, wanted, &mut found);
    // The tar reader stops at the end mark. Reading on to the end of the file makes the decoder
    // compare gzip's own checksum.
    let mut unpacked = archive.into_inner();
    let drained = read.and_then(|()| {
        io::copy(&mut unpacked, &mut io::sink()).map_err(|e| decoding(path, EXPECTED, e))
    });
    if unpacked.limit() == 0 {
        // Whatever the tar reader made of the sudden end, this is the cause.
        return Err(DataError::Oversized {
            path: path.to_owned(),
            expected: limit,
        });
    }
    drained?;
    match wanted.iter().find(|(name, _)| !found.contains_key(name)) {
        Some((entry, _)) => Err(DataError::EntryMissing {
            path: path.to_owned(),
            entry: entry.clone(),
        }),
        None => Ok(found),
    }
}

fn collect(
    path: &Path,
    archive: &mut tar::Archive<impl Read>,
    wanted: &[Wanted],
    found: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), DataError> {
    let damaged = |source| decoding(path, EXPECTED, source);
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        let name = entry.path_bytes().into_owned();
        let name = name.strip_prefix(b"./").unwrap_or(&name);
        let Some((name, limit)) = wanted.iter().find(|(wanted, _)| wanted.as_bytes() == name)
        else {
            continue;
        };
        let refuse = |what| {
            Err(DataError::Entry {
                path: path.to_owned(),
                entry: name.clone(),
                found: what,
            })
        };
        if !entry.header().entry_type().is_file() {
            return refuse("a folder, a link or the like");
        }
        if found.contains_key(name) {
            return refuse("two");
        }
        let announced = entry.size();
        if announced > *limit {
            return Err(DataError::Oversized {
                path: path.join(name),
                expected: *limit,
            });
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(damaged)?;
        if (bytes.len() as u64) < announced {
            return Err(DataError::Truncated {
                path: path.join(name),
                expected: announced,
                found: bytes.len() as u64,
            });
        }
        found.insert(name.clone(), bytes);
    }
    Ok(())
}

/// The same files from a folder, each within its limit.
pub(crate) fn read_folder(
    dataset: &'static str,
    root: &Path,
    wanted: &[Wanted],
) -> Result<BTreeMap<String, Vec<u8>>, DataError> {
    let mut found = BTreeMap::new();
    for (name, limit) in wanted {
        let path = root.join(name);
        let Some(file) = super::source::open_if_there(&path)? else {
            return Err(DataError::Missing {
                dataset,
                looked_for: vec![path],
            });
        };
        found.insert(name.clone(), Source::plain(path, file).rest_up_to(*limit)?);
    }
    Ok(found)
}
