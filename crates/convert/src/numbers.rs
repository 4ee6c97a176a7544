//! Real numbers of a tensor, whatever their precision.

use runtime::format::Dtype;

/// The numbers as 32-bit ones: F16 and BF16 as they are, F64 rounded. `None` for other types.
pub(crate) fn singles(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    let halves = || bytes.as_chunks::<2>().0.iter().copied();
    let words = bytes.as_chunks::<4>().0.iter().copied();
    let doubles = bytes.as_chunks::<8>().0.iter().copied();
    match dtype {
        Dtype::F32 => Some(words.map(f32::from_le_bytes).collect()),
        Dtype::F64 => Some(
            doubles
                .map(|bytes| f64::from_le_bytes(bytes) as f32)
                .collect(),
        ),
        Dtype::F16 => Some(
            halves()
                .map(|bytes| half(u16::from_le_bytes(bytes)))
                .collect(),
        ),
        Dtype::BF16 => {
            let whole = |bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16);
            Some(halves().map(whole).collect())
        }
        _ => None,
    }
}

/// The numbers as 64-bit ones, all as they are. `None` for types that [`singles`] does not read.
pub(crate) fn doubles(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f64>> {
    let words = bytes.as_chunks::<8>().0.iter().copied();
    match dtype {
        Dtype::F64 => Some(words.map(f64::from_le_bytes).collect()),
        _ => Some(singles(dtype, bytes)?.into_iter().map(f64::from).collect()),
    }
}

/// How far a number of this type may be from what was rounded to it, as a share of it.
pub(crate) fn rounding(dtype: Dtype) -> f32 {
    match dtype {
        // Half a unit of the last of 11 and 8 binary digits.
        Dtype::F16 => f32::powi(2.0, -11),
        Dtype::BF16 => f32::powi(2.0, -8),
        _ => 0.0,
    }
}

/// A number of 16 bits: a sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = ((bits >> 10) & 0x1f, bits & 0x3ff);
    let size = match exponent {
        0 => f32::from(fraction) * f32::powi(2.0, -24),
        31 if fraction == 0 => f32::INFINITY,
        31 => f32::NAN,
        _ => f32::from(fraction + 0x400) * f32::powi(2.0, i32::from(exponent) - 25),
    };
    match bits >> 15 {
        0 => size,
        _ => -size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bits that IEEE 754 gives these numbers.
    #[test]
    fn numbers_of_each_type_are_read_as_they_are() {
        for (bits, number) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x83ff, -6.097_555e-5),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            let bytes = u16::to_le_bytes(bits);
            assert_eq!(singles(Dtype::F16, &bytes).unwrap(), [number], "{bits:x}");
        }
        assert!(half(0x8000).is_sign_negative());
        assert!(half(0x7e00).is_nan());
        let read = singles(Dtype::BF16, &[0x80, 0x3f, 0xc0, 0xbf]).unwrap();
        assert_eq!(read, [1.0, -1.5]);
        let third = f64::to_le_bytes(1.0 / 3.0);
        assert_eq!(doubles(Dtype::F64, &third).unwrap(), [1.0 / 3.0]);
        assert_eq!(singles(Dtype::F64, &third).unwrap(), [1.0f32 / 3.0]);
        assert_eq!(singles(Dtype::I32, &[0; 4]), None);
    }
}
