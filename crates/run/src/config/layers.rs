//! Where settings come from: the dataset's recipe, then whatever is laid over it, such as a file and a command's flags.

use std::collections::BTreeMap;
use std::path::Path;

use data::Source;
use graph::{Design, Net, Op};
use serde::Serialize;
use toml::{Table, Value};

use super::given::{self, Given};
use super::{Recipe, Setting, TrainConfig, in_words, meant, stand_over};
use crate::RunError;
use crate::files::MAX_SETTINGS;

/// Settings stacked up: a later layer replaces those of an earlier one.
#[derive(Default)]
pub struct Layers {
    given: Table,
    /// The number of the layer that gave each key.
    layer_of: BTreeMap<String, usize>,
    /// How each key was given that stands alone, such as `--size 4x5`; of others the file.
    given_as: BTreeMap<String, Given>,
    layers: usize,
    notes: Vec<String>,
}

/// The largest whole number that TOML holds, in which configs are written.
const MAX_WHOLE: u64 = i64::MAX as u64;

impl Layers {
    /// Adds the settings of a TOML file.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when it cannot be read; [`RunError::Setting`] when it is not TOML, or has a
    /// key or value that no run has.
    pub fn file(&mut self, path: &Path) -> Result<(), RunError> {
        let text = aside::read_given_text(path, MAX_SETTINGS);
        let text = text.map_err(|e| RunError::io("reading", path, e))?;
        self.toml(&text, &path.display().to_string())
    }

    /// Adds the settings of a TOML text; `origin` names it in errors.
    ///
    /// # Errors
    ///
    /// As [`file`](Self::file).
    pub fn toml(&mut self, text: &str, origin: &str) -> Result<(), RunError> {
        let table: Table = text.parse().map_err(|e: toml::de::Error| {
            let line = e.span().map(|span| line_of(text, span.start));
            let line = line.map_or(String::new(), |line| format!(" in line {line}"));
            wrong(
                origin,
                format!("expected TOML, found{line}: {}", one_line(&e)),
            )
        })?;
        self.add(table, origin, Given::In)
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
            // A number that TOML does not hold.
            _ if value.trim().parse::<u128>().is_ok() => return Err(too_large(origin)),
            _ => Value::String(value.into()),
        };
        let table = Table::from_iter([(key.trim().into(), value)]);
        self.add(table, origin, Given::Alone)
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
        // All else that settings are made of fits.
        let value = Value::try_from(value).map_err(|_| too_large(origin))?;
        self.add(
            Table::from_iter([(key.into(), value)]),
            origin,
            Given::Alone,
        )
    }

    /// How a setting was given where it was given by itself and not in a file: the origin that came
    /// with it.
    pub fn given(&self, key: &str) -> Option<&str> {
        match self.given_as.get(key)? {
            Given::Alone(words) => Some(words),
            Given::In(_) => None,
        }
    }

    /// The settings of all layers over the recipe of the dataset that they name.
    ///
    /// # Errors
    ///
    /// [`RunError::Value`] for values that no run could use.
    pub fn resolve(&mut self) -> Result<TrainConfig, RunError> {
        let mut config = over_recipe(&self.given, "config")?;
        let checked = config.check();
        let checked = checked.and_then(|()| must_be_of_use(&config));
        checked.map_err(|error| given::told(error, &self.given_as))?;
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
    fn add(
        &mut self,
        table: Table,
        origin: &str,
        given: fn(String) -> Given,
    ) -> Result<(), RunError> {
        over(&table, &given(origin.into()))?;
        self.layers += 1;
        let keys = table.keys().map(|key| (key.clone(), given(origin.into())));
        self.given_as.extend(keys);
        let keys = table.keys().map(|key| (key.clone(), self.layers));
        self.layer_of.extend(keys);
        self.given.extend(table);
        Ok(())
    }
}

/// Refuses a temperature other than that of the recipe where the network has none to set: of a new run alone, since those
/// that are there have been trained.
fn must_be_of_use(config: &TrainConfig) -> Result<(), RunError> {
    let usual = TrainConfig::with_recipe(config.recipe, config.dataset.clone());
    if config.temperature == usual.temperature {
        return Ok(());
    }
    // Of any input: a divisor of 1 is no node.
    let asked = TrainConfig {
        temperature: 2.0,
        ..config.clone()
    };
    let (input, classes) = config.net.usual().unwrap_or(([3, 224, 224], 10));
    let Ok(graph) = asked.graph(input, classes) else {
        return Ok(());
    };
    let mut nodes = graph.nodes().iter();
    match nodes.any(|node| matches!(node.op, Op::Scale { .. })) {
        true => Ok(()),
        false => Err(RunError::Value {
            key: "temperature",
            expected: format!(
                "{}, since only networks without norms, such as `srelu-20-4`, divide by another",
                usual.temperature
            ),
            found: format!("{} for `{}`", config.temperature, config.net),
            given: None,
        }),
    }
}

