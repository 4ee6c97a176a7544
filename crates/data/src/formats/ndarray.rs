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

/// The bytes of an array, if they can be addressed.
pub(crate) fn byte_len(dtype: DType, shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(dtype.size, |bytes, &dim| bytes.checked_mul(dim))
}

impl NdArray {
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
