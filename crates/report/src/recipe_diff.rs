//! The settings in which a run is another than the published one beside it.

use std::path::Path;

use graph::{InputNorm, Padding};
use run::TrainConfig;
use run::config::Recipe;

use super::published::KERAS;

/// The settings that decide a result, but for those that a published figure is found by.
const KEYS: [&str; 25] = [
    "batch_size",
    "accumulate",
    "max_steps",
    "validation",
    "limit_train",
    "limit_test",
    "schedule",
    "learning_rate",
    "learning_rate_min",
    "first_cycle",
    "momentum",
    "clear_momentum",
    "warm_up",
    "weight_decay",
    "decay_norms",
    "label_smoothing",
    "latent_norm",
    "estimator",
    "average",
    "decay_latent",
    "teacher",
    "teacher_share",
    "input_norm",
    "learn_norms",
    "padding",
];

/// The settings that make a run another than the one behind a figure of `source`, each as `key = value, there value`.
pub fn recipe_diff(config: &TrainConfig, source: &str) -> Vec<String> {
    let table = |config: &TrainConfig| toml::Table::try_from(config).unwrap_or_default();
    let (ours, theirs) = (table(config), table(&published(config, source)));
    let differs = |key: &&str| ours.get(*key) != theirs.get(*key);
    let text = |table: &toml::Table, key: &str| match (key, table.get(key)) {
        (_, None) => "unset".into(),
        // What leaves the machine names files, never their paths.
        ("teacher", Some(toml::Value::String(path))) => {
            let name = Path::new(path).file_name().unwrap_or_default();
            format!("{:?}", name.to_string_lossy())
        }
        (_, Some(value)) => value.to_string(),
    };
    let shown = |key: &str| format!("{key} = {}, there {}", text(&ours, key), text(&theirs, key));
    KEYS.into_iter().filter(differs).map(shown).collect()
}

/// The recipe of a published figure: the author's MATLAB code has a ReLU before the first convolution and clears the
/// momentum at each restart, his Keras code has neither, and goes lower with the rate.
fn published(config: &TrainConfig, source: &str) -> TrainConfig {
    let recipe = TrainConfig::with_recipe(Recipe::Paper, config.dataset.clone());
    match source == KERAS {
        true => TrainConfig {
            input_norm: InputNorm::Learned,
            clear_momentum: false,
            learning_rate_min: 1e-5,
            padding: Padding::BottomRight,
            ..recipe
        },
        false => TrainConfig {
            input_norm: InputNorm::LearnedRelu,
            clear_momentum: true,
            ..recipe
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published;

    /// Every config of a published figure is the recipe that it is compared with.
    #[test]
    fn the_configs_of_published_figures_depart_in_nothing() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../experiments");
        let mut checked = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let source = match name.split('-').next().unwrap() {
                "keras" => KERAS,
                "table1" | "table2" | "figure5" => "paper",
                _ if name.starts_with("mnist-1bit") || name.starts_with("mnist-32bit") => "paper",
                _ => continue,
            };
            let mut layers = run::config::Layers::default();
            layers.file(&path).unwrap();
            let config = layers.resolve().unwrap();
            assert_eq!(recipe_diff(&config, source), [""; 0], "{name}");
            // Some rows of the paper have no figure of their own for a dataset that the recipe is there for.
            checked += usize::from(!published::of(&config).is_empty());
        }
        assert!(checked > 30, "{checked} configs have a published figure");
    }

    #[test]
    fn each_other_setting_is_named_with_the_published_one() {
        let ours = TrainConfig {
            limit_train: 250,
            learn_norms: true,
            teacher: Some("/home/somebody/runs/wide".into()),
            ..TrainConfig::recipe(data::Dataset::Cifar10)
        };
        assert_eq!(
            recipe_diff(&ours, "paper"),
            [
                "limit_train = 250, there 0",
                "clear_momentum = false, there true",
                "teacher = \"wide\", there unset",
                "input_norm = \"learned\", there \"learned-relu\"",
                "learn_norms = true, there false",
            ]
        );
    }
}
