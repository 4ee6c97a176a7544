//! The tensors of a state dict as convolutions and norms.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

use runtime::format::{Container, Dtype, TensorInfo, describe};
use runtime::{Affine, Conv, Scale, Weights};

use super::Blocks;
use crate::numbers::{doubles, singles};
use crate::{ConvertError, prefix};

/// Of every batch norm.
const EPSILON: f64 = 1e-5;

pub(super) struct Tensors<'a> {
    path: &'a Path,
    container: Container<'a>,
    /// What all names begin with, such as `module.`, or nothing.
    prefix: String,
    names: Vec<String>,
    blocks: Blocks,
    /// Convolutions of the blocks that have numbers of many sizes, and how many these are.
    latent: Cell<(usize, usize)>,
}

/// The parts of a norm; the last is a counter of the training.
const NORM_PARTS: [&str; 5] = [
    "running_mean",
    "running_var",
    "weight",
    "bias",
    "num_batches_tracked",
];

impl<'a> Tensors<'a> {
    /// The tensors of `container`, all of whose names must be those of the port.
    pub(super) fn new(
        path: &'a Path,
        container: Container<'a>,
        blocks: Blocks,
    ) -> Result<Self, ConvertError> {
        let mut names = container.names();
        let prefix = prefix::common(&names).to_owned();
        for name in &mut names {
            let rest = name.strip_prefix(&*prefix).filter(|rest| is_known(rest));
            let Some(rest) = rest else {
                return Err(ConvertError::Variable {
                    path: path.to_owned(),
                    name: name.chars().take(60).collect(),
                    expected: format!(
                        "only `{0}conv0`, `{0}group0.block0.bn0.running_mean` and the like",
                        short(&prefix)
                    ),
                    found: "another tensor".into(),
                });
            };
            *name = rest.to_string();
        }
        Ok(Self {
            path,
            container,
            prefix,
            names,
            blocks,
            latent: Cell::default(),
        })
    }

    /// Groups and blocks in order: without gaps, because a missing one would go unnoticed.
    pub(super) fn blocks(&self) -> Result<Vec<(usize, usize)>, ConvertError> {
        let blocks: BTreeSet<_> = self.names.iter().filter_map(|name| block(name)).collect();
        let missing = |(group, number): (usize, usize)| {
            let name = format!("group{group}.block{number}.conv0");
            self.wrong(&name, "3 groups of blocks, counted from 0", "none")
        };
        let mut next = (0, 0);
        for &(group, number) in &blocks {
            // After at least one block, another group may begin.
            if group > next.0 && next.1 > 0 {
                next = (next.0 + 1, 0);
            }
            if (group, number) != next {
                return Err(missing(next));
            }
            next.1 += 1;
        }
        match next {
            (2, 1..) => {}
            (group, 1..) if group < 2 => return Err(missing((group + 1, 0))),
            _ => return Err(missing(next)),
        }
        Ok(blocks.into_iter().collect())
    }

