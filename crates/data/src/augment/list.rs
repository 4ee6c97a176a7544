//! Augmentation as settings write it: a list of operations with their strengths.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{AugmentOp, AugmentSpec, Tone, Warp};
use crate::DataError;

/// What is done to training images: a list such as `crop,flip,rotate=15`, or a name for one.
///
/// As a text it is one of the [names](Self::NAMED) where it is what that stands for, else the
/// operations in the order of [`AugmentOp::ALL`], with the strengths that are not the usual ones. An
/// operation of strength 0 is not there.
///
/// ```
/// use data::{Augment, AugmentOp};
///
/// let augment: Augment = "rotate=10,flip,noise".parse()?;
/// assert_eq!(augment.to_string(), "flip,rotate=10,noise");
/// assert_eq!(augment.strength(AugmentOp::Noise), 8.0);
/// assert_eq!("flip,crop".parse::<Augment>()?.to_string(), "crop-flip");
/// # Ok::<(), data::DataError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Augment {
    /// In thousandths, in the order of [`AugmentOp::ALL`]; 0 for what is not done.
    strengths: [u32; AugmentOp::ALL.len()],
    /// Whether photographs are scaled and cropped at random.
    scale_crop: bool,
}

impl Augment {
    /// Images as they are.
    pub const NONE: Self = Self {
        strengths: [0; AugmentOp::ALL.len()],
        scale_crop: false,
    };
    /// Crop after padding by 4, as the paper has it for SVHN, whose digits have no mirror image.
    pub const CROP: Self = Self::NONE.and(AugmentOp::Crop, 4);
    /// The paper's "+": flip, and crop after padding by 4.
    pub const CROP_FLIP: Self = Self::CROP.and(AugmentOp::Flip, 1);
    /// The paper's "++": the same, then one patch of 18×18.
    pub const CROP_FLIP_CUTOUT: Self = Self::CROP_FLIP.and(AugmentOp::Cutout, 18);
    /// Photographs of any size (ImageNet): scaled so that the shorter side is 256 to 480, cropped to
    /// 224×224, flipped (He et al. 2016, section 3.4).
    pub const SCALE_CROP_FLIP: Self = Self {
        scale_crop: true,
        ..Self::NONE.and(AugmentOp::Flip, 1)
    };

    /// Names for some of them.
    pub const NAMED: [(&'static str, Self); 5] = [
        ("none", Self::NONE),
        ("crop", Self::CROP),
        ("crop-flip", Self::CROP_FLIP),
        ("crop-flip-cutout", Self::CROP_FLIP_CUTOUT),
        ("scale-crop-flip", Self::SCALE_CROP_FLIP),
    ];

    const fn and(mut self, op: AugmentOp, strength: u32) -> Self {
        self.strengths[op as usize] = 1000 * strength;
        self
    }

    /// Every word that a list can have: names, then operations.
    pub fn words() -> Vec<&'static str> {
        let names = Self::NAMED.map(|(name, _)| name);
        let operations = AugmentOp::WORDS.into_iter();
        let others = operations.filter(|word| !names.contains(word));
        names.into_iter().chain(others).collect()
    }

    /// The strength of an operation: 0 where it is not done, 1 for a flip.
    pub fn strength(self, op: AugmentOp) -> f64 {
        f64::from(self.strengths[op as usize]) / 1000.0
    }

    /// What it stands for.
    pub fn spec(self) -> AugmentSpec {
        let at = |op: AugmentOp| self.strengths[op as usize];
        let pixels = |op: AugmentOp| at(op) as usize / 1000;
        AugmentSpec {
            flip: at(AugmentOp::Flip) > 0,
            pad: pixels(AugmentOp::Crop),
            cutout: (at(AugmentOp::Cutout) > 0).then(|| pixels(AugmentOp::Cutout)),
            scale: self.scale_crop.then_some([256, 480]),
            warp: Warp {
                rotate: at(AugmentOp::Rotate),
                shift: at(AugmentOp::Shift),
                scale: at(AugmentOp::Scale),
            },
            tone: Tone {
                brightness: at(AugmentOp::Brightness),
                contrast: at(AugmentOp::Contrast),
                noise: at(AugmentOp::Noise),
            },
            mixup: at(AugmentOp::Mixup),
        }
    }

    /// Adds what a word of a list stands for.
    fn add(&mut self, word: &str) -> Result<(), DataError> {
        if let Some((_, named)) = Self::NAMED.iter().find(|(name, _)| *name == word) {
            for op in AugmentOp::ALL {
                if named.strengths[op as usize] > 0 {
                    self.set(op, named.strengths[op as usize])?;
                }
            }
            self.scale_crop |= named.scale_crop;
            return Ok(());
        }
        let (name, strength) = match word.split_once('=') {
            Some((name, strength)) => (name.trim_end(), Some(strength.trim_start())),
            None => (word, None),
        };
        let op = AugmentOp::ALL.into_iter().find(|op| op.name() == name);
        let op = op.ok_or_else(|| DataError::word("augment", &Self::words(), name))?;
        let strength =
            strength.map_or(Ok(op.default_thousandths()), |text| op.thousandths(text))?;
        self.set(op, strength)
    }

    fn set(&mut self, op: AugmentOp, thousandths: u32) -> Result<(), DataError> {
        match self.strengths[op as usize] {
            0 => self.strengths[op as usize] = thousandths,
            _ => return Err(wrong("each operation once", &format!("{op} twice"))),
        }
        Ok(())
    }
}

fn wrong(expected: &str, found: &str) -> DataError {
    DataError::Option {
        option: "augment",
        expected: expected.into(),
        found: found.into(),
    }
}

impl FromStr for Augment {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let mut augment = Self::NONE;
        let words: Vec<&str> = text.split(',').map(str::trim).collect();
        if words.len() > 1 && words.contains(&"none") {
            return Err(wrong("`none` alone, or operations", text));
        }
        words.into_iter().try_for_each(|word| augment.add(word))?;
        Ok(augment)
    }
}

impl fmt::Display for Augment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = Self::NAMED.iter().find(|(_, named)| named == self) {
            return f.pad(name);
        }
        let mut words = Vec::new();
        if self.scale_crop {
            words.push("scale-crop-flip".to_owned());
        }
        for op in AugmentOp::ALL {
            match self.strengths[op as usize] {
                0 => {}
                _ if op == AugmentOp::Flip && self.scale_crop => {}
                strength if strength == op.default_thousandths() => words.push(op.name().into()),
                _ => words.push(format!("{op}={}", self.strength(op))),
            }
        }
        f.pad(&words.join(","))
    }
}

impl Serialize for Augment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Augment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
