//! Arrays of numpy, as `.npy` files and pickles hold them.

use std::fmt;

/// An array of numbers in row-major (C) order: the last index runs fastest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NdArray {
    /// The type of the elements.
    pub dtype: DType,
    /// The dimensions.
    pub shape: Vec<usize>,
    /// The elements' bytes; their number is that of `shape` and `dtype`.
    pub bytes: Vec<u8>,
}

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DType {
    /// `b` truth values, `i` integers, `u` unsigned ones, `f` reals.
    pub kind: char,
    /// Bytes of an element: 1, 2, 4 or 8.
    pub size: usize,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
}

impl DType {
    /// Bytes, which is what images are.
    pub const U8: Self = Self {
        kind: 'u',
        size: 1,
        big_endian: false,
    };

    /// Reads numpy's code, as `u1`, `<f8` or `|b1`; `None` if it is not of numbers.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        let (big_endian, code) = match code.split_at_checked(1)? {
            (">", rest) => (true, rest),
            ("<" | "|" | "=", rest) => (false, rest),
            _ => (false, code),
        };
        let mut chars = code.chars();
        let (kind, size, None) = (chars.next()?, chars.next()?, chars.next()) else {
            return None;
        };
        let size = size.to_digit(10)? as usize;
        let known = match kind {
            'b' => size == 1,
            'i' | 'u' => matches!(size, 1 | 2 | 4 | 8),
            'f' => matches!(size, 2 | 4 | 8),
            _ => false,
        };
        known.then_some(Self {
            kind,
            size,
            big_endian: big_endian && size > 1,
        })
    }
}

impl DType {
    /// What numpy calls it, as `uint8` or `float32`.
    pub(crate) fn name(self) -> String {
        let bits = 8 * self.size;
        match self.kind {
            'b' => "bool".into(),
            'u' => format!("uint{bits}"),
            'f' => format!("float{bits}"),
            _ => format!("int{bits}"),
        }
    }
}

/// A shape as people write it, such as `60000 x 28 x 28`.
pub(crate) fn by(shape: &[usize]) -> String {
    match shape {
        [] => "no dimensions".into(),
        [len] => len.to_string(),
        _ => shape
            .iter()
            .map(usize::to_string)
            .collect::<Vec<_>>()
            .join(" x "),
    }
}

/// Numpy's code.
impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match (self.size, self.big_endian) {
            (1, _) => '|',
            (_, true) => '>',
            (_, false) => '<',
        };
        write!(f, "{order}{}{}", self.kind, self.size)
    }
}

/// Type and shape in words, such as `uint8 of 60000 x 28 x 28`.
pub(crate) fn words(dtype: DType, shape: &[usize]) -> String {
    format!("{} of {}", dtype.name(), by(shape))
}

/// An array in pieces along its first dimension, of `piece` bytes or of one row, whose bytes `read`
/// gives: who is done with one can give it back.
pub(crate) fn pieces<E>(
    dtype: DType,
    shape: &[usize],
    piece: u64,
    mut read: impl FnMut(u64) -> Result<Vec<u8>, E>,
) -> Result<Vec<NdArray>, E> {
    let (count, rest) = shape
        .split_first()
        .map_or((1, &[][..]), |(n, rest)| (*n, rest));
    let row = byte_len(dtype, rest).unwrap_or(usize::MAX) as u64;
    let rows = piece.checked_div(row).map_or(u64::MAX, |rows| rows.max(1));
    let mut left = count as u64;
    let mut pieces = Vec::new();
    // One without rows tells type and shape.
    while left > 0 || pieces.is_empty() {
        let now = left.min(rows);
        left -= now;
        let shape = match shape.is_empty() {
            true => Vec::new(),
            false => [&[now as usize][..], rest].concat(),
        };
        let bytes = read(now.saturating_mul(row))?;
        pieces.push(NdArray {
            dtype,
            shape,
            bytes,
        });
    }
    Ok(pieces)
}

/// The bytes of an array, if they can be addressed.
pub(crate) fn byte_len(dtype: DType, shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(dtype.size, |bytes, &dim| bytes.checked_mul(dim))
}

impl NdArray {
    /// Type and shape in words, such as `uint8 of 60000 x 28 x 28`.
    pub(crate) fn words(&self) -> String {
        words(self.dtype, &self.shape)
    }

    /// Whether all elements are whole numbers of 0 to 255.
    pub(crate) fn are_bytes(&self) -> bool {
        let DType { kind, size, .. } = self.dtype;
        let low = self.lowest();
        matches!(kind, 'i' | 'u')
            && self.bytes.chunks_exact(size).all(|element| {
                let is_negative = kind == 'i' && size == 1 && element[low] > 127;
                !is_negative && (0..size).all(|at| at == low || element[at] == 0)
            })
    }

