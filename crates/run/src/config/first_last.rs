//! Serde for `first_last`: a kind of weights, or the word for none of its own.

use std::borrow::Cow;

use graph::Weights;
use serde::{Deserialize, Deserializer, Serializer, de};

/// The first and the last convolution have the kind of the others.
const AS_WEIGHTS: &str = "as-weights";

pub fn serialize<S: Serializer>(
    weights: &Option<Weights>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(weights.map_or(AS_WEIGHTS, Weights::name))
}

pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Weights>, D::Error> {
    let word = Cow::<str>::deserialize(deserializer)?;
    match word.as_ref() {
        AS_WEIGHTS => Ok(None),
        word => word.parse().map(Some).map_err(de::Error::custom),
    }
}