    /// A convolution that reads `in_channels`, with stride 1.
    pub(super) fn conv(&self, name: &str, in_channels: usize) -> Result<Conv, ConvertError> {
        let (info, bytes) = self.tensor(name)?;
        let expected = || {
            let packed = in_channels.div_ceil(8);
            format!("U8 [out, {packed}, k, k] or F32 [out, {in_channels}, k, k]")
        };
        let wrong = || self.wrong(name, expected(), describe(info));
        let &[out_channels, inner, kernel, columns] = info.shape.as_slice() else {
            return Err(wrong());
        };
        if kernel != columns || out_channels == 0 || kernel == 0 {
            return Err(wrong());
        }
        let (taps, fan_in) = (kernel * kernel, in_channels * kernel * kernel);
        let scale = (2.0 / fan_in as f64).sqrt() as f32;
        let weights = match info.dtype {
            Dtype::U8 if inner == in_channels.div_ceil(8) => {
                let signs = (0..out_channels * fan_in).map(|index| {
                    let (out, rest) = (index / fan_in, index % fan_in);
                    let (channel, tap) = (rest / taps, rest % taps);
                    let byte = bytes[(out * inner + channel / 8) * taps + tap];
                    (byte >> (7 - channel % 8)) & 1 == 1
                });
                Weights::Signs {
                    scale: Scale::Layer(scale),
                    bits: Conv::pack(signs, fan_in),
                }
            }
            dtype if inner == in_channels => {
                let numbers = singles(dtype, bytes).ok_or_else(wrong)?;
                if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
                    let found = format!("{} at {at}", numbers[at]);
                    return Err(self.wrong(name, "finite numbers", found));
                }
                signs_or_real(numbers, fan_in)
            }
            _ => return Err(wrong()),
        };
        let weights = match weights {
            Weights::Real(latent) if block(name).is_some() => {
                let (convs, weights) = self.latent.get();
                self.latent.set((convs + 1, weights + latent.len()));
                match self.blocks {
                    Blocks::Packed => {
                        return Err(ConvertError::NotPacked {
                            path: self.path.to_owned(),
                            name: format!("{}{name}", self.prefix),
                            expected: expected(),
                        });
                    }
                    Blocks::Signs => Weights::Signs {
                        scale: Scale::Layer(scale),
                        bits: Conv::pack(latent.iter().map(|&weight| weight >= 0.0), fan_in),
                    },
                    Blocks::Real => Weights::Real(latent),
                }
            }
            weights => weights,
        };
        Ok(Conv {
            in_channels,
            out_channels,
            kernel,
            stride: 1,
            weights,
        })
    }

    /// How many convolutions of the blocks had numbers of many sizes so far, and how many numbers.
    pub(super) fn latent(&self) -> (usize, usize) {
        self.latent.get()
    }

    /// A norm of so many channels.
    pub(super) fn norm(&self, name: &str, channels: usize) -> Result<Affine, ConvertError> {
        let part = |part: &str| self.numbers(&format!("{name}.{part}"), channels);
        let optional = |name: &str, otherwise: f64| {
            let part = part(name);
            part.map(|numbers| numbers.unwrap_or_else(|| vec![otherwise; channels]))
        };
        let needed = |name_of_part: &str| {
            let name = format!("{name}.{name_of_part}");
            let missing = self.wrong(&name, format!("F32 [{channels}]"), "none");
            part(name_of_part)?.ok_or(missing)
        };
        let (means, variances) = (needed("running_mean")?, needed("running_var")?);
        let there = |part: &str| self.numbers(&format!("{name}.{part}"), channels);
        for (one, other) in [("weight", "bias"), ("bias", "weight")] {
            if there(one)?.is_some() && there(other)?.is_none() {
                let name = format!("{name}.{other}");
                return Err(self.wrong(&name, format!("F32 [{channels}], beside {one}"), "none"));
            }
        }
        let (gammas, betas) = (optional("weight", 1.0)?, optional("bias", 0.0)?);
        if let Some(&variance) = variances.iter().find(|&&variance| variance < 0.0) {
            let name = format!("{name}.running_var");
            return Err(self.wrong(&name, "no negative number", variance.to_string()));
        }
        let moments = (0..channels).map(|c| [gammas[c], betas[c], means[c], variances[c]]);
        Ok(Affine::fold_variance(moments, EPSILON))
    }

    fn numbers(&self, name: &str, count: usize) -> Result<Option<Vec<f64>>, ConvertError> {
        let Some((info, bytes)) = self.container.tensor(&format!("{}{name}", self.prefix)) else {
            return Ok(None);
        };
        let numbers = match info.shape == [count] {
            true => doubles(info.dtype, bytes),
            false => None,
        };
        let wrong = || self.wrong(name, format!("F32 [{count}]"), describe(info));
        let numbers = numbers.ok_or_else(wrong)?;
        match numbers.iter().position(|number| !number.is_finite()) {
            Some(at) => {
                let found = format!("{} at {at}", numbers[at]);
                Err(self.wrong(name, "finite numbers", found))
            }
            None => Ok(Some(numbers)),
        }
    }

    fn tensor(&self, name: &str) -> Result<(&TensorInfo, &'a [u8]), ConvertError> {
        let tensor = self.container.tensor(&format!("{}{name}", self.prefix));
        tensor.ok_or_else(|| self.wrong(name, "a convolution", "none"))
    }

    fn wrong(
        &self,
        name: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> ConvertError {
        ConvertError::Variable {
            path: self.path.to_owned(),
            name: format!("{}{name}", self.prefix),
            expected: expected.into(),
            found: found.into(),
        }
    }
}

/// Signs and a scale, where all weights are ± one number.
fn signs_or_real(weights: Vec<f32>, fan_in: usize) -> Weights {
    match weights.first().map(|weight| weight.abs()) {
        Some(size) if size > 0.0 && weights.iter().all(|weight| weight.abs() == size) => {
            let signs = weights.iter().map(|&weight| weight > 0.0);
            Weights::Signs {
                scale: Scale::Layer(size),
                bits: Conv::pack(signs, fan_in),
            }
        }
        _ => Weights::Real(weights),
    }
}

/// Group and block of a name such as `group0.block1.conv0`, if the port has such a name.
fn block(name: &str) -> Option<(usize, usize)> {
    let (group, rest) = name.strip_prefix("group")?.split_once(".block")?;
    let (block, rest) = rest.split_once('.')?;
    let number = |digits: &str| {
        let number: usize = digits.parse().ok()?;
        // One block has one name, and counting must not overflow.
        (number.to_string() == digits && number < 1 << 20).then_some(number)
    };
    let known = match rest.split_once('.') {
        None => matches!(rest, "conv0" | "conv1"),
        Some((norm, part)) => matches!(norm, "bn0" | "bn1") && NORM_PARTS.contains(&part),
    };
    let place = (number(group)?, number(block)?);
    known.then_some(place)
}

/// The beginning of a text from a file, for a message.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

fn is_known(name: &str) -> bool {
    let ends = match name.split_once('.') {
        None => matches!(name, "conv0" | "conv_last"),
        Some((norm, part)) => matches!(norm, "bn" | "bn_last") && NORM_PARTS.contains(&part),
    };
    ends || block(name).is_some()
}
