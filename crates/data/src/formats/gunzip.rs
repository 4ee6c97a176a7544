//! Gzipped bytes in memory.

use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::source::decoding;
use crate::DataError;

/// What `bytes` unpack to, at most `limit` of it; `path` is for messages.
pub(crate) fn gunzip(path: &Path, bytes: &[u8], limit: u64) -> Result<Vec<u8>, DataError> {
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes)
        .take(limit.saturating_add(1))
        .read_to_end(&mut unpacked);
    if unpacked.len() as u64 > limit {
        return Err(DataError::Oversized {
            path: path.to_owned(),
            expected: limit,
        });
    }
    read.map_err(|error| decoding(path, "a gzip file", error))?;
    Ok(unpacked)
}

/// The first bytes of what a file unpacks to whose first bytes these are.
pub(crate) fn head(bytes: &[u8], len: usize) -> Vec<u8> {
    let (mut head, mut chunk) = (Vec::new(), [0; 64]);
    let mut decoder = MultiGzDecoder::new(bytes);
    // What is there counts, even though the end is not.
    while head.len() < len {
        match decoder.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => head.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    head.truncate(len);
    head
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_limit_holds_and_damage_is_told() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&[7; 100_000]).unwrap();
        let zipped = encoder.finish().unwrap();
        assert_eq!(
            gunzip(Path::new("x"), &zipped, 100_000).unwrap(),
            [7; 100_000]
        );
        let error = gunzip(Path::new("x"), &zipped, 99_999).unwrap_err();
        assert!(
            matches!(
                error,
                DataError::Oversized {
                    expected: 99_999,
                    ..
                }
            ),
            "{error}"
        );
        let cut = &zipped[..zipped.len() - 20];
        assert!(matches!(
            gunzip(Path::new("x"), cut, 1 << 20),
            Err(DataError::Corrupt { .. })
        ));
        assert_eq!(head(cut, 4), [7; 4]);
        assert!(head(b"no gzip", 4).is_empty());
    }
}
