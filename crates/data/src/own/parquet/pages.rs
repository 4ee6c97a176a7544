//! What the pages of a column claim to unpack to. The crate that reads them makes room for as much as a page
//! claims, two gigabytes for a few bytes, and clears it; so the claims are looked at before.
//!
//! A page is a header, a struct in Thrift's compact protocol, and as many bytes as it says:
//!
//! ```text
//! field 1: kind, i32    2: bytes when unpacked, i32    3: bytes as they are, i32    others are passed over
//! ```

use std::io::{self, Read};

use ::parquet::file::reader::ChunkReader;

/// More than snappy makes of a byte: it writes copies of 64 bytes in 3.
const MAX_UNPACKED: u64 = 24;
/// What a page of next to nothing may unpack to.
const SMALL: u64 = 1024;
/// The largest text in a header, such as the greatest value of a page.
const MAX_TEXT: u64 = 64 << 20;
const MAX_DEPTH: usize = 16;

/// Reads the headers of all pages that lie in `start..end` of a file.
///
/// # Errors
///
/// What is wrong with one, as a phrase.
pub(super) fn check(input: &impl ChunkReader, start: u64, end: u64) -> Result<(), String> {
    let mut at = start;
    while at < end {
        let reader = input.get_read(at).map_err(|error| error.to_string())?;
        let mut header = Header {
            reader,
            read: 0,
            sizes: [0; 2],
        };
        if header.fields(true, 0).is_err() {
            return Err(format!("a page whose header cannot be read, at byte {at}"));
        }
        let [unpacked, packed] = header.sizes.map(u64::try_from);
        let (Ok(unpacked), Ok(packed)) = (unpacked, packed) else {
            return Err(format!("a page of a size below 0, at byte {at}"));
        };
        if unpacked > packed.saturating_mul(MAX_UNPACKED).saturating_add(SMALL) {
            return Err(format!(
                "a page of {packed} bytes that claims to unpack to {unpacked}, at byte {at}"
            ));
        }
        at = at.saturating_add(header.read).saturating_add(packed);
    }
    Ok(())
}

struct Header<R> {
    reader: R,
    read: u64,
    /// Fields 2 and 3.
    sizes: [i64; 2],
}

impl<R: Read> Header<R> {
    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.reader.read_exact(&mut byte)?;
        self.read += 1;
        Ok(byte[0])
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(io::ErrorKind::InvalidData.into())
    }

    fn skip(&mut self, len: u64) -> io::Result<()> {
        let skipped = io::copy(&mut (&mut self.reader).take(len), &mut io::sink())?;
        self.read += skipped;
        match skipped == len {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// The fields of a struct; of the outermost, two are kept.
    fn fields(&mut self, outermost: bool, depth: usize) -> io::Result<()> {
        let mut field = 0i64;
        loop {
            let byte = self.byte()?;
            if byte == 0 {
                return Ok(());
            }
            field = match byte >> 4 {
                0 => zigzag(self.varint()?),
                delta => field + i64::from(delta),
            };
            match (byte & 0x0f, field) {
                // A truth value is its type.
                (1 | 2, _) => {}
                (5, 2 | 3) if outermost => {
                    self.sizes[field as usize - 2] = zigzag(self.varint()?);
                }
                (kind, _) => self.value(kind, depth)?,
            }
        }
    }

    /// Passes over a value.
    fn value(&mut self, kind: u8, depth: usize) -> io::Result<()> {
        if depth == MAX_DEPTH {
            return Err(io::ErrorKind::InvalidData.into());
        }
        match kind {
            1..=3 => self.skip(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => match self.varint()? {
                len @ 0..=MAX_TEXT => self.skip(len),
                _ => Err(io::ErrorKind::InvalidData.into()),
            },
            9 | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    count => count.into(),
                };
                // Every value takes a byte or more, so this ends with the file.
                (0..count).try_for_each(|_| self.value(head & 0x0f, depth + 1))
            }
            12 => self.fields(false, depth + 1),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn varint(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    fn page(unpacked: i64, packed: i64, beside: &[u8]) -> Vec<u8> {
        let number = |n: i64| varint(((n << 1) ^ (n >> 63)) as u64);
        let head = [
            &[0x15, 0][..],
            &[0x15],
            &number(unpacked),
            &[0x15],
            &number(packed),
        ]
        .concat();
        let content = vec![7; packed.max(0) as usize];
        [&head[..], beside, &[0], &content].concat()
    }

    #[test]
    fn claims_beyond_what_snappy_can_are_refused() {
        let check = |bytes: Vec<u8>| check(&Bytes::from(bytes.clone()), 0, bytes.len() as u64);
        // A struct of a number, a truth value and a text of two bytes; a list of two numbers.
        let beside = [
            0x2c, 0x15, 2, 0x11, 0x18, 2, b'a', b'b', 0, 0x19, 0x25, 1, 1,
        ];
        let good = [
            page(2400, 100, &beside),
            page(0, 0, &[]),
            page(1024, 0, &[]),
        ]
        .concat();
        assert_eq!(check(good.clone()), Ok(()));
        for (page, word) in [
            (page(3425, 100, &beside), "claims to unpack to 3425"),
            (page(i64::from(i32::MAX), 9, &[]), "2147483647"),
            (page(-1, 9, &[]), "below 0"),
            (page(9, -1, &[]), "below 0"),
            (page(9, 9, &[0x1f]), "cannot be read"),
            (
                page(9, 9, &[0x18, 0xff, 0xff, 0xff, 0xff, 0x0f]),
                "cannot be read",
            ),
            (vec![0x1c; 1000], "cannot be read"),
        ] {
            let error = check([&good[..], &page].concat()).unwrap_err();
            assert!(error.contains(word), "{word}: {error}");
        }
    }
}
