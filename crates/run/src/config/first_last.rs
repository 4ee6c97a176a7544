//! Serde for `first_last`: a kind of weights, or the word for none of its own.

use std::borrow::Cow;

use graph::{GraphError, Weights};
use serde::{Deserialize, Deserializer, Serializer, de};

/// The first and the last convolution have the kind of the others.
pub(super) const AS_WEIGHTS: &str = "as-weights";

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
    parse(&word).map_err(de::Error::custom)
}

/// The kind that the word says; `None` for `as-weights`.
///
/// # Errors
///
/// [`GraphError::Word`], which lists the words.
pub fn parse(word: &str) -> Result<Option<Weights>, GraphError> {
    if word == AS_WEIGHTS {
        return Ok(None);
    }
    word.parse().map(Some).map_err(|_| {
        let kinds = Weights::ALL.iter().map(|kind| kind.name());
        let words: Vec<&str> = kinds.chain([AS_WEIGHTS]).collect();
        GraphError::word("weights", &words, word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_word_lists_all_that_there_are() {
        assert_eq!(parse("as-weights").unwrap(), None);
        assert_eq!(parse("32bit").unwrap(), Some(Weights::FULL));
        let error = parse("foo").unwrap_err().to_string();
        assert!(error.contains("`foo`") && error.contains("1bit"), "{error}");
        assert!(error.contains("as-weights"), "{error}");
    }
}
