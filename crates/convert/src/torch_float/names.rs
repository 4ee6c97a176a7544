//! What the port calls the layers of a network.

use runtime::Conv;

use crate::ConvertError;

/// The parts of a norm.
pub(super) const PARTS: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];

/// The norm of the input, which the port does not have.
pub(super) const INPUT_NORM: &str = "bn_in";

/// The names of a network's layers.
pub(super) struct Names {
    /// One for each convolution.
    pub(super) convs: Vec<String>,
    /// One for each place of a norm.
    pub(super) norms: Vec<String>,
}

impl Names {
    /// The names for these convolutions, whose weights do not matter.
    pub(super) fn new(convs: &[Conv]) -> Result<Self, ConvertError> {
        let count = convs.len();
        if count < 2 || !count.is_multiple_of(2) {
            return Err(ConvertError::Export {
                part: "network".into(),
                expected: "a first convolution, pairs, and a last one, as PyTorch's names have it"
                    .into(),
                found: format!("{count} convolutions"),
                hint: "export it in another form",
            });
        }
        let mut names = Self {
            convs: vec!["conv0".into()],
            norms: vec![INPUT_NORM.into()],
        };
        let (mut group, mut block) = (0, 0);
        for (index, pair) in convs[1..count - 1].chunks_exact(2).enumerate() {
            if index > 0 && pair.iter().any(|conv| conv.stride == 2) {
                (group, block) = (group + 1, 0);
            }
            for part in 0..2 {
                let name = |kind| format!("group{group}.block{block}.{kind}{part}");
                names.convs.push(name("conv"));
                names.norms.push(name("bn"));
            }
            block += 1;
        }
        names.convs.push("conv_last".into());
        names.norms.extend(["bn".into(), "bn_last".into()]);
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::Weights;

    fn conv(stride: usize) -> Conv {
        Conv {
            in_channels: 1,
            out_channels: 1,
            kernel: 3,
            stride,
            weights: Weights::Real(Vec::new()),
        }
    }

    #[test]
    fn a_group_begins_where_the_size_is_halved() {
        let strides = [1, 1, 1, 1, 1, 2, 1, 1, 2, 1];
        let names = Names::new(&strides.map(conv)).unwrap();
        let blocks = [
            "group0.block0",
            "group0.block1",
            "group1.block0",
            "group2.block0",
        ];
        let layers = |kind: &str, first: &[&str], last: &[&str]| -> Vec<String> {
            let inner = blocks
                .iter()
                .flat_map(|block| [0, 1].map(|part| format!("{block}.{kind}{part}")));
            let ends = |names: &[&str]| {
                names
                    .iter()
                    .map(|name| name.to_string())
                    .collect::<Vec<_>>()
            };
            ends(first)
                .into_iter()
                .chain(inner)
                .chain(ends(last))
                .collect()
        };
        assert_eq!(names.convs, layers("conv", &["conv0"], &["conv_last"]));
        assert_eq!(names.norms, layers("bn", &["bn_in"], &["bn", "bn_last"]));
        assert!(Names::new(&[1, 1, 1].map(conv)).is_err());
    }
}
