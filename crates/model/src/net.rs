//! The names of networks: `wrn-20-4` is a wide residual network of depth 20 and width 4.

use std::fmt;
use std::str::FromStr;

use crate::ModelError;

/// A network by name, as flags, configs and file names write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetName {
    /// Number of convolutions, 6n+2.
    pub depth: usize,
    /// The first stage has `16 · width` channels.
    pub width: usize,
}

/// The deepest network that is accepted, so that a typing error such as `wrn-20000-1` ends with a
/// message. Whether the machine has the memory is another question.
const MAX_DEPTH: usize = 1202;
/// The widest network that is accepted: 16,384 channels in its last stage.
const MAX_WIDTH: usize = 256;

impl NetName {
    /// A wide residual network.
    ///
    /// # Errors
    ///
    /// [`ModelError::Depth`] when `depth` is not 6n+2 with n ≥ 1 (and at most 1202),
    /// [`ModelError::Width`] when `width` is 0 or above 256.
    pub fn new(depth: usize, width: usize) -> Result<Self, ModelError> {
        if !(8..=MAX_DEPTH).contains(&depth) || !(depth - 2).is_multiple_of(6) {
            return Err(ModelError::Depth { found: depth });
        }
        if width == 0 || width > MAX_WIDTH {
            return Err(ModelError::Width { found: width });
        }
        Ok(Self { depth, width })
    }

    /// n of depth = 6n+2: the residual blocks of each of the three stages.
    pub fn blocks_per_stage(&self) -> usize {
        (self.depth - 2) / 6
    }
}

impl fmt::Display for NetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrn-{}-{}", self.depth, self.width)
    }
}

impl FromStr for NetName {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        let unknown = || ModelError::UnknownNet { found: name.into() };
        let (depth, width) = name
            .strip_prefix("wrn-")
            .and_then(|rest| rest.split_once('-'))
            .ok_or_else(unknown)?;
        // `parse` would take "+20" as well; one network has one name.
        if !depth
            .bytes()
            .chain(width.bytes())
            .all(|b| b.is_ascii_digit())
        {
            return Err(unknown());
        }
        let number = |digits: &str| digits.parse().map_err(|_| unknown());
        Self::new(number(depth)?, number(width)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in ["wrn-8-1", "wrn-20-4", "wrn-26-10"] {
            assert_eq!(name.parse::<NetName>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            "wrn",
            "wrn-20",
            "wrn-20-4-1",
            "wrn-+20-4",
            "wrn--20-4",
            "resnet-20-4",
        ] {
            let error = name.parse::<NetName>().unwrap_err();
            assert!(
                matches!(error, ModelError::UnknownNet { .. }),
                "{name}: {error}"
            );
        }
        for name in ["wrn-2-1", "wrn-19-1", "wrn-21-4", "wrn-20000-1", "wrn-0-1"] {
            let error = name.parse::<NetName>().unwrap_err();
            assert!(matches!(error, ModelError::Depth { .. }), "{name}: {error}");
        }
        for name in ["wrn-20-0", "wrn-20-257"] {
            let error = name.parse::<NetName>().unwrap_err();
            assert!(matches!(error, ModelError::Width { .. }), "{name}: {error}");
        }
    }
}
