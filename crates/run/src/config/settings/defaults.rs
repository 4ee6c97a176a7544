//! What a setting is where nothing gives it, for each recipe and dataset.

use std::fmt;

use data::{Dataset, Source};
use serde::Serialize;
use toml::{Table, Value};

use super::Setting;
use crate::config::{Recipe, TrainConfig};

/// The defaults of a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Default {
    /// With recipe `paper`; of several datasets with other values, what most have.
    pub paper: String,
    /// With recipe `paper`, the datasets by name that have another value, and the value.
    pub others: Vec<(String, Vec<&'static str>)>,
    /// With recipe `small`, for own images.
    pub small: String,
    #[serde(skip)]
    /// Whether own images have that of `small` with either recipe.
    of_own: bool,
}

impl Setting {
    /// Its value in a config, as texts tell it; `unset` where it has none.
    pub fn value_in(&self, config: &TrainConfig) -> String {
        match Table::try_from(config).unwrap_or_default().get(self.key) {
            None => "unset".into(),
            Some(Value::String(word)) => word.clone(),
            Some(value) => value.to_string(),
        }
    }

    /// What it is where nothing gives it.
    pub fn default(&self) -> Default {
        let own = |recipe| TrainConfig::with_recipe(recipe, Source::Own("own images".into()));
        let small = self.value_in(&own(Recipe::Small));
        if self.key == "dataset" {
            return Default {
                paper: Source::default().to_string(),
                others: Vec::new(),
                small: Source::default().to_string(),
                of_own: false,
            };
        }
        let mut values: Vec<(String, Vec<&'static str>)> = Vec::new();
        for dataset in Dataset::ALL {
            let value = self.value_in(&TrainConfig::recipe(dataset));
            match values.iter_mut().find(|(known, _)| *known == value) {
                Some((_, datasets)) => datasets.push(dataset.name()),
                None => values.push((value, vec![dataset.name()])),
            }
        }
        // A sort keeps the order of equals.
        values.sort_by_key(|(_, datasets)| std::cmp::Reverse(datasets.len()));
        let others = values.split_off(1);
        let (paper, _) = values.remove(0);
        let of_own = self.key == "recipe" || self.value_in(&own(Recipe::Paper)) == small;
        Default {
            paper,
            others,
            small,
            of_own,
        }
    }
}

/// `wrn-20-4; wrn-8-1 for glyphs; resnet-18-2.5 for imagenet; wrn-14-1 with recipe small`.
impl fmt::Display for Default {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.paper)?;
        for (value, datasets) in &self.others {
            write!(f, "; {value} for {}", datasets.join(", "))?;
        }
        match (self.small == self.paper, self.of_own) {
            (true, _) => Ok(()),
            (false, true) => write!(f, "; {} for your own images", self.small),
            (false, false) => write!(f, "; {} with recipe small", self.small),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SETTINGS;

    #[test]
    fn defaults_are_told_for_each_recipe_and_dataset() {
        let text = |key: &str| Setting::of(key).unwrap().default().to_string();
        assert_eq!(text("dataset"), "glyphs");
        assert_eq!(text("seed"), "1");
        assert_eq!(text("size"), "unset");
        assert_eq!(text("recipe"), "paper; small for your own images");
        assert_eq!(text("validation"), "0; 0.1 for your own images");
        assert!(text("epochs").starts_with("14; 30 for svhn, imagenet32; 6 for glyphs"));
        assert!(text("epochs").ends_with(" with recipe small"));
    }

    #[test]
    fn every_default_is_that_of_a_recipe() {
        for setting in SETTINGS {
            let default = setting.default();
            for dataset in Dataset::ALL {
                let value = setting.value_in(&TrainConfig::recipe(dataset));
                let other = default.others.iter();
                let mut other = other.filter(|(_, names)| names.contains(&dataset.name()));
                let told = other.next().map_or(&default.paper, |(value, _)| value);
                if setting.key != "dataset" {
                    assert_eq!(*told, value, "{} of {dataset}", setting.key);
                }
            }
        }
    }
}
