//! Codes of Huffman as JPEG has them, and the bits that they are in.

/// Codes of so many bits are looked up.
const FAST: u32 = 9;

/// Why codes end.
#[derive(Debug, PartialEq)]
pub(super) enum Gap {
    /// There are no more bits before the next marker.
    End,
    /// The bits are no code of the table.
    NoCode,
    /// The scan's header names a table that is not there.
    NoTable,
}

/// A table of codes.
pub(super) struct Table {
    /// By the first bits: a code's length, and its symbol; length 0 for longer ones.
    fast: [(u8, u8); 1 << FAST],
    /// For each length one more than its last code, at the left of 16 bits, and what leads from a code to its symbol.
    ends: [(u32, usize); 17],
    symbols: Vec<u8>,
}

impl Table {
    /// Of the number of codes of 1 to 16 bits, and their symbols in order; `None` where they are too many.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            fast: [(0, 0); 1 << FAST],
            ends: [(0, 0); 17],
            symbols: symbols.into(),
        };
        let (mut code, mut first) = (0u32, 0usize);
        for (length, &count) in (1u32..).zip(counts) {
            let count = usize::from(count);
            table.ends[length as usize].1 = first.wrapping_sub(code as usize);
            for &symbol in symbols.get(first..first + count)? {
                if code >> length != 0 {
                    return None;
                }
                if length <= FAST {
                    let start = (code << (FAST - length)) as usize;
                    let same = &mut table.fast[start..start + (1 << (FAST - length))];
                    same.fill((length as u8, symbol));
                }
                code += 1;
            }
            first += count;
            table.ends[length as usize].0 = code << (16 - length);
            code <<= 1;
        }
        Some(table)
    }
}

/// The bits of a scan.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next ones, at the left.
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            buffer: 0,
            count: 0,
        }
    }

    /// The bytes that were taken.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Takes bytes up to the next marker.
    fn fill(&mut self) {
        while self.count <= 56 {
            let byte = match self.data[self.at.min(self.data.len())..] {
                [0xff, 0x00, ..] => {
                    self.at += 2;
                    0xff
                }
                [] | [0xff, ..] => return,
                [byte, ..] => {
                    self.at += 1;
                    byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The symbol of the next code.
    pub(super) fn code(&mut self, table: &Table) -> Result<u8, Gap> {
        if self.count < 16 {
            self.fill();
        }
        let (length, symbol) = table.fast[(self.buffer >> (64 - FAST)) as usize];
        if length > 0 {
            self.skip(length.into())?;
            return Ok(symbol);
        }
        let next = (self.buffer >> 48) as u32;
        for length in FAST + 1..=16 {
            let (end, to_symbol) = table.ends[length as usize];
            if next < end {
                self.skip(length)?;
                let code = (next >> (16 - length)) as usize;
                let symbol = table.symbols.get(code.wrapping_add(to_symbol));
                return symbol.copied().ok_or(Gap::NoCode);
            }
        }
        match self.count < 16 {
            true => Err(Gap::End),
            false => Err(Gap::NoCode),
        }
    }

    /// Passes over some bits, at most 16.
    pub(super) fn skip(&mut self, bits: u32) -> Result<(), Gap> {
        self.take(bits).map(|_| ())
    }

    /// The next bits, at most 16, as a number.
    pub(super) fn take(&mut self, bits: u32) -> Result<u32, Gap> {
        if self.count < bits {
            self.fill();
        }
        if self.count < bits {
            return Err(Gap::End);
        }
        let number = match bits {
            0 => 0,
            bits => (self.buffer >> (64 - bits)) as u32,
        };
        self.buffer <<= bits;
        self.count -= bits;
        Ok(number)
    }

    /// Goes on behind the next marker of a restart; whether there is one before any other marker.
    pub(super) fn restart(&mut self) -> bool {
        (self.buffer, self.count) = (0, 0);
        while let Some(&byte) = self.data.get(self.at) {
            let next = self.data.get(self.at + 1);
            match (byte, next) {
                (0xff, Some(0xd0..=0xd7)) => {
                    self.at += 2;
                    return true;
                }
                (0xff, Some(0x00 | 0xff)) => self.at += 1,
                (0xff, _) => return false,
                _ => self.at += 1,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_all_lengths() {
        // 0, 10, 110, … and the last one of 16 bits.
        let mut counts = [1; 16];
        counts[15] = 1;
        let symbols: Vec<u8> = (1..=16).collect();
        let table = Table::new(&counts, &symbols).unwrap();
        let mut text = String::new();
        for length in 1..=16 {
            text += &"1".repeat(length - 1);
            text += "0";
        }
        text += &"1".repeat(8 - text.len() % 8);
        let mut data = Vec::new();
        for byte in text.as_bytes().chunks(8) {
            let byte = byte.iter().fold(0u8, |byte, bit| byte << 1 | (bit - b'0'));
            data.push(byte);
            if byte == 0xff {
                data.push(0);
            }
        }
        data.extend([0xff, 0xd3, 0x00]);
        let mut bits = Bits::new(&data);
        for length in 1..=16 {
            assert_eq!(bits.code(&table), Ok(length));
        }
        assert_eq!(bits.code(&table), Err(Gap::End));
        assert!(bits.restart());
        assert_eq!(bits.code(&table), Ok(1));
        assert_eq!(bits.take(7), Ok(0));
        assert_eq!(bits.take(1), Err(Gap::End));
        assert!(!bits.restart());
        // Ones alone are no code.
        let data = [0xff, 0x00].repeat(4);
        assert_eq!(Bits::new(&data).code(&table), Err(Gap::NoCode));
        // More codes than bits have.
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Table::new(&counts, &[0; 3]).is_none());
        counts[1] = 9;
        assert!(Table::new(&counts, &[0; 3]).is_none());
    }
}
