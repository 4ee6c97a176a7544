//! Numbers of every class, out of every type they may be stored in.

use super::element::{ByteOrder, Elements, Tag};
use crate::DataError;

/// A number as stored, on its way to another type.
#[derive(Clone, Copy)]
enum Number {
    Whole(i128),
    Real(f64),
}

macro_rules! numbers {
    ($($variant:ident $type:ident class $class:literal stored $stored:literal $kind:ident,)*) => {
        /// Numbers of one type.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)] // A variant's name is that of its type.
        pub enum Numbers {
            $($variant(Vec<$type>),)*
        }

        impl Numbers {
            /// How many.
            pub fn len(&self) -> usize {
                match self {
                    $(Self::$variant(numbers) => numbers.len(),)*
                }
            }

            /// The type's name, as in Rust.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => stringify!($type),)*
                }
            }

            /// All numbers as `f64`; 64-bit integers beyond 2⁵³ are rounded.
            pub fn to_f64s(&self) -> Vec<f64> {
                match self {
                    $(Self::$variant(numbers) => numbers.iter().map(|&n| n as f64).collect(),)*
                }
            }

            /// No numbers yet, of a MATLAB class.
            pub(super) fn empty(class: u8) -> Option<Self> {
                match class {
                    $($class => Some(Self::$variant(Vec::new())),)*
                    _ => None,
                }
            }

            /// Bytes of one number.
            fn size(&self) -> u64 {
                match self {
                    $(Self::$variant(_) => size_of::<$type>() as u64,)*
                }
            }

            /// Appends the numbers of `bytes`, stored in type `stored`.
            fn extend(&mut self, stored: u32, order: ByteOrder, bytes: &[u8]) -> Result<(), String> {
                match self {
                    $(Self::$variant(numbers) => {
                        if stored == $stored {
                            numbers.extend(bytes.chunks_exact(size_of::<$type>()).map(|bytes| {
                                decode!($type, order, bytes)
                            }));
                            return Ok(());
                        }
                        for bytes in bytes.chunks_exact(stored_size(stored).unwrap_or(1)) {
                            let number = stored_number(stored, order, bytes);
                            numbers.push(convert!($kind, $type, number).ok_or_else(|| {
                                let number = match number {
                                    Number::Whole(number) => number.to_string(),
                                    Number::Real(number) => number.to_string(),
                                };
                                format!("{number}, which {} cannot hold", stringify!($type))
                            })?);
                        }
                    })*
                }
                Ok(())
            }
        }

        /// Bytes of a stored number, if `stored` is a type of numbers.
        fn stored_size(stored: u32) -> Option<usize> {
            match stored {
                $($stored => Some(size_of::<$type>()),)*
                _ => None,
            }
        }

        fn stored_number(stored: u32, order: ByteOrder, bytes: &[u8]) -> Number {
            match stored {
                $($stored => number!($kind, decode!($type, order, bytes)),)*
                _ => Number::Whole(0),
            }
        }
    };
}

macro_rules! decode {
    ($type:ident, $order:expr, $bytes:expr) => {{
        let mut array = [0; size_of::<$type>()];
        array.copy_from_slice($bytes);
        match $order {
            ByteOrder::Little => $type::from_le_bytes(array),
            ByteOrder::Big => $type::from_be_bytes(array),
        }
    }};
}

macro_rules! number {
    (whole, $value:expr) => {
        Number::Whole($value.into())
    };
    (real, $value:expr) => {
        Number::Real($value.into())
    };
}

/// The same number in another type, or `None` if it has no exact equal there.
macro_rules! convert {
    (whole, $type:ident, $number:expr) => {
        match $number {
            Number::Whole(number) => $type::try_from(number).ok(),
            Number::Real(number) => {
                // The cast saturates; what it changed does not come back equal. Beyond 2^53 a
                // saturated bound would, rounded: hence the way over i128, which holds all.
                let whole = number as i128;
                let same = whole as f64 == number;
                if same {
                    $type::try_from(whole).ok()
                } else {
                    None
                }
            }
        }
    };
    (real, $type:ident, $number:expr) => {
        match $number {
            Number::Whole(number) => {
                let real = number as $type;
                if real as i128 == number {
                    Some(real)
                } else {
                    None
                }
            }
            Number::Real(number) => {
                let real = number as $type;
                if f64::from(real) == number || number.is_nan() {
                    Some(real)
                } else {
                    None
                }
            }
        }
    };
}

