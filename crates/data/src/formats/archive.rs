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

use super::source::Source;
use super::whole::{possible, read_whole};
use crate::DataError;

const EXPECTED: &str = "a gzipped tar archive";

/// What the archive may hold beside the wanted files: headers, a readme.
const MAX_OTHER_BYTES: u64 = 16 << 20;

/// The files to read, by their paths inside archive or folder, and the bytes they may hold.
pub(crate) struct Wanted {
    /// A path with `/`, and the maximum number of bytes of that file.
    pub(crate) files: Vec<(String, u64)>,
    /// The maximum number of bytes of all these files together.
    pub(crate) max_bytes: u64,
}

/// The wanted files' contents, by path; every one is there.
pub(crate) type Contents = BTreeMap<String, Vec<u8>>;

/// Reads the wanted files out of the archive `file`; `path` is for messages.
pub(crate) fn read(path: &Path, file: File, wanted: &Wanted) -> Result<Contents, DataError> {
    let limit = wanted.max_bytes.saturating_add(MAX_OTHER_BYTES);
    let packed = file.metadata().map_or(0, |metadata| metadata.len());
    let unpacked = MultiGzDecoder::new(BufReader::new(file)).take(limit);
    let mut archive = tar::Archive::new(unpacked);
    let mut found = Contents::new();

    let read = collect(path, &mut archive, packed, wanted, &mut found);
    // The tar reader stops at the end mark. Reading on to the end of the file makes the decoder
    // compare gzip's own checksum.
    let mut unpacked = archive.into_inner();
    let drained = read.and_then(|()| {
        io::copy(&mut unpacked, &mut io::sink()).map_err(|e| DataError::decoding(path, EXPECTED, e))
    });
    if unpacked.limit() == 0 {
        // Whatever the tar reader made of the sudden end, this is the cause.
        return Err(DataError::Oversized {
            path: path.to_owned(),
            expected: limit,
        });
    }
    drained?;
    match wanted
        .files
        .iter()
        .find(|(name, _)| !found.contains_key(name))
    {
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
    packed: u64,
    wanted: &Wanted,
    found: &mut Contents,
) -> Result<(), DataError> {
    let damaged = |source| DataError::decoding(path, EXPECTED, source);
    let mut left = wanted.max_bytes;
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        let name = entry.path_bytes().into_owned();
        let name = name.strip_prefix(b"./").unwrap_or(&name);
        let known = wanted
            .files
            .iter()
            .find(|(wanted, _)| wanted.as_bytes() == name);
        let Some((name, limit)) = known else { continue };
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
        let expected = left.min(*limit);
        if announced > expected {
            let path = path.join(name);
            return Err(DataError::Oversized { path, expected });
        }
        left -= announced;
        let bytes = read_whole(&mut entry, possible(announced, packed), announced);
        let bytes = bytes.map_err(damaged)?;
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

/// Reads the same files from below the folder `root`.
pub(crate) fn read_folder(
    dataset: &'static str,
    root: &Path,
    wanted: &Wanted,
) -> Result<Contents, DataError> {
    let mut found = Contents::new();
    let mut left = wanted.max_bytes;
    for (name, limit) in &wanted.files {
        let path = root.join(name);
        let Some(file) = super::source::open_if_there(&path)? else {
            let folder = path.parent().unwrap_or(root).to_owned();
            return Err(DataError::missing(dataset, vec![path], &folder));
        };
        let there = file.metadata().map_or(0, |metadata| metadata.len());
        let bytes = Source::plain(path, file, there).rest_up_to(left.min(*limit))?;
        left -= bytes.len() as u64;
        found.insert(name.clone(), bytes);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Reads `a` and `b`, of at most 1000 bytes each and 1500 together, from an archive of files
    /// of these sizes.
    fn read_sizes(files: &[(&str, usize)]) -> Result<Contents, DataError> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, size) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(*size as u64);
            builder
                .append_data(&mut header, name, &vec![7; *size][..])
                .unwrap();
        }
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zipped.write_all(&builder.into_inner().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.tar.gz");
        std::fs::write(&path, zipped.finish().unwrap()).unwrap();
        let wanted = Wanted {
            files: vec![("a".into(), 1000), ("b".into(), 1000)],
            max_bytes: 1500,
        };
        read(&path, File::open(&path).unwrap(), &wanted)
    }

    #[test]
    fn limits_hold_for_each_file_for_all_and_for_the_archive() {
        let found = read_sizes(&[("b", 500), ("c", 5000), ("a", 1000)]).unwrap();
        assert_eq!(
            (found["a"].len(), found["b"].len(), found.len()),
            (1000, 500, 2)
        );
        let other = MAX_OTHER_BYTES as usize;
        for (files, place, limit) in [
            ([("a", 1), ("b", 1001)], "x.tar.gz/b:", 1000),
            ([("a", 1000), ("b", 501)], "x.tar.gz/b:", 500),
            ([("c", other), ("b", 1)], "x.tar.gz:", other + 1500),
            ([("b", 1), ("c", 3 * other)], "x.tar.gz:", other + 1500),
        ] {
            let error = read_sizes(&files).map(|_| ()).unwrap_err().to_string();
            let limit = format!("at most {limit} bytes");
            assert!(error.contains(place) && error.contains(&limit), "{error}");
        }
    }
}
