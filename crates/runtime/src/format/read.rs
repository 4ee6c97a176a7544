//! From the bytes of a file to a network, believing nothing.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use graph::{Graph, Padding, Value};
use safetensors::Dtype;
use serde::de::DeserializeOwned;

use super::container::Container;
use super::header::Texts;
use super::tensors::{File, beginning};
use super::{FORMAT_NAME, VERSION, VERSION_1, names, version_1};
use crate::{
    Affine, Conv, Model, Parts, Preprocessing, Rejection, RuntimeError, Scale, Storage, Weights,
};

impl Model {
    /// Reads the bytes of a packed file. Memory is bounded by a multiple of their number.
    ///
    /// # Errors
    ///
    /// [`RuntimeError`] that names the tensor, or the word of the metadata, that is not as the
    /// format has it.
    pub fn read(file: &[u8]) -> Result<Self, RuntimeError> {
        let container = Container::new(file)?;
        must_be_whole(&container)?;
        let mut file = File::new(container);
        let Outline {
            graph,
            class_names,
            preprocessing,
            rejection,
            provenance,
            conv_names,
            norm_names,
        } = outline(file.container(), FORMAT_NAME)?;
        let mut convs = Vec::new();
        for ((node, op), name) in graph.convs().zip(&conv_names) {
            let weights = file.weights(name, graph.weight_shape(node), op.weights.storage())?;
            let [out_channels, in_channels, kernel, _] = graph.weight_shape(node);
            convs.push(Conv {
                in_channels,
                out_channels,
                kernel,
                stride: op.stride,
                weights,
            });
        }
        let mut norms = Vec::new();
        for (node, name) in graph.norms().zip(&norm_names) {
            norms.push(file.norm(name, graph.shape(Value::Node(node))[0])?);
        }
        let activation_scales = match file.container().tensor(names::ACTIVATION_SCALES) {
            Some(_) => Some(file.floats(names::ACTIVATION_SCALES, &[&[convs.len()]])?.1),
            None => None,
        };
        // Version 1 knows no such tensor: there it is one too many.
        let version = file.container().text(names::VERSION);
        let residual_scales = match file.container().tensor(names::RESIDUAL_SCALES) {
            Some(_) if version == Some(VERSION) => {
                let channels = convs.last().map_or(0, |conv| conv.in_channels);
                Some(file.floats(names::RESIDUAL_SCALES, &[&[channels]])?.1)
            }
            _ => None,
        };
        file.nothing_else()?;
        Self::new(Parts {
            // Version 1 does not say of which kind the signs are.
            graph: graph.with_weights(|index, kind| match kind.storage() == Storage::Signs {
                true if kind == graph::Weights::ONE_BIT => convs[index].weights.likely_kind(),
                _ => kind,
            }),
            class_names,
            norms,
            convs,
            activation_scales,
            residual_scales,
            preprocessing,
            rejection,
            provenance,
        })
    }
}

/// Refuses a file that does not hold what its checksum was made of. Version 1 has none.
fn must_be_whole(container: &Container) -> Result<(), RuntimeError> {
    let Some(expected) = container.text(names::CHECKSUM) else {
        return Ok(());
    };
    let found = container.checksum();
    match expected == found {
        true => Ok(()),
        false => Err(RuntimeError::Checksum {
            expected: short(expected),
            found,
        }),
    }
}

/// All of a network but its numbers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outline {
    /// The nodes.
    pub graph: Graph,
    /// A name for each class.
    pub class_names: Vec<String>,
    /// What becomes of a picture before the network sees it.
    pub preprocessing: Preprocessing,
    /// When an image is none of the classes.
    pub rejection: Option<Rejection>,
    /// Where the network comes from.
    pub provenance: BTreeMap<String, String>,
    /// What the tensors of each convolution begin with.
    pub(super) conv_names: Vec<String>,
    /// What the tensors of each norm begin with.
    pub(super) norm_names: Vec<String>,
}

/// A network without its numbers, from the metadata that [`metadata`](super::metadata) makes, or
/// made in version 1.
///
/// # Errors
///
/// [`RuntimeError::Metadata`] that names the word that is missing or not known, and
/// [`RuntimeError::Graph`]; `format` is the word that the file must have for itself.
pub fn outline(container: &Container, format: &str) -> Result<Outline, RuntimeError> {
    let file = Words(container);
    let found = file.text(names::FORMAT, &format!("`{format}`"))?;
    if found != format {
        return Err(unlike(names::FORMAT, format!("`{format}`"), short(found)));
    }
    let versions = format!("`{VERSION_1}` or `{VERSION}`");
    let outline = match file.text(names::VERSION, &versions)? {
        VERSION => {
            let graph: Graph = file.json(names::GRAPH, "the JSON of a network's nodes")?;
            let node = |node: usize| names::node(&graph.nodes()[node].name);
            Outline {
                class_names: file.json(names::CLASS_NAMES, "a JSON list of texts")?,
                preprocessing: file.preprocessing()?,
                rejection: file.rejection()?,
                provenance: file
                    .json::<Texts>(names::PROVENANCE, "a JSON object of texts")?
                    .0,
                conv_names: graph.convs().map(|(conv, _)| node(conv)).collect(),
                norm_names: graph.norms().map(node).collect(),
                graph,
            }
        }
        VERSION_1 => {
            let outline = version_1::outline(&file)?;
            let graph = outline.parts.graph()?;
            let numbers = 0..outline.parts.convs.len();
            Outline {
                graph,
                class_names: outline.parts.class_names,
                preprocessing: Preprocessing::None,
                rejection: None,
                provenance: outline.parts.provenance,
                conv_names: numbers.map(|index| format!("convs.{index}")).collect(),
                norm_names: outline.norms,
            }
        }
        other => return Err(unlike(names::VERSION, versions, short(other))),
    };
    Ok(outline)
}

