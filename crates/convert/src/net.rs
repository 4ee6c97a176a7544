//! The hint `--net`: what the name of a network says about files that leave it open.

use crate::ConvertError;

/// A family of networks, as the first word of a name has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `wrn-DEPTH-WIDTH`: residual.
    Wide,
    /// `plain-DEPTH-WIDTH`: no skip connections.
    Plain,
    /// `srelu-DEPTH-WIDTH`: residual, no norms but the input's, max(−1, x).
    ShiftedRelu,
    /// `resnet-18-WIDTH`: residual, with a 7×7 convolution and a max pool first.
    ResNet18,
}

/// The family of a name such as `wrn-20-10`. Depth and width are compared later with what the file
/// holds; here they only have to be numbers.
pub(crate) fn family(name: &str) -> Result<Family, ConvertError> {
    let parse = || {
        let mut words = name.split('-');
        let family = match words.next()? {
            "wrn" => Family::Wide,
            "plain" => Family::Plain,
            "srelu" => Family::ShiftedRelu,
            "resnet" => Family::ResNet18,
            _ => return None,
        };
        let depth: u32 = words.next()?.parse().ok()?;
        let width: f64 = words.next()?.parse().ok()?;
        let fits = depth > 0 && width > 0.0 && words.next().is_none();
        fits.then_some(family)
    };
    parse().ok_or_else(|| ConvertError::NetName { found: name.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(family("wrn-20-10").unwrap(), Family::Wide);
        assert_eq!(family("plain-20-4").unwrap(), Family::Plain);
        assert_eq!(family("srelu-20-10").unwrap(), Family::ShiftedRelu);
        assert_eq!(family("resnet-18-2.5").unwrap(), Family::ResNet18);
        for wrong in [
            "",
            "wrn",
            "wrn-20",
            "wrn-20-4-1",
            "vgg-16-1",
            "wrn-0-1",
            "wrn-20-nan",
        ] {
            let error = family(wrong).unwrap_err().to_string();
            assert!(error.contains(&format!("found `{wrong}`")), "{error}");
        }
    }
}
