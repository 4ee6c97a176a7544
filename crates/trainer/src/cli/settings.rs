//! Settings from the command line, laid over those of the recipe and the config file.

use run::RunError;
use run::config::Layers;
use serde::Serialize;

/// Adds one `KEY=VALUE` of `--set`.
///
/// # Errors
///
/// As [`Layers::assignment`].
pub fn set(layers: &mut Layers, assignment: &str) -> Result<(), RunError> {
    layers.assignment(assignment, &format!("--set {assignment}"))
}

/// Adds a flag's value when it was given.
///
/// # Errors
///
/// As [`Layers::value`].
pub fn flag<T: Serialize>(
    layers: &mut Layers,
    key: &str,
    value: Option<T>,
) -> Result<(), RunError> {
    match value {
        Some(value) => layers.value(key, value, &format!("--{}", key.replace('_', "-"))),
        None => Ok(()),
    }
}
