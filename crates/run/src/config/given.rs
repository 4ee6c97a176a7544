//! How settings were given, for messages about their values.

use std::collections::BTreeMap;

use crate::RunError;

/// How a setting was given.
pub(super) enum Given {
    /// By itself, in these words.
    Alone(String),
    /// In a file with others.
    In(String),
}

/// An error about a value with how that was given.
pub(super) fn told(error: RunError, given_as: &BTreeMap<String, Given>) -> RunError {
    match error {
        RunError::Value {
            key,
            expected,
            found,
            ..
        } => RunError::Value {
            given: given_as.get(key).map(|given| match given {
                Given::Alone(words) => words.clone(),
                Given::In(file) => format!("{file}: `{key}` = {found}"),
            }),
            key,
            expected,
            found,
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    #[test]
    fn a_value_out_of_range_is_told_as_it_was_given() {
        let resolved = |give: &dyn Fn(&mut Layers) -> Result<(), RunError>| {
            let mut layers = Layers::default();
            give(&mut layers).unwrap();
            layers.resolve().unwrap_err().to_string()
        };
        let size = resolved(&|l| {
            l.toml("dataset = './x'\nsize = [4, 5]", "a.toml")?;
            l.value("size", [5000, 4], "--size 4x5000")
        });
        assert_eq!(size, "--size 4x5000: expected 1 to 4096 pixels a side");
        let momentum = resolved(&|l| l.assignment("momentum=2", "line 9: momentum=2"));
        assert_eq!(momentum, "line 9: momentum=2: expected 0 to 1");
        let file = resolved(&|l| l.toml("momentum = 2", "a.toml"));
        assert_eq!(file, "a.toml: `momentum` = 2: expected 0 to 1");
        // What nobody gave is told by its key.
        let other = resolved(&|l| l.value("learning_rate", 0.0, "--learning-rate 0"));
        assert!(other.starts_with("`learning_rate_min` = "), "{other}");
    }
}