/// Settings over the recipe of the dataset that they name.
pub(super) fn over_recipe(given: &Table, origin: &str) -> Result<TrainConfig, RunError> {
    over(given, &Given::In(origin.into()))
}

fn over(given: &Table, from: &Given) -> Result<TrainConfig, RunError> {
    let (Given::Alone(origin) | Given::In(origin)) = from;
    let source = match given.get("dataset") {
        Some(Value::String(text)) => {
            let source = text.parse::<Source>();
            source.map_err(|e| wrong(origin, e.to_string()))?
        }
        // A value that is no text is refused with the others, below.
        _ => Source::default(),
    };
    let recipe = match given.get("recipe").and_then(Value::as_str) {
        Some(word) => {
            let recipe = word.parse::<Recipe>();
            recipe.map_err(|e| wrong(origin, e.to_string()))?
        }
        // A value that is no word is refused with the others, below.
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
        let Some(setting) = Setting::of(key) else {
            return Err(RunError::key(origin, key));
        };
        let mut one = table.clone();
        one.insert(key.clone(), value.clone());
        one.try_into::<TrainConfig>().map_err(|e| {
            let said = unfit(setting, &value, &one_line(&e));
            match from {
                // Its words name the key and the value.
                Given::Alone(_) => wrong(origin, said),
                Given::In(_) => wrong(origin, format!("`{key}` = {}: {said}", written(&value))),
            }
        })?;
        table.insert(key.clone(), value);
    }
    table.try_into().map_err(|e| wrong(origin, one_line(&e)))
}

/// What is wrong with a value: what was said of it, or what the setting takes where only its type was found wrong.
fn unfit(setting: &Setting, value: &Value, said: &str) -> String {
    if let Value::Table(table) = value {
        // Of what may be a name or a table, what is wrong with the table is not told.
        let design = table.clone().try_into::<Design>();
        if let ("net", Err(error)) = (setting.key, design) {
            return in_words(&one_line(&error));
        }
    }
    let of_type = ["invalid type", "invalid value", "data did not match"];
    match of_type.iter().any(|start| said.starts_with(start)) {
        true if setting.range.words().is_empty() => format!("expected {}", setting.range),
        true => format!("expected one of {}", setting.range),
        false => expectation(said).to_owned(),
    }
}

/// A sentence from its `expected` on: what stands before it names the value once more.
fn expectation(said: &str) -> &str {
    match said.split_once(": expected ") {
        Some((named, _)) => &said[named.len() + 2..],
        None => said,
    }
}

/// A value as it stands in a config, but for the inside of tables.
fn written(value: &Value) -> String {
    match value {
        Value::Table(_) => "a table".into(),
        other => other.to_string(),
    }
}

fn wrong(origin: &str, problem: String) -> RunError {
    RunError::Setting {
        origin: origin.into(),
        problem,
    }
}

fn too_large(origin: &str) -> RunError {
    let problem = format!("expected at most {MAX_WHOLE}, the largest number that a config holds");
    wrong(origin, problem)
}

/// The line of a text, counted from 1, that a place in it belongs to.
pub fn line_of(text: &str, place: usize) -> usize {
    let before = text.get(..place).unwrap_or(text);
    before.matches('\n').count() + 1
}

