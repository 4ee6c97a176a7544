//! A factor and an addend in fixed point.

use crate::RuntimeError;
use alloc::format;
use alloc::string::String;

/// Bits behind the point of [`Requantize::offset`].
pub const FRACTION: u8 = 12;

/// How much a line of 32 bits may err by, besides its rounding to an integer.
const ERROR: f64 = 1.0 / 16.0;

/// The largest result.
const MAX: f64 = (1u64 << 30) as f64;

/// y = ⌊(multiplier · x + offset · 2^(shift − 12)) / 2^shift⌋: a real factor and addend, rounded to the nearest
/// integer, halves up.
///
/// The multiplier has all the bits that 31 can hold, so the result is off by one only where the exact one lies within
/// 2⁻¹² or so of a half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requantize {
    /// The factor, times 2^shift.
    pub multiplier: i32,
    /// The addend and ½, times 2^[`FRACTION`].
    pub offset: i32,
    /// 12 to 61.
    pub shift: u8,
}

impl Requantize {
    /// A line for |x| ≤ `largest`, which is at most 2³¹. `part` is where the numbers come from.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Model`] when a result, or a number of the line, would not fit.
    pub(super) fn new(
        part: impl Fn() -> String,
        factor: f64,
        addend: f64,
        largest: f64,
    ) -> Result<Self, RuntimeError> {
        let addend_limit = (1u64 << 18) as f64;
        let fits = factor.abs() * largest + addend.abs() < MAX && addend.abs() < addend_limit;
        let fits = |shift: u8| {
            fits && (factor * power(shift)).abs() < f64::from(i32::MAX)
                && (addend.abs() + 1.0) * power(shift) < power(60)
        };
        match (FRACTION..=61).rev().find(|&shift| fits(shift)) {
            Some(shift) => Ok(Self {
                multiplier: rounded(factor * power(shift)) as i32,
                offset: rounded((addend + 0.5) * power(FRACTION)) as i32,
                shift,
            }),
            None => Err(RuntimeError::Model {
                part: part(),
                expected: "results below 2^30 steps of what comes next, and addends below 2^18: \
                           scales, norms and activation scales that belong together"
                    .into(),
                found: format!("{factor:e} times up to {largest}, plus {addend:e}"),
            }),
        }
    }

    /// A line whose arithmetic fits into 32 bits for |x| ≤ `largest` and errs by no more than [`ERROR`] where |y| ≤ 256,
    /// or one as [`new`](Self::new) makes it where none does.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub(super) fn narrow(
        part: impl Fn() -> String,
        factor: f64,
        addend: f64,
        largest: f64,
    ) -> Result<Self, RuntimeError> {
        let line = |shift: u8| Self {
            multiplier: rounded(factor * power(shift)) as i32,
            offset: rounded((addend + 0.5) * power(FRACTION)) as i32,
            shift,
        };
        // All bits of a number and its sign; NaN fits nowhere.
        let fits = |shift: &u8| {
            (factor.abs() * largest + addend.abs() + 1.0) * power(*shift) + largest < power(31)
        };
        // What the multiplier's rounding makes of the largest x that counts.
        let counts = match factor == 0.0 {
            true => 0.0,
            false => largest.min((256.0 + addend.abs()) / factor.abs()),
        };
        let errs = |line: &Self| counts / power(line.shift + 1);
        match (FRACTION..=30).rev().find(fits).map(line) {
            Some(line) if line.is_narrow(largest as i32) && errs(&line) <= ERROR => Ok(line),
            _ => Self::new(part, factor, addend, largest),
        }
    }

    /// Whether 32 bits hold all that is computed for |x| ≤ `largest`.
    pub fn is_narrow(&self, largest: i32) -> bool {
        let product = i64::from(self.multiplier).abs() * i64::from(largest);
        let shift = self.shift - FRACTION;
        // Offsets have 31 bits, so that a longer shift has left 32.
        shift < 32 && product + (i64::from(self.offset).abs() << shift) <= i64::from(i32::MAX)
    }

    /// y.
    #[inline(always)]
    pub fn at(&self, x: i32) -> i32 {
        let offset = i64::from(self.offset) << (self.shift - FRACTION);
        ((i64::from(self.multiplier) * i64::from(x) + offset) >> self.shift) as i32
    }
}

/// 2^exponent, without the standard library.
pub(super) fn power(exponent: u8) -> f64 {
    (1u64 << exponent) as f64
}

