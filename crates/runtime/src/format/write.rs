//! From a network to the bytes of its file.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use safetensors::Dtype;
use safetensors::tensor::TensorInfo;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::header::METADATA;
use super::{FORMAT_NAME, MAX_HEADER, VERSION};
use super::{checksum, names};
use crate::{Affine, Model, Preprocessing, RuntimeError, Scale, Weights};

impl Model {
    /// The network as the bytes of a packed file; the same network gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Header`] when class names and provenance make the header too long to be
    /// read again.
    pub fn write(&self) -> Result<Vec<u8>, RuntimeError> {
        let graph = self.graph();
        let name =
            |node: usize, part: &str| format!("{}.{part}", names::node(&graph.nodes()[node].name));
        let mut tensors = Writer::default();
        for (node, Affine { scale, offset }) in graph.norms().zip(self.norms()) {
            tensors.floats(name(node, "scale"), &[scale.len()], scale);
            tensors.floats(name(node, "offset"), &[offset.len()], offset);
        }
        let convs = || graph.convs().map(|(node, _)| node).zip(self.convs());
        for (node, conv) in convs() {
            match conv.weights.scale() {
                Some(Scale::Layer(scale)) => tensors.floats(name(node, "scale"), &[], &[*scale]),
                Some(Scale::Channels(scales)) => {
                    tensors.floats(name(node, "scale"), &[scales.len()], scales);
                }
                None => {}
            }
            if let Weights::Real(weights) = &conv.weights {
                tensors.floats(name(node, "weight"), &graph.weight_shape(node), weights);
            }
        }
        if let Some(scales) = self.activation_scales() {
            tensors.floats(names::ACTIVATION_SCALES.into(), &[scales.len()], scales);
        }
        if let Some(scales) = self.residual_scales() {
            tensors.floats(names::RESIDUAL_SCALES.into(), &[scales.len()], scales);
        }
        for (node, conv) in convs() {
            let shape = [conv.out_channels, conv.row_bytes()];
            match &conv.weights {
                Weights::Signs { bits, .. } => tensors.bytes(name(node, "signs"), &shape, bits),
                Weights::Ternary { signs, nonzero, .. } => {
                    tensors.bytes(name(node, "signs"), &shape, signs);
                    tensors.bytes(name(node, "nonzero"), &shape, nonzero);
                }
                Weights::Int8 { values, .. } => {
                    tensors.integers(name(node, "integers"), &graph.weight_shape(node), values);
                }
                Weights::Real(_) => {}
            }
        }
        let mut metadata = metadata(self, FORMAT_NAME);
        metadata.insert(names::CHECKSUM, tensors.checksum(&metadata));
        tensors.finish(metadata)
    }
}

/// All of a network but its numbers as the metadata of a container, with this word as its
/// `format`; [`outline`](super::outline) reads it.
pub fn metadata(model: &Model, format: &str) -> BTreeMap<&'static str, String> {
    let text = |value: Vec<u8>| String::from_utf8(value).expect("JSON is UTF-8");
    let mut metadata: BTreeMap<_, _> = [
        (names::FORMAT, format.to_string()),
        (names::VERSION, VERSION.to_string()),
        (names::GRAPH, text(json(model.graph()))),
        (names::CLASS_NAMES, text(json(&model.class_names()))),
        (names::PROVENANCE, text(json(model.provenance()))),
    ]
    .into();
    // Left out where there is none, as in files of before.
    if model.preprocessing() != Preprocessing::None {
        metadata.insert(names::PREPROCESSING, model.preprocessing().to_string());
    }
    if let Some(rejection) = model.rejection() {
        metadata.insert(names::REJECTION, text(json(&rejection)));
    }
    metadata
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Only maps whose keys are no texts, and failing writers, can fail.
    serde_json::to_vec(value).expect("texts as keys, into memory")
}

/// A safetensors container in the making.
#[derive(Debug, Default)]
pub struct Writer {
    infos: Vec<(String, TensorInfo)>,
    data: Vec<u8>,
}

impl Writer {
    /// Adds a tensor of numbers, as many as the shape asks for.
    pub fn floats(&mut self, name: String, shape: &[usize], numbers: &[f32]) {
        let start = self.data.len();
        self.data
            .extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self.push(name, Dtype::F32, shape, start);
    }

    /// Adds a tensor of bytes, as many as the shape asks for.
    pub fn bytes(&mut self, name: String, shape: &[usize], bytes: &[u8]) {
        let start = self.data.len();
        self.data.extend(bytes);
        self.push(name, Dtype::U8, shape, start);
    }

    /// Adds a tensor of 8-bit integers, as many as the shape asks for.
    pub fn integers(&mut self, name: String, shape: &[usize], integers: &[i8]) {
        let start = self.data.len();
        self.data
            .extend(integers.iter().map(|&integer| integer as u8));
        self.push(name, Dtype::I8, shape, start);
    }

    /// The checksum of these tensors beside such metadata.
    fn checksum(&self, metadata: &BTreeMap<&'static str, String>) -> String {
        let mut tensors: Vec<_> = self.infos.iter().map(|(name, info)| (name, info)).collect();
        tensors.sort_unstable_by_key(|(name, _)| *name);
        let tensors = tensors.into_iter().map(|(name, info)| {
            let (start, end) = info.data_offsets;
            (name.as_str(), info, &self.data[start..end])
        });
        checksum::of(|key| metadata.get(key).map(String::as_str), tensors)
    }

    fn push(&mut self, name: String, dtype: Dtype, shape: &[usize], start: usize) {
        let info = TensorInfo {
            dtype,
            shape: shape.to_vec(),
            data_offsets: (start, self.data.len()),
        };
        self.infos.push((name, info));
    }

    /// The bytes of the file; the same content gives the same bytes. Floats must come first, for
    /// their alignment.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Header`] when the header would be too long to be read again.
    pub fn finish(self, metadata: BTreeMap<&str, String>) -> Result<Vec<u8>, RuntimeError> {
        let Self { infos, data } = self;
        let mut header = json(&Header { metadata, infos });
        header.resize(header.len().next_multiple_of(8), b' ');
        if header.len() > MAX_HEADER {
            return Err(RuntimeError::Header {
                expected: format!("at most {MAX_HEADER} bytes of it"),
                found: format!("{}, with these class names and provenance", header.len()),
            });
        }
        let mut file = Vec::with_capacity(8 + header.len() + data.len());
        file.extend((header.len() as u64).to_le_bytes());
        file.extend(header);
        file.extend(data);
        Ok(file)
    }
}

/// The crate's own writer keeps the metadata in a hash map, whose order differs from run to run.
struct Header<'a> {
    metadata: BTreeMap<&'a str, String>,
    infos: Vec<(String, TensorInfo)>,
}

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + self.infos.len()))?;
        map.serialize_entry(METADATA, &self.metadata)?;
        for (name, info) in &self.infos {
            map.serialize_entry(name, info)?;
        }
        map.end()
    }
}
