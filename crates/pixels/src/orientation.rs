//! How a picture is turned before it is shown.

use crate::PixelsError;

/// How a picture is turned before it is shown: EXIF's tag 274, from 1 to 8.
///
/// The pixel that viewers show at `(x, y)` is stored in column `a` and row `b`. With `W` and `H` the
/// sides as stored:
///
/// | EXIF | `a` | `b` | the stored picture is |
/// | --- | --- | --- | --- |
/// | 1 | `x` | `y` | shown as it is |
/// | 2 | `W − 1 − x` | `y` | mirrored, left and right |
/// | 3 | `W − 1 − x` | `H − 1 − y` | turned by 180° |
/// | 4 | `x` | `H − 1 − y` | mirrored, above and below |
/// | 5 | `y` | `x` | transposed |
/// | 6 | `y` | `H − 1 − x` | turned by 90°, clockwise |
/// | 7 | `W − 1 − y` | `H − 1 − x` | transposed along the other diagonal |
/// | 8 | `W − 1 − y` | `x` | turned by 90°, anticlockwise |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Orientation(u8);

impl Default for Orientation {
    fn default() -> Self {
        Self::UPRIGHT
    }
}

impl Orientation {
    /// Shown as it is stored.
    pub const UPRIGHT: Self = Self(1);

    /// The orientation of an EXIF number, 1 to 8.
    ///
    /// Files hold other numbers too, which mean nothing; viewers show such a picture as it is.
    ///
    /// # Errors
    ///
    /// Refused is any other number.
    pub fn from_exif(number: u16) -> Result<Self, PixelsError> {
        match u8::try_from(number) {
            Ok(orientation @ 1..=8) => Ok(Self(orientation)),
            _ => Err(PixelsError::Orientation { found: number }),
        }
    }

    /// Its EXIF number.
    pub fn exif(self) -> u8 {
        self.0
    }

    /// Whether rows become columns.
    pub(crate) fn transposes(self) -> bool {
        self.0 >= 5
    }

    /// Whether the columns as stored are counted from the right.
    pub(crate) fn mirrors_columns(self) -> bool {
        matches!(self.0, 2 | 3 | 7 | 8)
    }

    /// Whether the rows as stored are counted from below.
    pub(crate) fn mirrors_rows(self) -> bool {
        matches!(self.0, 3 | 4 | 6 | 7)
    }

    /// A pair of sides or axes, `[rows, columns]`, from shown to stored or back.
    pub(crate) fn sides<T: Copy>(self, [rows, columns]: [T; 2]) -> [T; 2] {
        if self.transposes() {
            [columns, rows]
        } else {
            [rows, columns]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_numbers_are_orientations() {
        for number in 0..=u16::MAX {
            let orientation = Orientation::from_exif(number);
            assert_eq!(orientation.is_ok(), (1..=8).contains(&number));
            assert!(
                orientation.is_ok_and(|it| u16::from(it.exif()) == number)
                    || !(1..=8).contains(&number)
            );
        }
        assert_eq!(Orientation::default(), Orientation::from_exif(1).unwrap());
    }
}
