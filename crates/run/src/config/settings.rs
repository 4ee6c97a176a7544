//! Every setting, explained in one place: the program's help, the comments of a written config, the
//! reference page, the report, and the check of a config all take what stands in the table.

mod defaults;
mod range;
mod table;
mod written;

use word_list::word_list;

pub use defaults::Default;
pub use range::Range;
pub use table::SETTINGS;
pub use written::{template, wrapped, written};

use crate::RunError;

/// A setting of a run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Setting {
    /// Its key in a config.
    pub key: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// What it means, in one or two sentences; the first alone says enough for a list.
    pub about: &'static str,
    /// Which values it takes.
    pub range: Range,
    /// Where it comes from: a section of the paper, or another work; empty where it is ours.
    pub source: &'static str,
    /// A value that is not the usual one, as TOML has it.
    pub example: &'static str,
}

word_list! {
    /// What a setting belongs to, in the order in which lists have them.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Group {
        /// The images.
        Data = "Data",
        /// The network.
        Network = "Network",
        /// How it is trained.
        Training = "Training",
        /// How its weights are changed.
        Optimiser = "Optimiser",
        /// Where all that is done.
        Machine = "Machine",
    }
}

impl Setting {
    /// The setting of this key.
    pub fn of(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// The setting of this key; `origin` names in errors where it was asked for.
    ///
    /// # Errors
    ///
    /// [`RunError::Key`], which has the key that was perhaps meant, when there is none.
    pub fn find(key: &str, origin: &str) -> Result<&'static Self, RunError> {
        Self::of(key).ok_or_else(|| RunError::key(origin, key))
    }

    /// The first sentence of what it means.
    pub fn meaning(&self) -> &'static str {
        let end = self.about.find(". ").map_or(self.about.len(), |at| at + 1);
        &self.about[..end]
    }

    /// What it means, and its range.
    pub fn told(&self) -> String {
        format!("{} [{}]", self.about, self.range)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use data::Dataset;

    use super::*;
    use crate::config::TrainConfig;

    #[test]
    fn every_key_of_a_config_is_explained_once() {
        let whole = TrainConfig {
            size: Some([32, 32]),
            channels: Some(3),
            init: Some("run".into()),
            teacher: Some("run".into()),
            decay_latent: Some(0.0),
            ..TrainConfig::recipe(Dataset::Glyphs)
        };
        let table = toml::Table::try_from(whole).unwrap();
        let keys: BTreeSet<&str> = table.keys().map(String::as_str).collect();
        let explained: BTreeSet<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
        assert_eq!(keys, explained);
        assert_eq!(explained.len(), SETTINGS.len(), "each key once");
    }

    #[test]
    fn the_table_goes_group_by_group_and_each_about_is_sentences() {
        let groups: Vec<Group> = SETTINGS.iter().map(|setting| setting.group).collect();
        let mut ordered = groups.clone();
        ordered.sort_by_key(|group| *group as usize);
        assert_eq!(groups, ordered);
        for setting in SETTINGS {
            assert!(setting.about.ends_with('.'), "{}", setting.key);
            assert!(setting.meaning().ends_with('.'), "{}", setting.key);
        }
    }
}
