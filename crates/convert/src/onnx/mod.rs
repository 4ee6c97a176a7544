//! ONNX files, which onnxruntime and many others run: standard operators only, of opset 18 unless
//! [`Options`] say another.
//!
//! | name | type and shape | holds |
//! | --- | --- | --- |
//! | input `images` | uint8 `[N, channels, height, width]` | pixels 0–255 as they are; nothing is normalised |
//! | output `logits` | float `[N, classes]` | the class with the largest is the prediction |
//!
//! The pixels are bytes, because every decoder of images gives bytes and the network's first norm
//! expects their values: a float input would invite values of 0–1. [`Options`] have it as float all the
//! same, for runtimes that take nothing else. N is chosen at each call, unless they fix it.
//!
//! `metadata_props` has `class_names`, a JSON list in the order of the logits, and `provenance`, a
//! JSON object; and where the network has them, `preprocessing` and `rejection`. All are as the packed
//! file has them.
//!
//! Nodes are those of the network, by their names with dots for spaces: `block.1.conv.1`, and
//! `block.1.conv.1.weight` for its weights.
//!
//! With [`Weights::Packed`] the file holds the bits of the packed file, for ternary weights in two
//! planes, and nodes `BitwiseAnd`, `Cast`, `Reshape`, `Slice` and `Where` that unpack them. What a
//! runtime makes of that is its own choice; see `benchmarks/onnx/NOTES.md`. 8-bit weights always are
//! integers of 8 bits behind a `DequantizeLinear`, real ones floats.

mod graph;
mod network;
mod options;
mod proto;
mod weights;

use prost::Message;
use runtime::{Conv, Model, Preprocessing, Storage};

use self::options::ir_version;
pub use self::options::{Input, Options};
use self::proto::{DataType, ModelProto, OperatorSetIdProto, StringStringEntryProto};
use crate::ConvertError;

/// The versions of the operators that a file can have: the first has a scale for each channel in
/// `DequantizeLinear`. With packed weights it is 18 or a later one, for `BitwiseAnd`.
pub const OPSETS: std::ops::RangeInclusive<u32> = 13..=23;
/// What readers of protocol buffers accept.
const MAX_BYTES: usize = i32::MAX as usize;

const INPUT: &str = "images";
const OUTPUT: &str = "logits";

/// How a file holds weights of one and two bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weights {
    /// As numbers, 32 bits each.
    Float,
    /// As bits, with nodes that unpack them.
    Packed,
}

/// The network as the bytes of an ONNX file.
///
/// # Errors
///
/// [`ConvertError::TooLarge`] when the file would be larger than readers accept, 2 GiB,
/// [`ConvertError::Operation`] for a node that has no form here, [`ConvertError::Opset`] for a version
/// of the operators that the file cannot have.
pub fn export(model: &Model, options: &Options) -> Result<Vec<u8>, ConvertError> {
    let opset = options.checked_opset()?;
    let weights = options.weights;
    let too_large = |found: usize| ConvertError::TooLarge {
        form: "ONNX",
        max: MAX_BYTES,
        found,
    };
    // Before any memory is taken.
    let bits = |conv: &Conv| match (conv.weights.storage(), weights) {
        (Storage::Signs | Storage::Ternary, Weights::Float) => Storage::Float.bits(),
        (storage, _) => storage.bits(),
    };
    let bytes = model.convs().iter().fold(0usize, |sum, conv| {
        sum.saturating_add(conv.weight_count().saturating_mul(bits(conv)) / 8)
    });
    if bytes > MAX_BYTES {
        return Err(too_large(bytes));
    }
    let pixels = "pixels 0-255 as they are, channel by channel, row by row; nothing is normalised";
    let numbers = match options.input {
        Input::Bytes => DataType::Uint8,
        Input::Float => DataType::Float,
    };
    let batch = options.batch.map(usize::from);
    let input = graph::batch(INPUT, numbers, batch, &model.input(), pixels);
    let scores = "a number for each class; the largest is the prediction";
    let output = graph::batch(OUTPUT, DataType::Float, batch, &[model.classes()], scores);
    let json = |value: Result<String, serde_json::Error>| value.expect("texts are JSON");
    let mut metadata = vec![
        (
            "class_names",
            json(serde_json::to_string(model.class_names())),
        ),
        (
            "provenance",
            json(serde_json::to_string(model.provenance())),
        ),
    ];
    if model.preprocessing() != Preprocessing::None {
        metadata.push(("preprocessing", model.preprocessing().to_string()));
    }
    if let Some(rejection) = model.rejection() {
        metadata.push(("rejection", json(serde_json::to_string(&rejection))));
    }
    let file = ModelProto {
        ir_version: ir_version(opset),
        producer_name: "onebit".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: "A network with one bit per weight.".into(),
        graph: Some(network::nodes(model, options)?.finish(input, output)),
        opset_import: vec![OperatorSetIdProto {
            domain: Some(String::new()),
            version: opset.into(),
        }],
        metadata_props: metadata
            .into_iter()
            .map(|(key, value)| StringStringEntryProto {
                key: key.into(),
                value,
            })
            .collect(),
    };
    match file.encoded_len() {
        bytes if bytes > MAX_BYTES => Err(too_large(bytes)),
        _ => Ok(file.encode_to_vec()),
    }
}