/// The metadata of a container.
pub(super) struct Words<'a>(&'a Container<'a>);

impl Words<'_> {
    fn text(&self, key: &str, expected: &str) -> Result<&str, RuntimeError> {
        self.0
            .text(key)
            .ok_or_else(|| unlike(key, expected, "nothing"))
    }

    pub(super) fn json<T: DeserializeOwned>(
        &self,
        key: &str,
        expected: &str,
    ) -> Result<T, RuntimeError> {
        let text = self.text(key, expected)?;
        serde_json::from_str(text)
            .map_err(|error| unlike(key, expected, format!("{} ({error})", short(text))))
    }

    /// None where nothing is said about it.
    fn preprocessing(&self) -> Result<Preprocessing, RuntimeError> {
        let Some(word) = self.0.text(names::PREPROCESSING) else {
            return Ok(Preprocessing::None);
        };
        let expected = "`crop`, `pad`, `stretch`, `centre-crop` or nothing";
        match Preprocessing::from_name(word) {
            None | Some(Preprocessing::None) => {
                Err(unlike(names::PREPROCESSING, expected, short(word)))
            }
            Some(preprocessing) => Ok(preprocessing),
        }
    }

    /// None where nothing is said about it.
    fn rejection(&self) -> Result<Option<Rejection>, RuntimeError> {
        match self.0.text(names::REJECTION) {
            None => Ok(None),
            Some(_) => self
                .json(
                    names::REJECTION,
                    "a JSON object of threshold, kept and images",
                )
                .map(Some),
        }
    }

    pub(super) fn padding(&self) -> Result<Padding, RuntimeError> {
        let expected = "`symmetric` or `bottom-right`";
        let word = self.text(names::PADDING, expected)?;
        word.parse()
            .map_err(|_| unlike(names::PADDING, expected, short(word)))
    }
}

impl File<'_> {
    /// The weights of a convolution, whose tensors begin with `name`.
    fn weights(
        &mut self,
        name: &str,
        [out, inputs, kernel, _]: [usize; 4],
        storage: Storage,
    ) -> Result<Weights, RuntimeError> {
        let part = |part: &str| format!("{name}.{part}");
        let bits = [out, (inputs * kernel * kernel).div_ceil(8)];
        let shape = [out, inputs, kernel, kernel];
        let plane = |file: &mut Self, name| -> Result<Vec<u8>, RuntimeError> {
            Ok(file.tensor(&part(name), Dtype::U8, &[&bits])?.1.to_vec())
        };
        Ok(match storage {
            Storage::Signs => Weights::Signs {
                bits: plane(self, "signs")?,
                scale: self.scale(&part("scale"), out)?,
            },
            Storage::Ternary => Weights::Ternary {
                signs: plane(self, "signs")?,
                nonzero: plane(self, "nonzero")?,
                scale: self.scale(&part("scale"), out)?,
            },
            Storage::Int8 => {
                let (_, bytes) = self.tensor(&part("integers"), Dtype::I8, &[&shape])?;
                Weights::Int8 {
                    values: bytes.iter().map(|&byte| byte as i8).collect(),
                    scale: self.scale(&part("scale"), out)?,
                }
            }
            _ => Weights::Real(self.floats(&part("weight"), &[&shape])?.1),
        })
    }

    fn scale(&mut self, name: &str, out: usize) -> Result<Scale, RuntimeError> {
        let (shape, numbers) = self.floats(name, &[&[], &[out]])?;
        Ok(match (shape.is_empty(), numbers.first()) {
            (true, Some(&scale)) => Scale::Layer(scale),
            _ => Scale::Channels(numbers),
        })
    }

    fn norm(&mut self, name: &str, channels: usize) -> Result<Affine, RuntimeError> {
        let mut numbers = |part| {
            let floats = self.floats(&format!("{name}.{part}"), &[&[channels]]);
            floats.map(|(_, numbers)| numbers)
        };
        Ok(Affine {
            scale: numbers("scale")?,
            offset: numbers("offset")?,
        })
    }
}

pub(super) fn unlike(
    key: &str,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> RuntimeError {
    RuntimeError::Metadata {
        key: key.to_string(),
        expected: expected.into(),
        found: found.into(),
    }
}

fn short(text: &str) -> String {
    format!("`{}`", beginning(text))
}
