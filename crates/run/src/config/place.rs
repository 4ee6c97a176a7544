//! Settings that say where and how a run is computed, and change no expectation of its result; and settings without
//! where on a machine things lie.

use std::path::Path;

use toml::Table;

use super::TrainConfig;

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
        let text = |table: &Table| match table.get(key) {
            Some(value) => value.to_string(),
            None => "none".into(),
        };
        Some((key.clone(), [text(&ours), text(&theirs)]))
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
}
