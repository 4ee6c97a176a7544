//! Reading a whole stream into a buffer that is no larger than what comes.
//!
//! A vector that grows by doubling takes up to three times its content while it moves. Here room is
//! made for what is expected, exactly; only a stream that goes on beyond that makes the buffer move.

use std::io::{self, Read};

use crate::memory;

/// The most that deflate makes of a byte.
const MAX_DEFLATE: u64 = 1032;
/// The least that a buffer grows by.
const STEP: u64 = 64 << 10;

/// Bytes that `compressed` ones can unpack to, of a `claim` about them.
pub(crate) fn possible(claim: u64, compressed: u64) -> u64 {
    claim.min(compressed.saturating_mul(MAX_DEFLATE))
}

/// What `reader` yields, up to its end or to `max` bytes. `expected` bytes, at most `max`, are made
/// room for before anything is read, so it has to be bounded by what is there.
///
/// # Errors
///
/// Those of `reader`, and [`io::ErrorKind::OutOfMemory`].
pub(crate) fn read_whole(
    reader: &mut (impl Read + ?Sized),
    expected: u64,
    max: u64,
) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_onto(reader, &mut bytes, expected, max)?;
    Ok(bytes)
}

/// As [`read_whole`], behind what `bytes` has already; how many came.
///
/// # Errors
///
/// As [`read_whole`].
pub(crate) fn read_onto(
    reader: &mut (impl Read + ?Sized),
    bytes: &mut Vec<u8>,
    expected: u64,
    max: u64,
) -> io::Result<u64> {
    let mut room = expected.min(max);
    let mut come = 0;
    loop {
        reserve(bytes, room)?;
        let read = (&mut *reader).take(room).read_to_end(bytes)? as u64;
        come += read;
        let left = max - come;
        if read < room || left == 0 {
            return Ok(come);
        }
        let Some(next) = next_byte(reader)? else {
            return Ok(come);
        };
        room = left.min((bytes.len() as u64).max(STEP));
        reserve(bytes, room)?;
        bytes.push(next);
        (room, come) = (room - 1, come + 1);
    }
}

fn next_byte(reader: &mut (impl Read + ?Sized)) -> io::Result<Option<u8>> {
    let mut byte = [0];
    loop {
        match reader.read(&mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(Some(byte[0])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Makes room for `more` bytes, and for no more than those.
pub(crate) fn reserve(bytes: &mut Vec<u8>, more: u64) -> io::Result<()> {
    let room = usize::try_from(more).map_err(|_| io::ErrorKind::OutOfMemory)?;
    Ok(memory::reserve(bytes, room)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_exact_where_the_expectation_is() {
        let content: Vec<u8> = (0..300_000u32).map(|i| i as u8).collect();
        for expected in [0, 1, 65_536, 299_999, 300_000, 300_001, 900_000] {
            for max in [0, 1, 1000, 299_999, 300_000, 1 << 20] {
                let bytes = read_whole(&mut &content[..], expected, max).unwrap();
                let len = content.len().min(max as usize);
                assert_eq!(bytes, content[..len], "{expected} of at most {max}");
                assert!(
                    bytes.capacity() as u64 <= max,
                    "{expected} of at most {max}"
                );
                if (len as u64) <= expected {
                    assert!(bytes.capacity() as u64 <= expected.min(max));
                }
            }
        }
        let error = read_whole(&mut &content[..], u64::MAX, u64::MAX).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    }

    #[test]
    fn claims_are_bounded_by_what_is_there() {
        assert_eq!(possible(500, 1), 500);
        assert_eq!(possible(u64::MAX, 2), 2 * MAX_DEFLATE);
        assert_eq!(possible(u64::MAX, u64::MAX), u64::MAX);
    }
}
