//! How many images of a set are set aside: a number, or a share.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::DataError;

/// How many images of a set are set aside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// So many.
    Count(usize),
    /// This share, more than 0 and less than 1.
    Fraction(f64),
}

impl Part {
    /// No image.
    pub const NONE: Self = Self::Count(0);

    /// Whether it is no image.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// How many that is of `len` images; a share is rounded.
    pub fn of(self, len: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Fraction(share) => (share * len as f64).round() as usize,
        }
    }

    fn fraction(share: f64) -> Result<Self, DataError> {
        match share {
            0.0 => Ok(Self::NONE),
            share if share > 0.0 && share < 1.0 => Ok(Self::Fraction(share)),
            _ => Err(wrong(&share.to_string())),
        }
    }
}

fn wrong(found: &str) -> DataError {
    DataError::Option {
        option: "part",
        expected: "a whole number of images, or a share between 0 and 1".into(),
        found: found.into(),
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Fraction(share) => share.fmt(f),
        }
    }
}

impl FromStr for Part {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        if let Ok(count) = text.parse() {
            return Ok(Self::Count(count));
        }
        let share = text.parse().map_err(|_| wrong(text))?;
        Self::fraction(share)
    }
}

/// An integer or a float.
impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => count.serialize(serializer),
            Self::Fraction(share) => share.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Part;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number of images, or a share between 0 and 1")
            }

            fn visit_i64<E: de::Error>(self, count: i64) -> Result<Part, E> {
                let count = usize::try_from(count);
                count.map(Part::Count).map_err(|_| {
                    E::invalid_value(de::Unexpected::Other("a negative number"), &self)
                })
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<Part, E> {
                usize::try_from(count).map(Part::Count).map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, share: f64) -> Result<Part, E> {
                Part::fraction(share)
                    .map_err(|_| E::invalid_value(de::Unexpected::Float(share), &self))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_counts_and_a_share_is_rounded() {
        let parts = ["0", "200", "0.1", "0.0"].map(|text| text.parse::<Part>().unwrap());
        assert_eq!(parts.map(|part| part.of(1005)), [0, 200, 101, 0]);
        assert!(parts[0].is_none() && parts[3].is_none());
        for text in ["-1", "1.0", "1.5", "nan", "many", ""] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }

    #[test]
    fn serde_keeps_the_kind_of_number() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Table {
            part: Part,
        }
        for text in ["part = 200\n", "part = 0.1\n"] {
            let table: Table = toml::from_str(text).unwrap();
            assert_eq!(toml::to_string(&table).unwrap(), text);
        }
        for text in ["part = -1", "part = 1.5", "part = nan", "part = 'x'"] {
            assert!(toml::from_str::<Table>(text).is_err(), "{text}");
        }
    }
}