fn one_line(error: &toml::de::Error) -> String {
    let message = error.message();
    let meant = word_list::Meant(meant(message));
    format!("{}{meant}", message.trim_end().replace('\n', " "))
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
    fn a_value_of_another_type_is_told_what_the_setting_takes() {
        let alone = |text: &str| error(|l| l.assignment(text, &format!("--set {text}")));
        assert_eq!(alone("epochs=x"), "--set epochs=x: expected 1 to 1000000");
        assert_eq!(
            alone("batch_size=1.5"),
            "--set batch_size=1.5: expected 1 to 1000000"
        );
        assert_eq!(
            alone("learn_norms=3"),
            "--set learn_norms=3: expected true or false"
        );
        let padding = "--set padding=x: expected symmetric or bottom-right";
        assert!(
            alone("padding=x").starts_with(padding),
            "{}",
            alone("padding=x")
        );
        let net = "--set net=3: expected a family's name";
        assert!(alone("net=3").starts_with(net), "{}", alone("net=3"));
        let file = |text: &str| error(|l| l.toml(text, "a.toml"));
        assert_eq!(
            file("epochs = 'x'"),
            "a.toml: `epochs` = \"x\": expected 1 to 1000000"
        );
        assert_eq!(
            file("padding = 3"),
            "a.toml: `padding` = 3: expected one of symmetric, bottom-right"
        );
        assert_eq!(
            file("seed = 1\nepochs = = 3"),
            "a.toml: expected TOML, found in line 2: extra `=`, expected nothing"
        );
        let table = file("[net]\nversion = 1\n[net.stem]\nchannels = 'x'");
        assert!(
            table.starts_with(
                "a.toml: `net` = a table: invalid type: string \"x\", expected a whole number"
            ),
            "{table}"
        );
    }

    #[test]
    fn a_temperature_is_for_networks_that_have_one() {
        let resolved = |net: &str, temperature: &str| {
            let mut layers = Layers::default();
            layers.value("net", net, "net").unwrap();
            let text = format!("temperature={temperature}");
            layers.assignment(&text, &format!("--set {text}")).unwrap();
            layers.resolve().map(|config| config.temperature)
        };
        let error = resolved("wrn-8-1", "2").unwrap_err().to_string();
        assert!(
            error.starts_with("--set temperature=2: expected 40, since only"),
            "{error}"
        );
        assert_eq!(resolved("wrn-8-1", "40").unwrap(), 40.0);
        assert_eq!(resolved("srelu-8-1", "2").unwrap(), 2.0);
        assert_eq!(resolved("srelu-8-1", "1").unwrap(), 1.0);
    }

    #[test]
    fn a_number_that_no_config_holds_is_refused_in_plain_words() {
        let max = i64::MAX as u64;
        for error in [
            error(|l| l.value("split_seed", max + 1, "--split-seed N")),
            error(|l| l.assignment("split_seed=18446744073709551615", "--split-seed N")),
        ] {
            assert_eq!(
                error,
                format!(
                    "--split-seed N: expected at most {max}, the largest number that a config holds"
                )
            );
        }
        let mut layers = Layers::default();
        layers.value("split_seed", max, "x").unwrap();
        assert_eq!(layers.resolve().unwrap().split_seed, Some(max));
        assert_eq!(layers.given("split_seed"), Some("x"));
        assert_eq!(layers.given("seed"), None);
    }

    #[test]
    fn errors_name_origin_and_key() {
        let unknown = error(|l| l.toml("epoch = 3", "a.toml"));
        assert_eq!(
            unknown,
            "a.toml: unknown key `epoch`; did you mean `epochs`?"
        );
        for (key, meant) in [
            ("learning-rate", "learning_rate"),
            ("LearningRate", "learning_rate"),
            ("batchsize", "batch_size"),
            ("decay", "weight_decay"),
            ("wieghts", "weights"),
        ] {
            let unknown = error(|l| l.assignment(&format!("{key}=1"), "x"));
            assert!(
                unknown.ends_with(&format!("; did you mean `{meant}`?")),
                "{unknown}"
            );
        }
        let far = error(|l| l.assignment("dropout=1", "x"));
        assert_eq!(far, "x: unknown key `dropout`");
        let long = error(|l| l.assignment(&format!("{}=1", "k".repeat(9999)), "x"));
        assert!(long.len() < 100, "{long}");
        let depth = error(|l| l.assignment("net=wrn-19-1", "line 9"));
        assert!(
            depth.contains("line 9") && depth.contains("6n+2"),
            "{depth}"
        );
        let kind = error(|l| l.toml("epochs = 'many'", "a.toml"));
        assert!(kind.contains("`epochs`") && kind.contains("many"), "{kind}");
        let toml = error(|l| l.toml("epochs =", "a.toml"));
        assert!(toml.contains("expected TOML"), "{toml}");
        let negative = error(|l| l.assignment("epochs=-1", "line 9: epochs=-1"));
        assert_eq!(negative, "line 9: epochs=-1: expected 1 to 1000000");
        let dataset = error(|l| l.assignment("dataset=cifar", "line 9"));
        assert!(
            dataset.contains("cifar100") && dataset.contains("did you mean `cifar10`?"),
            "lists the datasets: {dataset}"
        );
        for (assignment, meant) in [
            ("recipe=smal", "small"),
            ("schedule=step", "steps"),
            ("balance=weights", "weight"),
            ("freeze=head_only", "head-only"),
            ("fit=streched", "stretch"),
            ("weights=1-bit", "1bit"),
            ("first_last=as_weights", "as-weights"),
            ("net=wrn20-4", "wrn-20-4"),
            ("input_norm=learnt", "learned"),
            ("padding=symetric", "symmetric"),
        ] {
            let error = error(|l| l.assignment(assignment, "line 9"));
            assert!(
                error.ends_with(&format!("; did you mean `{meant}`?")),
                "{error}"
            );
        }
        assert!(error(|l| l.assignment("epochs", "line 9")).contains("key=value"));
    }
}
