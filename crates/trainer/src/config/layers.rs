//! Where settings come from: the dataset's recipe, then a config file, then `--set`, then flags.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use data::Dataset;
use model::Net;
use serde::Serialize;
use toml::{Table, Value};

use super::TrainConfig;
use crate::Error;

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
    /// [`Error::Failed`] when it cannot be read; [`Error::Usage`] when it is not TOML, or has a
    /// key or value that no run has.
    pub fn file(&mut self, path: &Path) -> Result<(), Error> {
        let text = fs::read_to_string(path).map_err(|e| Error::io("reading", path, &e))?;
        self.toml(&text, &path.display().to_string())
    }

    /// Adds the settings of a TOML text; `origin` names it in errors.
    ///
    /// # Errors
    ///
    /// As [`file`](Self::file).
    pub fn toml(&mut self, text: &str, origin: &str) -> Result<(), Error> {
        let table: Table = text
            .parse()
            .map_err(|e| Error::Usage(format!("{origin}: expected TOML, found: {e}")))?;
        self.add(table, origin)
    }

    /// Adds one `key=value` of `--set`; a value that is not TOML is taken as a word.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] when there is no `=`, or no run has that key or value.
    pub fn set(&mut self, assignment: &str) -> Result<(), Error> {
        let origin = format!("--set {assignment}");
        let (key, value) = assignment.split_once('=').ok_or_else(|| {
            Error::Usage(format!(
                "{origin}: expected key=value, such as --set momentum=0.9"
            ))
        })?;
        let value = match format!("v = {value}").parse::<Table>() {
            Ok(mut table) if table.len() == 1 => table.remove("v").expect("it was just written"),
            _ => Value::String(value.into()),
        };
        self.add(Table::from_iter([(key.trim().into(), value)]), &origin)
    }

    /// Adds a flag's value when it was given.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn flag<T: Serialize>(&mut self, key: &str, value: Option<T>) -> Result<(), Error> {
        let Some(value) = value else { return Ok(()) };
        let origin = format!("--{}", key.replace('_', "-"));
        let value = Value::try_from(value)
            .map_err(|e| Error::Usage(format!("{origin}: cannot be a setting: {e}")))?;
        self.add(Table::from_iter([(key.into(), value)]), &origin)
    }

    /// The settings of all layers over the recipe of the dataset that they name.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for values that no run could use.
    pub fn resolve(&mut self) -> Result<TrainConfig, Error> {
        let mut config = over_recipe(&self.given, "config")?;
        config.check()?;
        if let Net::Own(design) = &mut config.net {
            // A kind that a key or flag names stands over those of a network file. A config that has
            // both, as that of a run, means each where it stands.
            let net = self.layer_of.get("net");
            let given = |key: &str| {
                self.layer_of
                    .get(key)
                    .is_some_and(|layer| Some(layer) != net)
            };
            if design.clear_weights(given("weights"), given("weights") || given("first_last")) {
                let name = design.name.as_deref().unwrap_or_default();
                self.notes.push(format!(
                    "the kinds of weights in the network file of {name} do not count: weights {} were asked for",
                    config.weights
                ));
            }
        }
        Ok(config)
    }

    /// What was decided between settings, in lines for a person.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Adds the network that `--net` names.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn net(&mut self, net: Net) -> Result<(), Error> {
        self.flag("net", Some(net))
    }

    /// Adds a layer after checking it alone, so that an error can name its origin.
    fn add(&mut self, table: Table, origin: &str) -> Result<(), Error> {
        over_recipe(&table, origin)?;
        self.layers += 1;
        let keys = table.keys().map(|key| (key.clone(), self.layers));
        self.layer_of.extend(keys);
        self.given.extend(table);
        Ok(())
    }
}

/// Settings over the recipe of the dataset that they name.
pub(super) fn over_recipe(given: &Table, origin: &str) -> Result<TrainConfig, Error> {
    let wrong = |error: toml::de::Error| {
        let message = error.message().trim_end().replace('\n', " ");
        Error::Usage(format!("{origin}: {message}"))
    };
    let dataset = match given.get("dataset") {
        Some(value) => value.clone().try_into().map_err(|e: toml::de::Error| {
            let message = e.message().trim_end().replace('\n', " ");
            Error::Usage(format!("{origin}: dataset: {message}"))
        })?,
        None => Dataset::default(),
    };
    let mut table = Table::try_from(TrainConfig::recipe(dataset)).expect("a recipe is a table");
    for (key, value) in given {
        // `0.1` and `1` are both numbers to a user; TOML tells them apart.
        let value = match (table.get(key), value) {
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
        if !table.contains_key(key) {
            let known: Vec<&str> = table.keys().map(String::as_str).collect();
            return Err(Error::Usage(format!(
                "{origin}: unknown key `{key}`; expected one of {}",
                known.join(", ")
            )));
        }
        let mut one = table.clone();
        one.insert(key.clone(), value.clone());
        one.try_into::<TrainConfig>()
            .map_err(|e| Error::Usage(format!("{origin}: `{key}`: {}", one_line(&e))))?;
        table.insert(key.clone(), value);
    }
    table.try_into().map_err(wrong)
}

fn one_line(error: &toml::de::Error) -> String {
    error.message().trim_end().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(act: impl FnOnce(&mut Layers) -> Result<(), Error>) -> String {
        let error = act(&mut Layers::default()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    }

    #[test]
    fn later_layers_win_over_the_recipe_of_the_dataset() {
        let mut layers = Layers::default();
        layers
            .toml("dataset = 'cifar10'\nepochs = 6\nseed = 3", "file")
            .unwrap();
        layers.set("epochs=7").unwrap();
        layers.set("momentum=0").unwrap();
        layers.flag("epochs", Some(8)).unwrap();
        layers.flag::<usize>("batch_size", None).unwrap();
        layers.flag("net", Some("wrn-20-1")).unwrap();
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
        let depth = error(|l| l.set("net=wrn-19-1"));
        assert!(
            depth.contains("--set net") && depth.contains("6n+2"),
            "{depth}"
        );
        let kind = error(|l| l.toml("epochs = 'many'", "a.toml"));
        assert!(kind.contains("`epochs`") && kind.contains("many"), "{kind}");
        let toml = error(|l| l.toml("epochs =", "a.toml"));
        assert!(toml.contains("expected TOML"), "{toml}");
        let negative = error(|l| l.set("epochs=-1"));
        assert!(negative.contains("`epochs`"), "{negative}");
        let dataset = error(|l| l.set("dataset=cifar"));
        assert!(
            dataset.contains("cifar100"),
            "lists the datasets: {dataset}"
        );
        assert!(error(|l| l.set("epochs")).contains("key=value"));
    }
}
