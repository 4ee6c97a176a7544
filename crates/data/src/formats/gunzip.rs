//! The beginning of what gzipped bytes unpack to.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

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
    fn what_is_there_counts() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&[7; 100_000]).unwrap();
        let zipped = encoder.finish().unwrap();
        assert_eq!(head(&zipped[..zipped.len() - 20], 4), [7; 4]);
        assert!(head(b"no gzip", 4).is_empty());
    }
}
