//! The settings of a run that are not those of its recipe.

use toml::Table;

use super::apart::{PLACE, apart, matters, text};
use crate::TrainConfig;

/// The settings, key and value, in which a run is another than the recipe of its dataset, whatever other runs there are;
/// `elsewhere` are keys that are told of in another place. A setting that the run does not heed is left out.
pub fn changed(config: &TrainConfig, elsewhere: &[&str]) -> Vec<(String, String)> {
    let recipe = TrainConfig::recipe(config.dataset.clone());
    let named = TrainConfig::with_recipe(config.recipe, config.dataset.clone());
    let table = |config: &TrainConfig| Table::try_from(config).unwrap_or_default();
    let (ours, usual, named) = (table(config), table(&recipe), table(&named));
    let mut keys: Vec<&String> = ours.keys().chain(named.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let is_changed = |key: &&String| {
        let told = PLACE.contains(&key.as_str()) || elsewhere.contains(&key.as_str());
        // Another recipe than the usual one is named; what follows from it is not.
        let there = if *key == "recipe" { &usual } else { &named };
        !told && matters(&ours, key) && ours.get(*key) != there.get(*key)
    };
    let keys = keys.into_iter().filter(is_changed);
    keys.map(|key| (key.clone(), text(&ours, key))).collect()
}

/// The settings in which all runs are alike, and any is another than its recipe; those in which they are not alike are
/// told by [`apart`].
pub fn changed_alike(configs: &[&TrainConfig], elsewhere: &[&str]) -> Vec<(String, String)> {
    let differing: Vec<String> = (apart(configs, elsewhere).into_iter().flatten())
        .map(|(key, _)| key)
        .collect();
    let all = configs.iter().flat_map(|config| changed(config, elsewhere));
    let mut alike: Vec<(String, String)> =
        all.filter(|(key, _)| !differing.contains(key)).collect();
    alike.sort_unstable();
    alike.dedup();
    alike
}

#[cfg(test)]
mod tests {
    use data::{Dataset, Source};

    use super::*;
    use crate::config::Recipe;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn what_is_not_the_recipe_s_is_told_whatever_stands_beside_it() {
        let recipe = TrainConfig::recipe(Dataset::Mnist);
        assert!(changed(&recipe, &[]).is_empty());
        let ours = TrainConfig {
            limit_train: 3000,
            epochs: 2,
            device: "wgpu".into(),
            split_seed: None,
            average_decay: 0.5,
            ..recipe.clone()
        };
        // Where it was computed is left out, and what the run does not heed.
        assert_eq!(
            changed(&ours, &["epochs"]),
            pairs(&[("limit_train", "3000")])
        );
        let held_out = TrainConfig {
            validation: data::Part::Count(100),
            ..ours
        };
        let found = changed(&held_out, &["epochs", "limit_train"]);
        assert_eq!(found, pairs(&[("split_seed", "–"), ("validation", "100")]));
        // A recipe that is chosen is named, not each of its settings.
        let own = Source::Own("./photos".into());
        let paper = TrainConfig::with_recipe(Recipe::Paper, own);
        assert_eq!(changed(&paper, &[]), pairs(&[("recipe", "paper")]));
    }

    #[test]
    fn what_all_have_and_no_recipe_is_told_once() {
        let of = |dataset, rate| TrainConfig {
            limit_train: 3000,
            learning_rate: rate,
            ..TrainConfig::recipe(dataset)
        };
        let (one, two) = (of(Dataset::Mnist, 0.1), of(Dataset::Mnist, 0.05));
        let limit = pairs(&[("limit_train", "3000")]);
        assert_eq!(changed_alike(&[&one, &two], &[]), limit);
        assert_eq!(
            changed_alike(&[&two, &two], &[]),
            pairs(&[("learning_rate", "0.05"), ("limit_train", "3000")])
        );
        assert!(changed_alike(&[&one], &["limit_train"]).is_empty());
        let cifar = of(Dataset::Cifar10, 0.1);
        let found = changed_alike(&[&one, &cifar], &["dataset"]);
        assert_eq!(found, limit);
    }
}
