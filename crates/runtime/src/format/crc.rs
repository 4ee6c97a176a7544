//! The CRC-32 in little room, for programs without `std`: a module for browsers is 16 KB smaller than with the tables that make
//! `crc32fast` fast.

/// What four bits change, from the polynomial of IEEE 802.3.
const NIBBLES: [u32; 16] = {
    let mut table = [0; 16];
    let mut nibble = 0;
    while nibble < 16 {
        let mut crc = nibble as u32;
        let mut bit = 0;
        while bit < 4 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        table[nibble] = crc;
        nibble += 1;
    }
    table
};

/// As `crc32fast::Hasher`.
pub(super) struct Hasher(u32);

impl Hasher {
    pub(super) fn new() -> Self {
        Self(!0)
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 ^= u32::from(byte);
            for _ in 0..2 {
                self.0 = (self.0 >> 4) ^ NIBBLES[(self.0 & 15) as usize];
            }
        }
    }

    pub(super) fn finalize(self) -> u32 {
        !self.0
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn it_is_the_one_of_programs_with_std() {
        let mut bytes = Vec::new();
        for count in 0..300_u32 {
            let (start, end) = bytes.split_at(bytes.len() / 3);
            let mut small = Hasher::new();
            small.update(start);
            small.update(end);
            assert_eq!(small.finalize(), crc32fast::hash(&bytes), "{count} bytes");
            bytes.push(((count * 7919) >> 3) as u8);
        }
        let mut known = Hasher::new();
        known.update(b"123456789");
        assert_eq!(known.finalize(), 0xcbf4_3926);
    }
}
