//! From a state dict to its network, believing nothing.

use std::collections::BTreeSet;
use std::path::Path;

use runtime::format::{Container, Dtype, FORMAT_NAME, describe, outline};
use runtime::inspect::net_name;
use runtime::{Affine, Conv, Model, RuntimeError, Scale};

use super::names::{INPUT_NORM, Names, PARTS};
use super::{EPSILON, FOLDED, FORMAT, SCALES, WEIGHTS, Weights};
use crate::torch_packed::{self, Blocks};
use crate::{ConvertError, Options};

/// How many batches a norm has seen: of no use here, but PyTorch saves it.
const COUNTER: &str = "num_batches_tracked";

pub(super) fn import(path: &Path, bytes: &[u8], options: &Options) -> Result<Model, ConvertError> {
    let failed = |source: RuntimeError| ConvertError::Container {
        path: path.to_owned(),
        source,
    };
    let container = Container::new(bytes).map_err(failed)?;
    if container.text("format").is_none_or(|format| format == "pt") {
        // The port has no batch norm there.
        let own = format!("{INPUT_NORM}.{}", PARTS[0]);
        if container.tensor(&own).is_some() {
            return Err(ConvertError::NoMetadata {
                path: path.to_owned(),
                tensor: own,
            });
        }
        // `pt` is what PyTorch's own writer puts there.
        return torch_packed::import_dict(path, container, options, Blocks::Latent);
    }
    if container.text("format") == Some(FORMAT_NAME) {
        return Err(ConvertError::Layout {
            path: path.to_owned(),
            expected: format!("a state dict, of the format `{FORMAT}` or PyTorch's own"),
            found: format!("a packed file (`{FORMAT_NAME}`), which needs no import"),
        });
    }
    let dict = Dict { path, container };
    let mut parts = outline(&dict.container, FORMAT).map_err(failed)?;
    let names = Names::new(&parts.convs)
        .map_err(|error| dict.wrong("structure", "pairs of convolutions", error.to_string()))?;
    let kind = dict.kind()?;
    let scales = dict.scales(kind, parts.convs.len())?;
    let mut tensors = names.convs.len();
    for (index, (conv, name)) in parts.convs.iter_mut().zip(&names.convs).enumerate() {
        conv.weights = dict.weights(name, conv, scales.as_ref().map(|scales| scales[index]))?;
    }
    for index in 0..parts.norms.len() {
        if parts.norms[index].is_some() {
            let channels = match index.checked_sub(1) {
                None => parts.input[0],
                Some(before) => parts.convs[before].out_channels,
            };
            parts.norms[index] = Some(dict.norm(&names.norms[index], channels)?);
            tensors += PARTS.len();
        }
    }
    dict.nothing_else(tensors, &names)?;
    let model = Model::new(parts).map_err(failed)?;
    match (&options.net, net_name(&model)) {
        (Some(expected), found) if found.as_ref() != Some(expected) => {
            Err(ConvertError::OtherNet {
                path: path.to_owned(),
                expected: expected.clone(),
                found: found.unwrap_or_else(|| "a network without a name".into()),
            })
        }
        _ => Ok(model),
    }
}

struct Dict<'a> {
    path: &'a Path,
    container: Container<'a>,
}