numbers! {
    F64 f64 class 6 stored 9 real,
    F32 f32 class 7 stored 7 real,
    I8 i8 class 8 stored 1 whole,
    U8 u8 class 9 stored 2 whole,
    I16 i16 class 10 stored 3 whole,
    U16 u16 class 11 stored 4 whole,
    I32 i32 class 12 stored 5 whole,
    U32 u32 class 13 stored 6 whole,
    I64 i64 class 14 stored 12 whole,
    U64 u64 class 15 stored 13 whole,
}

impl Numbers {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads `count` numbers of `class`, a MATLAB class of numbers.
    pub(super) fn read(
        elements: &mut Elements<'_, '_>,
        tag: Tag,
        class: u8,
        count: usize,
        left: &mut u64,
    ) -> Result<Self, DataError> {
        let (Some(size), Some(mut numbers)) = (stored_size(tag.kind), Self::empty(class)) else {
            let found = format!("element type {} for class {class}", tag.kind);
            return Err(elements.malformed("numbers", "a type of numbers", found));
        };
        let size = size as u64;
        if (count as u64).checked_mul(size) != Some(tag.len) {
            let expected = format!("{count} of {size} bytes");
            return Err(elements.malformed("numbers", expected, format!("{} bytes", tag.len)));
        }
        if let (Self::U8(bytes), 2) = (&mut numbers, tag.kind) {
            // Images and bits, the bulk of all files, come without a copy.
            *bytes = std::mem::take(&mut elements.onto.reached);
            elements.content_onto(bytes, tag, left)?;
            return Ok(numbers);
        }
        let bytes = (count as u64).saturating_mul(numbers.size().max(size));
        elements.budget.charge(elements.input.path(), bytes)?;
        let order = elements.order;
        elements.chunks(tag, left, &mut |chunk| {
            numbers.extend(tag.kind, order, chunk)
        })?;
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_change_their_type_only_without_loss() {
        let extend = |class: u8, stored: u32, bytes: &[u8]| {
            let mut numbers = Numbers::empty(class).unwrap();
            numbers
                .extend(stored, ByteOrder::Little, bytes)
                .map(|()| numbers)
        };
        assert_eq!(extend(6, 1, &[0xff]), Ok(Numbers::F64(vec![-1.0])));
        let bytes = f64::to_le_bytes;
        assert_eq!(extend(9, 9, &bytes(255.0)), Ok(Numbers::U8(vec![255])));
        for wrong in [256.0, -1.0, 0.5, f64::NAN, f64::INFINITY] {
            let error = extend(9, 9, &bytes(wrong)).unwrap_err();
            assert!(error.contains("which u8 cannot hold"), "{error}");
        }
        // 2^64 saturates to u64::MAX, which as f64 is 2^64 again.
        assert!(extend(15, 9, &bytes(18_446_744_073_709_551_616.0)).is_err());
        assert!(extend(6, 13, &u64::MAX.to_le_bytes()).is_err());
        assert_eq!(extend(7, 9, &bytes(0.5)), Ok(Numbers::F32(vec![0.5])));
        assert!(extend(7, 9, &bytes(0.1)).is_err());
    }

    #[test]
    fn both_byte_orders() {
        let mut numbers = Numbers::empty(11).unwrap();
        numbers.extend(4, ByteOrder::Big, &[1, 2]).unwrap();
        numbers.extend(4, ByteOrder::Little, &[1, 2]).unwrap();
        numbers.extend(3, ByteOrder::Big, &[0, 7]).unwrap();
        assert_eq!(numbers, Numbers::U16(vec![0x0102, 0x0201, 7]));
        assert_eq!(numbers.to_f64s(), [258.0, 513.0, 7.0]);
    }
}
