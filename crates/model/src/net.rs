//! The names of networks: `wrn-20-4` is a wide residual network of depth 20 and width 4.

use std::fmt;
use std::str::FromStr;

use crate::ModelError;

/// A network by name, as flags, configs and file names write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetName {
    /// `wrn-DEPTH-WIDTH`: the paper's pre-activation wide residual network.
    Wide(Size),
    /// `plain-DEPTH-WIDTH`: the same without skip connections (the paper's figure 7).
    Plain(Size),
    /// `srelu-DEPTH-WIDTH`: the same without batch norms but the input's, and with the shifted
    /// ReLU max(−1, x) (arXiv 1907.06916).
    ShiftedRelu(Size),
    /// `resnet-18-WIDTH`: the 18-layer network for ImageNet, with a first stage of 64·WIDTH
    /// channels; `resnet-18-2.5` is the paper's.
    ResNet18 {
        /// Twice the width, so that 2.5 is 5.
        half_widths: usize,
    },
}

/// Depth and width of a network with three stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    depth: usize,
    width: usize,
}

/// The deepest network that is accepted, so that a typing error such as `wrn-20000-1` ends with a
/// message. Whether the machine has the memory is another question.
const MAX_DEPTH: usize = 1202;
/// The widest network that is accepted: 16,384 channels in its last stage.
const MAX_WIDTH: usize = 256;

impl Size {
    /// A depth and a width.
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
            let found = width.to_string();
            return Err(ModelError::Width { found });
        }
        Ok(Self { depth, width })
    }

    /// Number of convolutions, 6n+2.
    pub fn depth(self) -> usize {
        self.depth
    }

    /// The first stage has `16 · width` channels.
    pub fn width(self) -> usize {
        self.width
    }

    /// n of depth = 6n+2: the blocks of each of the three stages.
    pub fn blocks_per_stage(self) -> usize {
        (self.depth - 2) / 6
    }
}

impl NetName {
    /// A wide residual network.
    ///
    /// # Errors
    ///
    /// As [`Size::new`].
    pub fn wide(depth: usize, width: usize) -> Result<Self, ModelError> {
        Ok(Self::Wide(Size::new(depth, width)?))
    }
}

impl fmt::Display for NetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (family, Size { depth, width }) = match self {
            Self::Wide(size) => ("wrn", size),
            Self::Plain(size) => ("plain", size),
            Self::ShiftedRelu(size) => ("srelu", size),
            Self::ResNet18 { half_widths } => {
                return write!(f, "resnet-18-{}", *half_widths as f64 / 2.0);
            }
        };
        write!(f, "{family}-{depth}-{width}")
    }
}

impl FromStr for NetName {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        let unknown = || ModelError::UnknownNet { found: name.into() };
        let (family, rest) = name.split_once('-').ok_or_else(unknown)?;
        let (depth, width) = rest.split_once('-').ok_or_else(unknown)?;
        // `parse` would take "+20" as well; one network has one name.
        let number = |digits: &str| -> Result<usize, ModelError> {
            let padded = digits.len() > 1 && digits.starts_with('0');
            if digits.is_empty() || padded || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(unknown());
            }
            digits.parse().map_err(|_| unknown())
        };
        let size = || Size::new(number(depth)?, number(width)?);
        match family {
            "wrn" => Ok(Self::Wide(size()?)),
            "plain" => Ok(Self::Plain(size()?)),
            "srelu" => Ok(Self::ShiftedRelu(size()?)),
            "resnet" if depth == "18" => {
                let half_widths = match width.split_once('.') {
                    None => number(width)?.saturating_mul(2),
                    Some((whole, "5")) => number(whole)?.saturating_mul(2).saturating_add(1),
                    Some(_) => {
                        let found = width.into();
                        return Err(ModelError::Width { found });
                    }
                };
                if half_widths == 0 || half_widths > 2 * MAX_WIDTH {
                    let found = width.into();
                    return Err(ModelError::Width { found });
                }
                Ok(Self::ResNet18 { half_widths })
            }
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in [
            "wrn-8-1",
            "wrn-20-4",
            "wrn-26-10",
            "plain-20-4",
            "srelu-20-10",
            "resnet-18-2.5",
            "resnet-18-1",
        ] {
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
            "wrn-20-2.5",
            "wrn-020-4",
            "resnet-20-4",
            "resnet-18-x",
            "resnet-18-.5",
        ] {
            let error = name.parse::<NetName>().unwrap_err();
            assert!(
                matches!(error, ModelError::UnknownNet { .. }),
                "{name}: {error}"
            );
        }
        for name in [
            "wrn-2-1",
            "wrn-19-1",
            "plain-21-4",
            "wrn-20000-1",
            "srelu-0-1",
        ] {
            let error = name.parse::<NetName>().unwrap_err();
            assert!(matches!(error, ModelError::Depth { .. }), "{name}: {error}");
        }
        for name in [
            "wrn-20-0",
            "wrn-20-257",
            "resnet-18-0",
            "resnet-18-2.25",
            "resnet-18-999",
        ] {
            let error = name.parse::<NetName>().unwrap_err();
            assert!(matches!(error, ModelError::Width { .. }), "{name}: {error}");
        }
    }
}