/// The nearest integer, halves up; |x| < 2⁶².
pub(super) fn rounded(x: f64) -> i64 {
    let whole = x as i64;
    let rest = x - whole as f64;
    match rest {
        _ if rest >= 0.5 => whole + 1,
        _ if rest < -0.5 => whole - 1,
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn line(factor: f64, addend: f64, largest: f64) -> Result<Requantize, RuntimeError> {
        Requantize::new(|| "a norm".into(), factor, addend, largest)
    }

    #[test]
    fn halves_are_rounded_up() {
        let half = line(0.5, 0.0, 100.0).unwrap();
        let found: [i32; 7] = core::array::from_fn(|i| half.at(i as i32 - 3));
        assert_eq!(found, [-1, -1, 0, 0, 1, 1, 2]);
        assert_eq!(
            [2.5, -2.5, -2.500001, 0.4, -0.6].map(rounded),
            [3, -2, -3, 0, -1]
        );
    }

    #[test]
    fn it_is_near_the_real_line_at_the_ends_of_its_range() {
        for (factor, addend, largest) in [
            (0.0, 0.0, 1.0),
            (1e-30, 3.25, 1e6),
            (-0.0123, 128.0, 16_711_680.0),
            (40.0, -262_000.0, 16_711_680.0),
            (511.9, 0.1, 2_097_152.0 - 1.0),
            (0.25, 0.0, 2_147_483_647.0),
        ] {
            let line = line(factor, addend, largest).unwrap();
            for x in [
                -largest,
                -largest / 3.0,
                -1.0,
                0.0,
                1.0,
                largest / 3.0,
                largest,
            ] {
                let x = x as i32;
                let expected = factor * f64::from(x) + addend;
                // Half for the rounding, and what the numbers of the line have lost.
                let tolerance = 0.5 + 1.0 / 4096.0 + expected.abs() / power(30);
                assert!(
                    (f64::from(line.at(x)) - expected).abs() <= tolerance,
                    "{line:?} at {x}"
                );
            }
        }
    }

    #[test]
    fn a_narrow_line_is_near_the_real_one_in_32_bits() {
        for (factor, addend, largest) in [
            (0.0, 0.0, 128.0),
            (5.1, -0.4, 128.0),
            (-0.05, 131.0, 146_880.0),
            (0.0031, 7.0, 36_720.0),
            (1e-9, 260.0, 36_720.0),
        ] {
            let line = Requantize::narrow(|| "a norm".into(), factor, addend, largest).unwrap();
            assert!(line.is_narrow(largest as i32), "{line:?}");
            for x in [-largest, -largest / 2.0, 0.0, 1.0, largest / 3.0, largest] {
                let x = x as i32;
                let expected = factor * f64::from(x) + addend;
                let offset = line.offset << (line.shift - FRACTION);
                let found = (line.multiplier * x + offset) >> line.shift;
                assert_eq!(found, line.at(x));
                let tolerance = 0.501 + f64::from(x).abs() / power(line.shift + 1);
                assert!(
                    expected.abs() > 256.0 || tolerance < 0.57,
                    "{line:?} at {x}"
                );
                assert!(
                    (f64::from(found) - expected).abs() <= tolerance,
                    "{line:?} at {x}"
                );
            }
        }
        // Where results are too many for 32 bits with 12 behind the point it is as wide as ever.
        let wide = Requantize::narrow(|| "a norm".into(), 40.0, 0.0, 36_720.0).unwrap();
        assert_eq!(wide, line(40.0, 0.0, 36_720.0).unwrap());
        assert!(!wide.is_narrow(36_720));
        // Nor where the addend leaves the factor too few bits.
        let far = Requantize::narrow(|| "a norm".into(), 0.4, 200_000.0, 36_720.0).unwrap();
        assert_eq!(far, line(0.4, 200_000.0, 36_720.0).unwrap());
        assert!(Requantize::narrow(|| "a norm".into(), f64::NAN, 0.0, 1.0).is_err());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (factor, addend) in [
            (1e9, 0.0),
            (1.0, 3e5),
            (f64::INFINITY, 0.0),
            (0.0, f64::NAN),
        ] {
            let error = line(factor, addend, 16.0).unwrap_err().to_string();
            assert!(error.contains("a norm"), "{error}");
        }
    }
}
