//! Where settings come from: the dataset's recipe, then whatever is laid over it, such as a file and a command's flags.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use data::Source;
use graph::Net;
use serde::Serialize;
use toml::{Table, Value};

use super::{Recipe, TrainConfig, settings, stand_over};
use crate::RunError;

/// Settings stacked up: a later layer replaces those of an earlier one.
#[derive(Default)]
pub struct Layers {
    given: Table,
    /// The number of the layer that gave each key.
    layer_of: BTreeMap<String, usize>,
    layers: usize,
    notes: Vec<String>,
}

impl Layers {
    /// Adds the settings of a TOML file.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when it cannot be read; [`RunError::Setting`] when it is not TOML, or has a
    /// key or value that no run has.
    pub fn file(&mut self, path: &Path) -> Result<(), RunError> {
        let text = fs::read_to_string(path).map_err(|e| RunError::io("reading", path, e))?;
        self.toml(&text, &path.display().to_string())
    }

    /// Adds the settings of a TOML text; `origin` names it in errors.
    ///
    /// # Errors
    ///
    /// As [`file`](Self::file).
    pub fn toml(&mut self, text: &str, origin: &str) -> Result<(), RunError> {
        let table: Table = text
            .parse()
            .map_err(|e| wrong(origin, format!("expected TOML, found: {e}")))?;
        self.add(table, origin)
    }

    /// Adds one setting from a text such as `momentum=0.9`; a value that is not TOML is taken as a word.
    ///
    /// # Errors
    ///
    /// [`RunError::Assignment`] when there is no `=`, [`RunError::Setting`] when no run has that key or value.
    pub fn assignment(&mut self, assignment: &str, origin: &str) -> Result<(), RunError> {
        let (key, value) = assignment
            .split_once('=')
            .ok_or_else(|| RunError::Assignment {
                origin: origin.into(),
            })?;
        let value = match format!("v = {value}").parse::<Table>() {
            Ok(mut table) if table.len() == 1 => table.remove("v").expect("it was just written"),
            _ => Value::String(value.into()),
        };
        self.add(Table::from_iter([(key.trim().into(), value)]), origin)
    }

    /// Adds one setting.
    ///
    /// # Errors
    ///
    /// [`RunError::Setting`] when no run has that key or value.
    pub fn value<T: Serialize>(
        &mut self,
        key: &str,
        value: T,
        origin: &str,
    ) -> Result<(), RunError> {
        let value = Value::try_from(value)
            .map_err(|e| wrong(origin, format!("cannot be a setting: {e}")))?;
        self.add(Table::from_iter([(key.into(), value)]), origin)
    }

    /// The settings of all layers over the recipe of the dataset that they name.
    ///
    /// # Errors
    ///
    /// [`RunError::Value`] for values that no run could use.
    pub fn resolve(&mut self) -> Result<TrainConfig, RunError> {
        let mut config = over_recipe(&self.given, "config")?;
        config.check()?;
        if let Net::Own(design) = &mut config.net {
            // A kind that a setting names stands over those of a network file. A config that has
            // both, as that of a run, means each where it stands.
            let net = self.layer_of.get("net");
            let given = |key: &str| {
                self.layer_of
                    .get(key)
                    .is_some_and(|layer| Some(layer) != net)
            };
            let weights = given("weights").then_some(config.weights);
            let ends = given("weights") || given("first_last");
            let first_last = ends.then_some(config.first_last);
            self.notes
                .extend(stand_over(design, config.weights, weights, first_last));
        }
        Ok(config)
    }

    /// What was decided between settings, in lines for a person.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Adds a layer after checking it alone, so that an error can name its origin.
    fn add(&mut self, table: Table, origin: &str) -> Result<(), RunError> {
        over_recipe(&table, origin)?;
        self.layers += 1;
        let keys = table.keys().map(|key| (key.clone(), self.layers));
        self.layer_of.extend(keys);
        self.given.extend(table);
        Ok(())
    }
}

