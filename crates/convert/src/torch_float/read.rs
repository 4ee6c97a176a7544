//! From a state dict to its network, believing nothing.

use std::collections::BTreeSet;
use std::path::Path;

use graph::{ConvOp, Graph, Kernel, Scale, Storage, Value, Weights as Kind};
use runtime::format::{Container, FORMAT_NAME, Outline, describe, outline};
use runtime::{Affine, Conv, Model, Parts, RuntimeError};

use super::names::{INPUT_NORM, Names, PARTS};
use super::{EPSILON, FOLDED, FORMAT, Moments, SCALES, Scales, Trained, WEIGHTS, Weights};
use crate::file::open;
use crate::net::must_be_named;
use crate::numbers::{rounding, singles};
use crate::torch_packed::{self, Blocks};
use crate::{ConvertError, Imported, Options, prefix};

/// How many batches a norm has seen: of no use here, but PyTorch saves it.
const COUNTER: &str = "num_batches_tracked";

pub(super) fn import(
    path: &Path,
    bytes: &[u8],
    options: &Options,
) -> Result<Imported, ConvertError> {
    let failed = |source: RuntimeError| ConvertError::Container {
        path: path.to_owned(),
        source,
    };
    let container = open(path, bytes)?;
    if container.text("format").is_none_or(|format| format == "pt") {
        // The port has no batch norm there.
        let names = container.names();
        let norm = format!("{}{INPUT_NORM}.", prefix::common(&names));
        if let Some(own) = names.iter().find(|name| name.starts_with(&norm)) {
            return Err(ConvertError::NoMetadata {
                path: path.to_owned(),
                format: FORMAT,
                tensor: own.chars().take(60).collect(),
            });
        }
        let blocks = match options.real_weights {
            true => Blocks::Real,
            false => Blocks::Signs,
        };
        // `pt` is what PyTorch's own writer puts there.
        return torch_packed::import_dict(path, container, options, blocks);
    }
    if container.text("format") == Some(FORMAT_NAME) {
        return Err(ConvertError::Layout {
            path: path.to_owned(),
            expected: format!("a state dict, of the format `{FORMAT}` or PyTorch's own"),
            found: format!("a packed file (`{FORMAT_NAME}`), which needs no import"),
        });
    }
    let dict = Dict::new(path, container);
    let outline = outline(&dict.container, FORMAT).map_err(failed)?;
    let model = dict.model(outline)?;
    must_be_named(path, &model, options)?;
    Ok(model.into())
}

/// What training goes on from, of a file of our own form that [`import`] took; `None` of another.
pub(super) fn trained(path: &Path, bytes: &[u8]) -> Result<Option<Trained>, ConvertError> {
    let failed = |source: RuntimeError| ConvertError::Container {
        path: path.to_owned(),
        source,
    };
    let container = Container::new(bytes).map_err(failed)?;
    if container.text("format") != Some(FORMAT) {
        return Ok(None);
    }
    let dict = Dict::new(path, container);
    let graph = outline(&dict.container, FORMAT).map_err(failed)?.graph;
    dict.trained(&graph).map(Some)
}

struct Dict<'a> {
    path: &'a Path,
    container: Container<'a>,
    /// What all names begin with, such as `module.`, or nothing.
    prefix: String,
}

impl<'a> Dict<'a> {
    fn new(path: &'a Path, container: Container<'a>) -> Self {
        let prefix = prefix::common(&container.names()).to_owned();
        Self {
            path,
            container,
            prefix,
        }
    }

    /// What the file calls the layers of this network.
    fn names(&self, graph: &Graph) -> Result<Names, ConvertError> {
        Ok(Names::new(graph)?.behind(&self.prefix))
    }

