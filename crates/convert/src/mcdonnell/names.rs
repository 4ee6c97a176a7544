//! What variables are called.

/// A layer of a Keras network, by the number that its name ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    Conv(u64),
    Norm(u64),
}

/// The layer that a variable of the Keras layout is, if it is one.
pub(super) fn layer(name: &str) -> Option<Layer> {
    for prefix in ["conv2d", "binary_conv2d"] {
        if let Some(number) = name.strip_prefix(prefix).and_then(number) {
            return Some(Layer::Conv(number));
        }
    }
    let rest = name.strip_prefix("batch_normalization")?;
    let rest = rest
        .strip_prefix("_v1")
        .or(rest.strip_prefix("_v2"))
        .unwrap_or(rest);
    number(rest).map(Layer::Norm)
}

/// The number of `_12`; 0 of nothing.
fn number(rest: &str) -> Option<u64> {
    if rest.is_empty() {
        return Some(0);
    }
    let digits = rest.strip_prefix('_')?;
    // `parse` alone would take `+1` too.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// The weights of the MATLAB layout: of residual networks, and of plain ones.
pub(super) const WEIGHTS: [&str; 2] = ["BinaryWeights", "BooleanSingleBitWeights"];
/// A scale per convolution.
pub(super) const SCALES: &[&str] = &["LayerWeights", "LayerScales"];
/// Mean and standard deviation of each norm.
pub(super) const MOMENTS: &[&str] = &["Moments", "BN_Moments", "AllMoments"];
/// The factor of each norm.
pub(super) const GAMMAS: &[&str] = &["BNG", "BN_Scales", "Scales"];
/// What each norm adds.
pub(super) const BETAS: &[&str] = &["BNB", "BN_Offsets", "Offsets"];
/// A stride per convolution.
pub(super) const STRIDE: &[&str] = &["Stride"];
/// Pixels of padding per convolution.
pub(super) const PADDING: &[&str] = &["Padding"];
/// The history of the test accuracy, in percent; not every file has it.
pub(super) const ACCURACY: &str = "PercentCorrectTest";

/// Whether the MATLAB layout has such a variable.
pub(super) fn is_matlab(name: &str) -> bool {
    let lists = [SCALES, MOMENTS, GAMMAS, BETAS, STRIDE, PADDING, &WEIGHTS];
    name == ACCURACY || lists.iter().any(|names| names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_keras() {
        for (name, expected) in [
            ("conv2d", Some(Layer::Conv(0))),
            ("conv2d_19", Some(Layer::Conv(19))),
            ("binary_conv2d_3", Some(Layer::Conv(3))),
            ("batch_normalization", Some(Layer::Norm(0))),
            ("batch_normalization_7", Some(Layer::Norm(7))),
            ("batch_normalization_v1", Some(Layer::Norm(0))),
            ("batch_normalization_v1_104", Some(Layer::Norm(104))),
            ("batch_normalization_v2_1", Some(Layer::Norm(1))),
            ("conv2d_transpose", None),
            ("conv2d_transpose_1", None),
            ("conv2d_", None),
            ("conv2d_+1", None),
            ("conv2d_-1", None),
            ("conv2d1", None),
            ("conv2d_99999999999999999999", None),
            ("depthwise_conv2d", None),
            ("dense", None),
            ("batch_normalization_v3_1", None),
        ] {
            assert_eq!(layer(name), expected, "{name}");
        }
    }
}
