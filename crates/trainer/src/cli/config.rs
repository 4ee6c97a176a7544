//! `onebit config`

mod one;
mod page;

use clap::CommandFactory;
use data::Source;
use run::TrainConfig;
use run::config::{Default, Recipe, SETTINGS, Setting, template, wrapped};
use serde::Serialize;

use super::Cli;
use crate::{Error, say, say_json};

/// The most columns of a line.
const WIDTH: usize = 80;

/// Explain the settings of a run: meaning, range, default, source, flag
///
/// Without KEY, it prints a config with every default and a sentence about each key: a start for
/// your own.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit config                                  every key, defaults for glyphs
  onebit config --dataset ./photos > mine.toml   a config for your own images
  onebit config learning_rate                    all about one key")]
pub struct Args {
    /// The key to explain, such as learning_rate
    key: Option<String>,
    /// Show the defaults for this dataset: a name, or the path of your own images
    #[arg(long, value_name = "NAME|PATH", default_value = "glyphs")]
    dataset: String,
    /// Show the defaults of this recipe: paper or small [default: paper for a dataset by name,
    /// small for your own images]
    #[arg(long)]
    recipe: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print the reference page, docs/settings.md
    #[arg(long, conflicts_with_all = ["json", "key"])]
    markdown: bool,
}

/// What --json prints of a setting.
#[derive(Serialize)]
struct Line<'a> {
    key: &'a str,
    group: &'a str,
    about: &'a str,
    range: String,
    /// Of the dataset that was asked for.
    value: String,
    defaults: Default,
    source: Option<&'a str>,
    flag: Option<String>,
    example: &'a str,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    if args.markdown {
        say(page::markdown().trim_end());
        return Ok(());
    }
    let source: Source = args.dataset.parse()?;
    let recipe = args.recipe.as_deref().map(str::parse::<Recipe>);
    let recipe = recipe.transpose()?.unwrap_or(Recipe::of(&source));
    let config = TrainConfig::with_recipe(recipe, source);
    let key = args.key.as_deref();
    let asked = key.map(|key| Setting::find(key.trim_start_matches("--"), "onebit config"));
    match (asked.transpose()?, args.json) {
        (Some(setting), true) => say_json(&json(&line(setting, &config))),
        (Some(setting), false) => say(&one::explained(setting, &config)),
        (None, true) => {
            let lines: Vec<Line> = SETTINGS
                .iter()
                .map(|setting| line(setting, &config))
                .collect();
            say_json(&json(&lines));
        }
        (None, false) => say(&list(&config)),
    }
    Ok(())
}

/// Every setting with its default, as a config; those of the other recipe where they are others.
fn list(config: &TrainConfig) -> String {
    let other = match config.recipe {
        Recipe::Paper => Recipe::Small,
        _ => Recipe::Paper,
    };
    let others = TrainConfig::with_recipe(other, config.dataset.clone());
    let differs = SETTINGS.iter().filter_map(|setting| {
        let value = setting.value_in(&others);
        let differs = setting.key != "recipe" && value != setting.value_in(config);
        differs.then(|| format!("{} = {value}", setting.key))
    });
    let differs: Vec<String> = differs.collect();
    let mut head = vec![format!(
        "The defaults of recipe {} for {}. With recipe {other}: {}.",
        config.recipe,
        config.dataset,
        differs.join(", ")
    )];
    head.push("`onebit config KEY` shows range, source and flag of a key.".into());
    let head: Vec<String> = head
        .iter()
        .flat_map(|text| wrapped(text, WIDTH - 2))
        .map(|line| format!("# {line}\n"))
        .collect();
    format!("{}\n{}", head.concat(), template(config).trim_end())
}

fn line<'a>(setting: &'a Setting, config: &TrainConfig) -> Line<'a> {
    Line {
        key: setting.key,
        group: setting.group.name(),
        about: setting.about,
        range: setting.range.to_string(),
        value: setting.value_in(config),
        defaults: setting.default(),
        source: (!setting.source.is_empty()).then_some(setting.source),
        flag: flag(setting.key),
        example: setting.example,
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts are JSON")
}

/// The flag of `onebit train` that sets a key.
fn flag(key: &str) -> Option<String> {
    let cli = Cli::command();
    let train = cli.find_subcommand("train")?;
    let mut flags = train.get_arguments().filter(|arg| arg.get_id() == key);
    let long = flags.next()?.get_long()?;
    Some(format!("--{long}"))
}

/// How `--set` takes an example, so that a shell hands it on.
fn set(setting: &Setting) -> String {
    let value = setting.example.trim_matches('"').replace(", ", ",");
    let assignment = format!("{}={value}", setting.key);
    match assignment.contains(['[', ' ']) {
        true => format!("--set '{assignment}'"),
        false => format!("--set {assignment}"),
    }
}

#[cfg(test)]
mod tests {
    use run::config::Layers;

    use super::*;

    #[test]
    fn the_list_is_a_config_with_the_defaults() {
        for dataset in ["cifar10", "imagenet", "./own"] {
            let source: Source = dataset.parse().unwrap();
            for recipe in Recipe::ALL {
                let config = TrainConfig::with_recipe(recipe, source.clone());
                let mut layers = Layers::default();
                layers.toml(&list(&config), "list").unwrap();
                assert_eq!(layers.resolve().unwrap(), config);
            }
        }
    }

    #[test]
    fn examples_of_set_are_settings() {
        for setting in SETTINGS.iter().filter(|setting| setting.key != "freeze") {
            let set = set(setting);
            let assignment = set.trim_start_matches("--set ").trim_matches('\'');
            let mut layers = Layers::default();
            layers.assignment(assignment, &set).unwrap();
        }
    }

    #[test]
    fn a_key_has_the_flag_of_its_name() {
        assert_eq!(flag("batch_size").as_deref(), Some("--batch-size"));
        assert_eq!(flag("drops"), None);
    }
}
