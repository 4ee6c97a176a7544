//! Settings that say where and how a run is computed, and change no expectation of its result; and settings without
//! where on a machine things lie.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Table;

use super::{SETTINGS, TrainConfig};

/// Settings that may change from one session of a run to the next. Places are among them: whether images, teacher and the
/// weights that it started from are the same, digests tell.
const FREE: [&str; 8] = [
    "epochs",
    "device",
    "workers",
    "keep_checkpoints",
    "checkpoint_minutes",
    "dataset",
    "init",
    "teacher",
];

impl TrainConfig {
    /// The same settings without those that say where and how the run is computed, and what is kept of it.
    pub fn without_place(&self) -> Self {
        Self {
            device: String::new(),
            workers: 0,
            keep_checkpoints: 0,
            checkpoint_minutes: 0.0,
            ..self.clone()
        }
    }

    /// The settings that a run keeps from its first step to its last, each as TOML.
    pub fn began_with(&self) -> BTreeMap<String, String> {
        let table = Table::try_from(self.without_place()).unwrap_or_default();
        let keys = SETTINGS.iter().map(|setting| setting.key);
        let kept = keys.filter(|key| !FREE.contains(key));
        kept.map(|key| (key.into(), text(&table, key))).collect()
    }

    /// The first setting that is no longer what a run began with: its key, then, and now. Settings that came later are
    /// passed over.
    pub fn changed_since(&self, began: &BTreeMap<String, String>) -> Option<(String, [String; 2])> {
        let now = self.began_with();
        let both = began
            .iter()
            .filter_map(|(key, then)| Some((key, then, now.get(key)?)));
        let mut changed = both.filter(|(_, then, now)| then != now);
        let (key, then, now) = changed.next()?;
        Some((key.clone(), [then.clone(), now.clone()]))
    }

    /// Every setting, with names in place of paths: what leaves the machine names data and files, never where they lie.
    pub fn named(&self) -> Table {
        let mut table = Table::try_from(self).unwrap_or_default();
        table.insert("dataset".into(), self.dataset.name().into());
        for (key, place) in [("init", &self.init), ("teacher", &self.teacher)] {
            if let Some(place) = place {
                let name = Path::new(place).file_name().unwrap_or_default();
                table.insert(key.into(), name.to_string_lossy().into_owned().into());
            }
        }
        table
    }

    /// The first setting in which another run differs from this one in more than where it is computed: its key, and both
    /// values as TOML. `epochs` may differ, since a run can be made longer.
    pub fn differs_from(&self, other: &Self) -> Option<(String, [String; 2])> {
        let table = |config: &Self| {
            let mut config = config.without_place();
            // The same images, however their path is written.
            config.dataset = config.dataset.absolute();
            Table::try_from(config).unwrap_or_default()
        };
        let (ours, theirs) = (table(self), table(other));
        let mut keys = ours.keys().chain(theirs.keys());
        let differs = |key: &&String| *key != "epochs" && ours.get(*key) != theirs.get(*key);
        let key = keys.find(differs)?;
        Some((key.clone(), [text(&ours, key), text(&theirs, key)]))
    }
}

/// A value as TOML.
fn text(table: &Table, key: &str) -> String {
    match table.get(key) {
        Some(value) => value.to_string(),
        None => "none".into(),
    }
}

#[cfg(test)]
mod tests {
    use data::{Dataset, Source};

    use super::*;

    #[test]
    fn images_are_the_same_however_their_path_is_written() {
        let at = |path: &str| TrainConfig::recipe(Source::Own(path.into()));
        let here = std::env::current_dir().unwrap().join("src");
        let here = at(here.to_str().unwrap());
        assert_eq!(at("./src").differs_from(&here), None);
        assert_eq!(at("./src/").differs_from(&at("../run/src")), None);
        let (key, _) = at("./src").differs_from(&at("./tests")).unwrap();
        assert_eq!(key, "dataset");
    }

    #[test]
    fn named_settings_have_no_path() {
        let config = TrainConfig {
            teacher: Some("/home/somebody/runs/wide".into()),
            ..TrainConfig::recipe(Source::Own("/home/somebody/photos".into()))
        };
        let table = config.named();
        assert_eq!(table["teacher"].as_str(), Some("wide"));
        assert_eq!(table["dataset"].as_str(), Some("photos"));
        assert_eq!(table["epochs"].as_integer(), Some(config.epochs as i64));
        assert!(!table.to_string().contains("somebody"), "{table}");
    }

    #[test]
    fn where_a_run_is_computed_makes_no_difference() {
        let config = TrainConfig::recipe(Dataset::Glyphs);
        let elsewhere = TrainConfig {
            device: "cuda:0".into(),
            workers: 7,
            epochs: 14,
            ..config.clone()
        };
        assert_eq!(config.differs_from(&elsewhere), None);
        let other = TrainConfig {
            momentum: 0.5,
            ..config.clone()
        };
        let (key, values) = config.differs_from(&other).unwrap();
        assert_eq!(
            (key.as_str(), values),
            ("momentum", ["0.9".into(), "0.5".into()])
        );
        let sized = TrainConfig {
            size: Some([8, 8]),
            ..config.clone()
        };
        let (key, [none, some]) = config.differs_from(&sized).unwrap();
        assert_eq!((key.as_str(), none.as_str()), ("size", "none"));
        assert!(some.contains('8'), "{some}");
    }

    #[test]
    fn a_setting_that_was_changed_since_a_run_began_is_found() {
        let config = TrainConfig::recipe(Dataset::Glyphs);
        let began = config.began_with();
        let free = TrainConfig {
            epochs: 14,
            workers: 7,
            device: "cuda:0".into(),
            ..config.clone()
        };
        assert_eq!(free.changed_since(&began), None);
        let seed = TrainConfig {
            seed: config.seed + 1,
            ..config.clone()
        };
        let (key, [then, now]) = seed.changed_since(&began).unwrap();
        assert_eq!(
            (key.as_str(), then, now),
            (
                "seed",
                config.seed.to_string(),
                (config.seed + 1).to_string()
            )
        );
        let sized = TrainConfig {
            size: Some([8, 8]),
            ..config.clone()
        };
        let (key, [then, _]) = sized.changed_since(&began).unwrap();
        assert_eq!((key.as_str(), then.as_str()), ("size", "none"));
        // A program of before knew fewer.
        let mut fewer = began;
        fewer.remove("seed");
        assert_eq!(seed.changed_since(&fewer), None);
    }
}
