//! What tells runs apart in their settings.

use std::collections::BTreeSet;

use data::Source;
use toml::{Table, Value};

use crate::TrainConfig;

/// Settings that say where a run is computed and what is kept of it.
pub(super) const PLACE: [&str; 4] = [
    "device",
    "workers",
    "keep_checkpoints",
    "checkpoint_minutes",
];

/// What a setting is shown as that a run does not have.
pub const UNSET: &str = "–";

/// Of each run the settings, key and value, in which not all of the runs are alike; `elsewhere` are keys that are told of
/// in another place. A setting that a run's schedule does not heed is left out.
pub fn apart(configs: &[&TrainConfig], elsewhere: &[&str]) -> Vec<Vec<(String, String)>> {
    let table = |config: &&TrainConfig| Table::try_from(*config).unwrap_or_default();
    let tables: Vec<Table> = configs.iter().map(table).collect();
    let keys: BTreeSet<&String> = tables.iter().flat_map(Table::keys).collect();
    let differs = |key: &&&String| {
        let texts: BTreeSet<_> = tables.iter().map(|table| text(table, key)).collect();
        let told = PLACE.contains(&key.as_str()) || elsewhere.contains(&key.as_str());
        texts.len() > 1 && !told
    };
    let keys: Vec<&String> = keys.iter().filter(differs).copied().collect();
    let of = |table: &Table| {
        let heeded = keys.iter().filter(|key| matters(table, key));
        heeded
            .map(|key| ((*key).clone(), text(table, key)))
            .collect()
    };
    tables.iter().map(of).collect()
}

/// Whether a run's schedule heeds a setting.
pub(super) fn matters(table: &Table, key: &str) -> bool {
    let is = |key: &str, word: &str| text(table, key) == word;
    match key {
        "drops" => is("schedule", "steps"),
        "first_cycle" | "clear_momentum" => is("schedule", "cosine-restarts"),
        "learning_rate_min" => !is("schedule", "steps"),
        "teacher_temperature" | "teacher_share" => table.contains_key("teacher"),
        "average_decay" => is("average", "ema"),
        "average_from" => !is("average", "none"),
        // Of a dataset with a name nothing is held out unless it is asked for.
        "split_seed" => {
            let source = text(table, "dataset").parse::<Source>();
            !is("validation", "0") || source.is_ok_and(|source| source.path().is_some())
        }
        _ => true,
    }
}

pub(super) fn text(table: &Table, key: &str) -> String {
    match table.get(key) {
        Some(Value::String(word)) => word.clone(),
        Some(value) => value.to_string(),
        None => UNSET.into(),
    }
}

#[cfg(test)]
mod tests {
    use data::Dataset;

    use super::*;
    use crate::config::ScheduleName;

    #[test]
    fn settings_that_differ_are_named_with_their_values() {
        let one = TrainConfig::recipe(Dataset::Glyphs);
        let two = TrainConfig {
            learning_rate: 0.05,
            seed: 2,
            workers: 3,
            ..one.clone()
        };
        let found = apart(&[&one, &two], &["seed"]);
        let pair = |value: &str| vec![("learning_rate".to_owned(), value.to_owned())];
        assert_eq!(found, [pair("0.1"), pair("0.05")]);
        assert!(apart(&[&one, &one], &[]).iter().all(Vec::is_empty));
        let steps = TrainConfig {
            schedule: ScheduleName::Steps,
            first_cycle: 7,
            ..one.clone()
        };
        let found = apart(&[&one, &steps], &[]);
        assert!(found[1].iter().all(|(key, _)| key != "first_cycle"));
        assert!(found[0].iter().any(|(key, _)| key == "first_cycle"));
    }
}
