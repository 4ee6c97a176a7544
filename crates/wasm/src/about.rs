//! What a page tells of a network.

use alloc::collections::BTreeMap;
use alloc::string::String;

use runtime::integer::Network;
use runtime::{Conv, Model, Rejection};
use serde::Serialize;

/// The facts. Names of classes and provenance are a stranger's words.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About<'a> {
    input: [usize; 3],
    classes: &'a [String],
    preprocessing: &'static str,
    rejection: Option<Rejection>,
    provenance: &'a BTreeMap<String, String>,
    weights: usize,
    weight_bits: usize,
    file_bytes: usize,
    logit_bits: i32,
}

/// The facts as JSON. `preprocessing` is the word of the file, which `model` may not have.
pub(crate) fn json(
    model: &Model,
    network: &Network,
    preprocessing: &'static str,
    file_bytes: usize,
) -> String {
    let bits = |conv: &Conv| conv.weight_count() * conv.weights.storage().bits();
    let about = About {
        input: model.input(),
        classes: model.class_names(),
        preprocessing,
        rejection: model.rejection(),
        provenance: model.provenance(),
        weights: model.convs().iter().map(Conv::weight_count).sum(),
        weight_bits: model.convs().iter().map(bits).sum(),
        file_bytes,
        logit_bits: network.logit_bits,
    };
    // Numbers and texts are JSON.
    serde_json::to_string(&about).unwrap_or_default()
}
