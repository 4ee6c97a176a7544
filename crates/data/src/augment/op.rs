//! The table of operations.

use std::fmt;

use word_list::word_list;

use crate::DataError;

word_list! {
    /// What can be done to training images. The numbers are part of what random numbers are
    /// addressed by: new ones come last.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum AugmentOp {
        /// A crop of the image padded with random pixels.
        Crop = "crop",
        /// The mirror image, of half the images.
        Flip = "flip",
        /// One square of random pixels.
        Cutout = "cutout",
        /// A rotation.
        Rotate = "rotate",
        /// A shift.
        Shift = "shift",
        /// A scaling.
        Scale = "scale",
        /// A factor to all pixels.
        Brightness = "brightness",
        /// A factor to the distances from the mean.
        Contrast = "contrast",
        /// Random numbers added to the pixels.
        Noise = "noise",
        /// A mean with another image.
        Mixup = "mixup",
    }
}

/// The strengths that an operation takes: 0, which leaves images as they are, to `max`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Strength {
    /// What it is counted in.
    pub unit: &'static str,
    /// The strength of an operation that is named without one.
    pub default: f64,
    /// The greatest.
    pub max: f64,
    /// Whether it is a whole number.
    pub whole: bool,
}

impl Strength {
    const fn whole(unit: &'static str, default: f64, max: f64) -> Self {
        let whole = true;
        Self {
            unit,
            default,
            max,
            whole,
        }
    }

    const fn real(unit: &'static str, default: f64, max: f64) -> Self {
        let whole = false;
        Self {
            unit,
            default,
            max,
            whole,
        }
    }
}

impl fmt::Display for Strength {
    /// `0 to 180 degrees`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.whole { "a whole number, " } else { "" };
        let unit = match self.unit {
            "" => "",
            "%" => " %",
            unit => &format!(" {unit}"),
        };
        write!(f, "{whole}0 to {}{unit}", self.max)
    }
}

impl AugmentOp {
    /// The strengths that it takes; `flip` takes none.
    pub fn strength(self) -> Option<Strength> {
        Some(match self {
            Self::Crop => Strength::whole("pixels", 4.0, 1024.0),
            Self::Flip => return None,
            Self::Cutout => Strength::whole("pixels", 18.0, 1024.0),
            Self::Rotate => Strength::real("degrees", 15.0, 180.0),
            Self::Shift => Strength::real("%", 10.0, 100.0),
            Self::Scale => Strength::real("%", 10.0, 90.0),
            Self::Brightness | Self::Contrast => Strength::real("%", 20.0, 100.0),
            Self::Noise => Strength::real("of 255", 8.0, 128.0),
            Self::Mixup => Strength::real("", 0.2, 4.0),
        })
    }

    /// What it does, with N for its strength.
    pub fn about(self) -> &'static str {
        match self {
            Self::Crop => "pads each side by N random pixels, and crops at a random place",
            Self::Flip => "mirrors half the images left-right",
            Self::Cutout => "fills one square of side N with random pixels",
            Self::Rotate => "rotates by up to N either way",
            Self::Shift => "shifts by up to N of the width and of the height, either way",
            Self::Scale => "enlarges or shrinks by up to N",
            Self::Brightness => "multiplies all pixels by 1 ± up to N",
            Self::Contrast => {
                "multiplies the distance of all pixels from their mean by 1 ± up to N"
            }
            Self::Noise => "adds normal noise of deviation N to each value",
            Self::Mixup => {
                "mixes with another image, and their labels alike, by shares from Beta(N, N)"
            }
        }
    }

    /// A strength as thousandths of its unit.
    ///
    /// # Errors
    ///
    /// [`DataError::Option`] that names the range, for a strength outside of it.
    pub(super) fn thousandths(self, text: &str) -> Result<u32, DataError> {
        let wrong = |expected: String| DataError::Option {
            option: self.name(),
            expected,
            found: text.into(),
        };
        let Some(range) = self.strength() else {
            return Err(wrong("no strength".into()));
        };
        match text.parse::<f64>() {
            Ok(value)
                if (0.0..=range.max).contains(&value)
                    && (!range.whole || value == value.trunc()) =>
            {
                Ok((value * 1000.0).round() as u32)
            }
            _ => Err(wrong(range.to_string())),
        }
    }

    /// The thousandths of an operation that is named without a strength.
    pub(super) fn default_thousandths(self) -> u32 {
        let default = self.strength().map_or(1.0, |range| range.default);
        (default * 1000.0).round() as u32
    }
}
