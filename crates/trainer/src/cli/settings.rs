//! Settings from the command line, laid over those of the recipe and the config file.

use run::RunError;
use run::config::Layers;
use serde::Serialize;
use serde_json::Value;

/// Adds one `KEY=VALUE` of `--set`.
///
/// # Errors
///
/// As [`Layers::assignment`].
pub fn set(layers: &mut Layers, assignment: &str) -> Result<(), RunError> {
    layers.assignment(assignment, &format!("--set {assignment}"))
}

/// Adds a flag's value when it was given, with how it was written: errors name that.
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
        Some(value) => {
            let origin = words(key, &value);
            layers.value(key, value, &origin)
        }
        None => Ok(()),
    }
}

/// A flag as it is written: `--size 64x48`.
fn words<T: Serialize>(key: &str, value: &T) -> String {
    let flag = format!("--{}", key.replace('_', "-"));
    let value = match (key, serde_json::to_value(value)) {
        // Height and width, which a flag has the other way round.
        ("size", Ok(Value::Array(sides))) => match &sides[..] {
            [height, width] if height == width => width.to_string(),
            [height, width] => format!("{width}x{height}"),
            _ => return flag,
        },
        (_, Ok(Value::String(word))) => word,
        (_, Ok(Value::Number(number))) => {
            let text = number.to_string();
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }
        // JSON has no other numbers that are not finite.
        (_, Ok(Value::Null)) => "nan".into(),
        // A switch, and a network of a file.
        _ => return flag,
    };
    format!("{flag} {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_told_as_they_are_written() {
        assert_eq!(words("size", &[48, 64]), "--size 64x48");
        assert_eq!(words("size", &[32, 32]), "--size 32");
        assert_eq!(words("learning_rate", &2.0), "--learning-rate 2");
        assert_eq!(words("learning_rate", &0.25), "--learning-rate 0.25");
        assert_eq!(words("learning_rate", &f64::NAN), "--learning-rate nan");
        assert_eq!(
            words("split_seed", &u64::MAX),
            format!("--split-seed {}", u64::MAX)
        );
        assert_eq!(words("fit", &"pad"), "--fit pad");
        assert_eq!(words("skip_bad", &true), "--skip-bad");
    }
}