    /// The least byte of each element, in the room that they take already.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        let (size, low) = (self.dtype.size, self.lowest());
        let count = self.bytes.len() / size;
        for at in 0..count {
            self.bytes[at] = self.bytes[at * size + low];
        }
        self.bytes.truncate(count);
        // Giving room back may take as much as is kept, until it is moved.
        if size == 8 {
            self.bytes.shrink_to_fit();
        }
        self.bytes
    }

    /// Where the least byte of an element stands.
    fn lowest(&self) -> usize {
        match self.dtype.big_endian {
            true => self.dtype.size - 1,
            false => 0,
        }
    }

    /// The least and the greatest of its real numbers; `None` where there are none of 4 or 8 bytes.
    pub(crate) fn range(&self) -> Option<[f64; 2]> {
        let real = |bytes: &[u8]| -> Option<f64> {
            let mut bytes = bytes.to_vec();
            if self.dtype.big_endian {
                bytes.reverse();
            }
            match bytes[..] {
                [a, b, c, d] => Some(f32::from_le_bytes([a, b, c, d]).into()),
                _ => Some(f64::from_le_bytes(bytes.try_into().ok()?)),
            }
        };
        if self.dtype.kind != 'f' || self.dtype.size < 4 {
            return None;
        }
        let reals = || self.bytes.chunks_exact(self.dtype.size).filter_map(real);
        let (min, max) = (reals().reduce(f64::min)?, reals().reduce(f64::max)?);
        Some([min, max])
    }

    /// The elements, if they are integers that fit an `i64`.
    pub fn integers(&self) -> Option<Vec<i64>> {
        let DType {
            kind,
            size,
            big_endian,
        } = self.dtype;
        if !matches!(kind, 'i' | 'u') {
            return None;
        }
        let integer = |bytes: &[u8]| {
            let first = if big_endian {
                bytes[0]
            } else {
                bytes[size - 1]
            };
            let negative = kind == 'i' && first & 0x80 != 0;
            // What stands before the number is its sign, over and over.
            let mut wide = [if negative { 0xff } else { 0 }; 16];
            for (index, &byte) in bytes.iter().enumerate() {
                wide[if big_endian {
                    15 - (size - 1 - index)
                } else {
                    15 - index
                }] = byte;
            }
            i64::try_from(i128::from_be_bytes(wide)).ok()
        };
        self.bytes.chunks_exact(size).map(integer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_there_and_back() {
        for code in ["|u1", "|b1", "<i8", ">f4", "<u2", ">i4", "<f2"] {
            assert_eq!(DType::parse(code).unwrap().to_string(), code);
        }
        assert_eq!(DType::parse("u1"), Some(DType::U8));
        assert_eq!(DType::parse(">u1"), Some(DType::U8));
        for code in [
            "", "u", "|O", "|O8", "<U3", "<u16", "u3", "<M8[ns]", "ü1", "S1", "f1",
        ] {
            assert_eq!(DType::parse(code), None, "{code}");
        }
    }

    #[test]
    fn bytes_in_place_and_ranges() {
        let array = |code: &str, bytes: &[u8]| {
            let dtype = DType::parse(code).unwrap();
            NdArray {
                dtype,
                shape: vec![1, bytes.len() / dtype.size],
                bytes: bytes.to_vec(),
            }
        };
        for (code, bytes, expected) in [
            ("u1", &[0, 255][..], Some(vec![0, 255])),
            ("<i2", &[7, 0, 255, 0], Some(vec![7, 255])),
            (">u4", &[0, 0, 0, 9], Some(vec![9])),
            ("<i2", &[0, 1], None),
            ("i1", &[255], None),
            ("<i2", &[255, 255], None),
            ("b1", &[1], None),
        ] {
            let array = array(code, bytes);
            assert_eq!(array.are_bytes(), expected.is_some(), "{code} {bytes:?}");
            if let Some(expected) = expected {
                assert_eq!(array.into_bytes(), expected, "{code} {bytes:?}");
            }
        }
        let halves: Vec<u8> = [0.5f32, 0.0, 1.0]
            .iter()
            .flat_map(|x| x.to_be_bytes())
            .collect();
        assert_eq!(array(">f4", &halves).range(), Some([0.0, 1.0]));
        assert_eq!(array(">f4", &halves).words(), "float32 of 1 x 3");
        assert_eq!(array("<f2", &halves).range(), None);
        assert_eq!(array("u1", &halves).range(), None);
    }

    #[test]
    fn integers_of_every_size_and_order() {
        let integers = |code, bytes: &[u8]| {
            let dtype = DType::parse(code).unwrap();
            let (shape, bytes) = (vec![bytes.len() / dtype.size], bytes.to_vec());
            NdArray {
                dtype,
                shape,
                bytes,
            }
            .integers()
        };
        assert_eq!(integers("u1", &[1, 255]), Some(vec![1, 255]));
        assert_eq!(integers("i1", &[1, 255]), Some(vec![1, -1]));
        assert_eq!(integers("<i2", &[1, 2, 0xfe, 0xff]), Some(vec![513, -2]));
        assert_eq!(integers(">i2", &[1, 2, 0xff, 0xfe]), Some(vec![258, -2]));
        assert_eq!(integers(">u4", &[0xff; 4]), Some(vec![u32::MAX.into()]));
        assert_eq!(
            integers("<i8", &i64::MIN.to_le_bytes()),
            Some(vec![i64::MIN])
        );
        assert_eq!(integers("<u8", &[0xff; 8]), None);
        assert_eq!(integers("<f4", &[0; 4]), None);
    }
}