/// Settings over the recipe of the dataset that they name.
pub(super) fn over_recipe(given: &Table, origin: &str) -> Result<TrainConfig, RunError> {
    let word = |key: &str| given.get(key).cloned();
    let wrong_word =
        |key: &str, e: &toml::de::Error| wrong(origin, format!("{key}: {}", one_line(e)));
    let source: Source = match word("dataset") {
        Some(value) => value.try_into().map_err(|e| wrong_word("dataset", &e))?,
        None => Source::default(),
    };
    let recipe: Recipe = match word("recipe") {
        Some(value) => value.try_into().map_err(|e| wrong_word("recipe", &e))?,
        None => Recipe::of(&source),
    };
    let recipe = TrainConfig::with_recipe(recipe, source);
    let mut table = Table::try_from(recipe).expect("a recipe is a table");
    for (key, value) in given {
        // `0.1` and `1` are both numbers to a user; TOML tells them apart.
        let value = match (table.get(key), value) {
            // Of this one the kind of number counts.
            _ if key == "validation" => value.clone(),
            (Some(Value::Float(_)), Value::Integer(integer)) => Value::Float(*integer as f64),
            (Some(Value::Array(_)), Value::Array(given)) => {
                let number = |value: &Value| match value {
                    Value::Integer(integer) => Value::Float(*integer as f64),
                    other => other.clone(),
                };
                Value::Array(given.iter().map(number).collect())
            }
            _ => value.clone(),
        };
        if !settings::is_known(key) {
            let known: Vec<&str> = table.keys().map(String::as_str).collect();
            let known = known.join(", ");
            return Err(wrong(
                origin,
                format!("unknown key `{key}`; expected one of {known}"),
            ));
        }
        let mut one = table.clone();
        one.insert(key.clone(), value.clone());
        one.try_into::<TrainConfig>()
            .map_err(|e| wrong(origin, format!("`{key}`: {}", one_line(&e))))?;
        table.insert(key.clone(), value);
    }
    table.try_into().map_err(|e| wrong(origin, one_line(&e)))
}

fn wrong(origin: &str, problem: String) -> RunError {
    RunError::Setting {
        origin: origin.into(),
        problem,
    }
}

fn one_line(error: &toml::de::Error) -> String {
    error.message().trim_end().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use data::Dataset;

    use super::*;

    fn error(act: impl FnOnce(&mut Layers) -> Result<(), RunError>) -> String {
        act(&mut Layers::default()).unwrap_err().to_string()
    }

    #[test]
    fn later_layers_win_over_the_recipe_of_the_dataset() {
        let mut layers = Layers::default();
        layers
            .toml("dataset = 'cifar10'\nepochs = 6\nseed = 3", "file")
            .unwrap();
        layers.assignment("epochs=7", "line 1").unwrap();
        layers.assignment("momentum=0", "line 2").unwrap();
        layers.value("epochs", 8, "epochs").unwrap();
        layers.value("net", "wrn-20-1", "net").unwrap();
        let config = layers.resolve().unwrap();
        let recipe = TrainConfig::recipe(Dataset::Cifar10);
        let net = "wrn-20-1".parse().unwrap();
        assert_eq!(
            config,
            TrainConfig {
                epochs: 8,
                seed: 3,
                momentum: 0.0,
                net,
                ..recipe
            }
        );
    }

    #[test]
    fn errors_name_origin_and_key() {
        let unknown = error(|l| l.toml("epoch = 3", "a.toml"));
        assert!(
            unknown.contains("a.toml") && unknown.contains("`epoch`"),
            "{unknown}"
        );
        assert!(
            unknown.contains("epochs"),
            "lists the known keys: {unknown}"
        );
        let depth = error(|l| l.assignment("net=wrn-19-1", "line 9"));
        assert!(
            depth.contains("line 9") && depth.contains("6n+2"),
            "{depth}"
        );
        let kind = error(|l| l.toml("epochs = 'many'", "a.toml"));
        assert!(kind.contains("`epochs`") && kind.contains("many"), "{kind}");
        let toml = error(|l| l.toml("epochs =", "a.toml"));
        assert!(toml.contains("expected TOML"), "{toml}");
        let negative = error(|l| l.assignment("epochs=-1", "line 9"));
        assert!(negative.contains("`epochs`"), "{negative}");
        let dataset = error(|l| l.assignment("dataset=cifar", "line 9"));
        assert!(
            dataset.contains("cifar100"),
            "lists the datasets: {dataset}"
        );
        assert!(error(|l| l.assignment("epochs", "line 9")).contains("key=value"));
    }
}