impl Dict<'_> {
    fn kind(&self) -> Result<Weights, ConvertError> {
        let word = self.container.text(WEIGHTS);
        let kinds = [Weights::Signs, Weights::Latent];
        let kind = kinds.into_iter().find(|kind| word == Some(kind.word()));
        kind.ok_or_else(|| {
            let found = word.map_or("nothing".into(), short);
            self.wrong(WEIGHTS, "`signs` or `latent` in the metadata", found)
        })
    }

    /// The scale of each convolution, where the weights are latent.
    fn scales(
        &self,
        kind: Weights,
        convs: usize,
    ) -> Result<Option<Vec<Option<f32>>>, ConvertError> {
        if kind == Weights::Signs {
            return Ok(None);
        }
        let text = self.container.text(SCALES).unwrap_or_default();
        let scales: Option<Vec<Option<f32>>> = serde_json::from_str(text).ok();
        let scales = scales.filter(|scales| scales.len() == convs);
        scales.map(Some).ok_or_else(|| {
            let expected = format!("a JSON list of {convs} numbers or nulls in the metadata");
            self.wrong(SCALES, expected, short(text))
        })
    }

    /// The weights of a convolution whose kind is known: real, signs of ± one size, or, where there is
    /// a `scale`, signs of latent weights.
    fn weights(
        &self,
        name: &str,
        conv: &Conv,
        scale: Option<Option<f32>>,
    ) -> Result<runtime::Weights, ConvertError> {
        let k = conv.kernel;
        let weights = self.floats(name, &[conv.out_channels, conv.in_channels, k, k])?;
        if conv.signs().is_none() {
            return Ok(runtime::Weights::Real(weights));
        }
        if weights.is_empty() {
            return Err(self.wrong(name, "a weight or more", "none"));
        }
        // No overflow, since so many are there.
        let row_len = conv.row_len();
        let (scale, plus): (Scale, fn(f32) -> bool) = match scale {
            Some(Some(scale)) => (Scale::Layer(scale), |weight| weight >= 0.0),
            Some(None) => (Scale::mean_of_rows(&weights, row_len), |weight| {
                weight >= 0.0
            }),
            // A scale of 0 leaves the sign of zeros.
            None => (self.sizes(name, &weights, row_len)?, f32::is_sign_positive),
        };
        Ok(runtime::Weights::Signs {
            scale,
            bits: Conv::pack(weights.iter().map(|&weight| plus(weight)), row_len),
        })
    }

    /// What the rows of weights are ± of: one size for the layer, or one for each row.
    fn sizes(&self, name: &str, weights: &[f32], row_len: usize) -> Result<Scale, ConvertError> {
        let mut sizes = Vec::new();
        for (out, row) in weights.chunks(row_len).enumerate() {
            let size = row[0].abs();
            if let Some(other) = row.iter().find(|weight| weight.abs() != size) {
                let found = format!("{size} and {} in channel {out}", other.abs());
                let expected =
                    "weights of one size in each output channel, since the metadata says `signs`";
                return Err(self.wrong(name, expected, found));
            }
            sizes.push(size);
        }
        Ok(match sizes.iter().all(|&size| size == sizes[0]) {
            true => Scale::Layer(sizes[0]),
            false => Scale::Channels(sizes),
        })
    }

    fn norm(&self, name: &str, channels: usize) -> Result<Affine, ConvertError> {
        let part = |part: &str| self.floats(&format!("{name}.{part}"), &[channels]);
        let [gamma, beta, mean, variance] = PARTS.map(part);
        let (gamma, beta, mean, variance) = (gamma?, beta?, mean?, variance?);
        if let Some(&wrong) = variance.iter().find(|&&variance| variance < 0.0) {
            let name = format!("{name}.running_var");
            return Err(self.wrong(&name, "no negative number", wrong.to_string()));
        }
        let moments = (0..channels).map(|c| {
            // What was folded before stays as it was.
            let deviation = match variance[c] == FOLDED {
                true => 1.0,
                false => (f64::from(variance[c]) + EPSILON).sqrt(),
            };
            [gamma[c].into(), beta[c].into(), mean[c].into(), deviation]
        });
        Ok(Affine::fold(moments))
    }

    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ConvertError> {
        let expected = || format!("F32 {shape:?}");
        let tensor = self.container.tensor(name);
        let (info, bytes) = tensor.ok_or_else(|| self.wrong(name, expected(), "none"))?;
        if info.dtype != Dtype::F32 || info.shape != shape {
            return Err(self.wrong(name, expected(), describe(info)));
        }
        let (numbers, _) = bytes.as_chunks::<4>();
        let numbers: Vec<f32> = numbers
            .iter()
            .map(|&bytes| f32::from_le_bytes(bytes))
            .collect();
        match numbers.iter().position(|number| !number.is_finite()) {
            None => Ok(numbers),
            Some(at) => {
                let found = format!("{} at {at}", numbers[at]);
                Err(self.wrong(name, "finite numbers", found))
            }
        }
    }

    /// That these many tensors are all there are, but for the counters that PyTorch's norms have.
    fn nothing_else(&self, tensors: usize, names: &Names) -> Result<(), ConvertError> {
        let all = self.container.names();
        let norms: BTreeSet<&str> = names.norms.iter().map(String::as_str).collect();
        let convs: BTreeSet<&str> = names.convs.iter().map(String::as_str).collect();
        let part = |name: &str, parts: &[&str]| {
            name.rsplit_once('.')
                .is_some_and(|(norm, part)| parts.contains(&part) && norms.contains(norm))
        };
        let counters = all.iter().filter(|name| part(name, &[COUNTER])).count();
        if all.len() - counters == tensors {
            return Ok(());
        }
        let known =
            |name: &str| convs.contains(name) || part(name, &PARTS) || part(name, &[COUNTER]);
        let stranger = all.iter().find(|name| !known(name));
        let name = stranger.map_or("norms", String::as_str);
        let expected = "only the tensors of the network that the metadata describes";
        Err(self.wrong(&short(name), expected, "another"))
    }

    fn wrong(
        &self,
        name: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> ConvertError {
        ConvertError::Variable {
            path: self.path.to_owned(),
            name: name.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }
}

/// The beginning of a text from a file, for a message.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