    /// The network of this outline.
    fn model(&self, outline: Outline) -> Result<Model, ConvertError> {
        let Outline {
            graph,
            class_names,
            preprocessing,
            rejection,
            provenance,
            ..
        } = outline;
        let names = self
            .names(&graph)
            .map_err(|error| self.wrong("graph", "PyTorch's names for it", error.to_string()))?;
        let form = self.form()?;
        let scales = self.scales(form, names.convs.len())?;
        let mut convs = Vec::new();
        for (index, ((node, op), scale)) in graph.convs().zip(scales).enumerate() {
            let [out_channels, in_channels, kernel, _] = graph.weight_shape(node);
            let name = &names.convs[index];
            let numbers = self.floats(name, &graph.weight_shape(node))?;
            convs.push(Conv {
                in_channels,
                out_channels,
                kernel,
                stride: op.stride,
                weights: match form {
                    Weights::Signs => self.counting(name, op, numbers, scale)?,
                    Weights::Latent => latent(op, in_channels, numbers, scale),
                },
            });
        }
        let mut norms = Vec::new();
        for (node, name) in graph.norms().zip(&names.norms) {
            norms.push(self.norm(name, graph.shape(Value::Node(node))[0])?);
        }
        self.nothing_else(&names)?;
        // Version 1 does not say of which kind the signs are.
        let graph = graph.with_weights(|index, kind| match kind == Kind::ONE_BIT {
            true => convs[index].weights.likely_kind(),
            false => kind,
        });
        let mut parts = Parts::new(graph, norms, convs);
        (parts.class_names, parts.provenance) = (class_names, provenance);
        (parts.preprocessing, parts.rejection) = (preprocessing, rejection);
        Model::new(parts).map_err(|source| ConvertError::Container {
            path: self.path.to_owned(),
            source,
        })
    }

    /// The tensors as they are.
    fn trained(&self, graph: &Graph) -> Result<Trained, ConvertError> {
        let names = self.names(graph)?;
        let convs = graph.convs().zip(&names.convs);
        let latent = convs.map(|((node, _), name)| self.floats(name, &graph.weight_shape(node)));
        let norms = graph.norms().zip(&names.norms).map(|(node, name)| {
            let channels = graph.shape(Value::Node(node))[0];
            let [gamma, beta, mean, variance] = self.parts(name, channels)?;
            let moments = Moments {
                gamma,
                beta,
                mean,
                variance,
            };
            Ok(match moments.is_folded() {
                true => Moments::unfold(&self.norm(name, channels)?),
                false => moments,
            })
        });
        Ok(Trained {
            latent: latent.collect::<Result<_, _>>()?,
            norms: norms.collect::<Result<_, ConvertError>>()?,
        })
    }

    fn form(&self) -> Result<Weights, ConvertError> {
        let word = self.container.text(WEIGHTS);
        let form = Weights::ALL
            .into_iter()
            .find(|form| word == Some(form.name()));
        form.ok_or_else(|| {
            let found = word.map_or("nothing".into(), short);
            self.wrong(WEIGHTS, "`signs` or `latent` in the metadata", found)
        })
    }

    /// The scale of each convolution, where the metadata says it.
    fn scales(&self, form: Weights, convs: usize) -> Result<Vec<Option<Scales>>, ConvertError> {
        let text = match (self.container.text(SCALES), form) {
            // As version 1 has it.
            (None, Weights::Signs) => return Ok(vec![None; convs]),
            (text, _) => text.unwrap_or_default(),
        };
        let scales: Option<Vec<Option<Scales>>> = serde_json::from_str(text).ok();
        scales
            .filter(|scales| scales.len() == convs)
            .ok_or_else(|| {
                let expected = format!(
                    "a JSON list of {convs} numbers, lists of them, or nulls in the metadata"
                );
                self.wrong(SCALES, expected, short(text))
            })
    }

    /// The weights of a convolution from those that count: real, or scale · integer.
    fn counting(
        &self,
        name: &str,
        op: &ConvOp,
        numbers: Vec<f32>,
        scale: Option<Scales>,
    ) -> Result<runtime::Weights, ConvertError> {
        let storage = op.weights.storage();
        // There is a weight or more, since there is a graph.
        let row_len = numbers.len() / op.out;
        let scale = match (storage, scale) {
            (Storage::Float, _) => return Ok(runtime::Weights::Real(numbers)),
            (Storage::Signs, None) => {
                let scale = self.sizes(name, op.weights, &numbers, row_len)?;
                // A scale of 0 leaves the sign of zeros.
                let signs = numbers.iter().map(|weight| weight.is_sign_positive());
                let bits = Conv::pack(signs, row_len);
                return Ok(runtime::Weights::Signs { scale, bits });
            }
            (_, None) => {
                let expected = format!("a scale for `{name}`, whose weights are {}", op.weights);
                return Err(self.wrong(SCALES, expected, "null"));
            }
            (_, Some(scale)) => self.of(name, op.out, scale)?,
        };
        let max = match storage {
            Storage::Int8 => 127.0,
            _ => 1.0,
        };
        let tensor = self.container.tensor(name);
        let rounding = tensor.map_or(0.0, |(info, _)| rounding(info.dtype));
        let mut values = Vec::with_capacity(numbers.len());
        for (at, &number) in numbers.iter().enumerate() {
            let scale = scale.of(at / row_len);
            let integer = match scale {
                0.0 => 0.0,
                _ => (number / scale).round(),
            };
            let fits = integer.abs() <= max && (storage != Storage::Signs || integer != 0.0);
            let near = (scale * integer - number).abs() <= rounding * scale * integer.abs();
            if !fits || !near {
                let expected = format!("{} weights of the scale {scale}", op.weights);
                return Err(self.wrong(name, expected, format!("{number} at {at}")));
            }
            values.push(integer as i8);
        }
        let quantized = graph::Quantized { scale, values };
        Ok(runtime::Weights::of(quantized, storage, row_len))
    }

