//! A key of an earlier program, in the config of a run.

use toml::{Table, Value};

/// What `input_norm` was on the first day: whether the input's norm is learned and a ReLU follows, or neither.
const INPUT_RELU: &str = "input_relu";

/// Puts today's key in its place. In new settings it stays unknown, with today's key as its nearest.
pub(super) fn renamed(table: &mut Table) {
    let norm = match table.get(INPUT_RELU) {
        Some(Value::Boolean(true)) => "learned-relu",
        Some(Value::Boolean(false)) => "fixed",
        _ => return,
    };
    if !table.contains_key("input_norm") {
        table.remove(INPUT_RELU);
        table.insert("input_norm".into(), norm.into());
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use graph::InputNorm;

    use crate::TrainConfig;
    use crate::config::Layers;

    #[test]
    fn the_runs_that_have_it_are_read() {
        let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments/results");
        for (run, norm) in [
            ("2026-11-24-cifar10-input-relu-true", InputNorm::LearnedRelu),
            ("2026-11-24-cifar10-input-relu-false", InputNorm::Fixed),
        ] {
            let config = TrainConfig::read(&results.join(run).join("config.toml")).unwrap();
            assert_eq!(config.input_norm, norm, "{run}");
        }
    }

    #[test]
    fn elsewhere_it_is_unknown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        let text = "dataset = 'mnist'\nnet = 'wrn-8-1'\nweights = '1bit'\nepochs = 1\nseed = 1\n";
        for more in ["input_relu = 1", "input_relu = true\ninput_norm = 'fixed'"] {
            std::fs::write(&path, format!("{text}{more}\n")).unwrap();
            let error = TrainConfig::read(&path).unwrap_err().to_string();
            assert!(
                error.contains("unknown key `input_relu`; did you mean `input_norm`?"),
                "{error}"
            );
        }
        let mut layers = Layers::default();
        let error = layers
            .assignment("input_relu=true", "x")
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "x: unknown key `input_relu`; did you mean `input_norm`?"
        );
    }
}