    /// A scale of the metadata, for so many output channels.
    fn of(&self, name: &str, out: usize, scales: Scales) -> Result<Scale, ConvertError> {
        match &scales {
            Scales::Channels(numbers) if numbers.len() != out => {
                let expected = format!("{out} numbers for `{name}`");
                Err(self.wrong(SCALES, expected, numbers.len().to_string()))
            }
            _ => Ok(scales.into()),
        }
    }

    /// What the rows of weights are ± of: one size for the layer, or one for each row.
    fn sizes(
        &self,
        name: &str,
        kind: Kind,
        weights: &[f32],
        row_len: usize,
    ) -> Result<Scale, ConvertError> {
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
        let per_channel = kind.scales(2) == 2;
        Ok(
            match !per_channel && sizes.iter().all(|&size| size == sizes[0]) {
                true => Scale::Layer(sizes[0]),
                false => Scale::Channels(sizes),
            },
        )
    }

    fn norm(&self, name: &str, channels: usize) -> Result<Affine, ConvertError> {
        let [gamma, beta, mean, variance] = self.parts(name, channels)?;
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

    /// The numbers of a norm, in the order of [`PARTS`].
    fn parts(&self, name: &str, channels: usize) -> Result<[Vec<f32>; 4], ConvertError> {
        let part = |part: &str| self.floats(&format!("{name}.{part}"), &[channels]);
        let [gamma, beta, mean, variance] = PARTS.map(part);
        Ok([gamma?, beta?, mean?, variance?])
    }

    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ConvertError> {
        let expected = || format!("F32 {shape:?}");
        let tensor = self.container.tensor(name);
        let (info, bytes) = tensor.ok_or_else(|| self.wrong(name, expected(), "none"))?;
        let numbers = match info.shape == shape {
            true => singles(info.dtype, bytes),
            false => None,
        };
        let numbers = numbers.ok_or_else(|| self.wrong(name, expected(), describe(info)))?;
        match numbers.iter().position(|number| !number.is_finite()) {
            None => Ok(numbers),
            Some(at) => {
                let found = format!("{} at {at}", numbers[at]);
                Err(self.wrong(name, "finite numbers", found))
            }
        }
    }

    /// That the tensors of these layers are all there are, but for the counters that PyTorch's norms
    /// have.
    fn nothing_else(&self, names: &Names) -> Result<(), ConvertError> {
        let norms: BTreeSet<&str> = names.norms.iter().map(String::as_str).collect();
        let convs: BTreeSet<&str> = names.convs.iter().map(String::as_str).collect();
        let known = |name: &str| {
            let part = |(norm, part): (&str, &str)| {
                norms.contains(norm) && (PARTS.contains(&part) || part == COUNTER)
            };
            convs.contains(name) || name.rsplit_once('.').is_some_and(part)
        };
        let all = self.container.names();
        match all.iter().find(|name| !known(name)) {
            None => Ok(()),
            Some(stranger) => {
                let expected = "only the tensors of the network that the metadata describes";
                Err(self.wrong(&short(stranger), expected, "another"))
            }
        }
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

/// The weights of a convolution from those that were trained.
fn latent(op: &ConvOp, inputs: usize, latent: Vec<f32>, scale: Option<Scales>) -> runtime::Weights {
    let kernel = Kernel {
        out: op.out,
        inputs,
        size: op.kernel,
        // Where it counts, the metadata says the scale.
        gain: 2.0,
    };
    let kind = match op.weights == Kind::ONE_BIT && scale.is_none() {
        // Version 1 has no other word for it.
        true => Kind::BWN,
        false => op.weights,
    };
    match kind.quantize(&kernel, &latent) {
        None => runtime::Weights::Real(latent),
        Some(mut quantized) => {
            if let Some(scale) = scale {
                quantized.scale = scale.into();
            }
            runtime::Weights::of(quantized, kind.storage(), kernel.row_len())
        }
    }
}

/// The beginning of a text from a file, for a message.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
