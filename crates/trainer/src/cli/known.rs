//! Flags that take one of some words know them: completions and man pages list them. What a wrong word is told of stays with
//! the command, which knows the nearest one.

use std::any::TypeId;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};
use data::{Dataset, Manifest};
use model::InputNorm;
use pixels::Fit;
use run::config::{Range, SETTINGS, Setting};

use crate::device;

/// A command, and those under it, whose flags know their words.
pub fn taught(command: Command) -> Command {
    let name = command.get_name().to_owned();
    command
        .mut_args(|arg| flag(arg, &name))
        .mut_subcommands(taught)
}

fn flag(arg: Arg, command: &str) -> Arg {
    let words = words(arg.get_id().as_str(), command);
    if words.is_empty() || !arg.get_action().takes_values() {
        return arg;
    }
    let kind = arg.get_value_parser().type_id();
    // Helps tell the words already, each with its meaning.
    if kind == TypeId::of::<String>() {
        let parser = StringValueParser::new();
        arg.value_parser(Known { parser, words })
            .hide_possible_values(true)
    } else if kind == TypeId::of::<Fit>() {
        let parser = |word: &str| word.parse::<Fit>();
        arg.value_parser(Known { parser, words })
            .hide_possible_values(true)
    } else {
        arg
    }
}

/// The words that a flag or argument takes, where there are no others.
fn words(id: &str, command: &str) -> Vec<&'static str> {
    match (id, command) {
        ("dataset", "fetch") => {
            let manifest = Manifest::embedded();
            let words = Dataset::WORDS.into_iter();
            words.filter(|word| manifest.files(word).is_ok()).collect()
        }
        ("device", "train" | "eval" | "report") => device::compiled(),
        ("key", "config") => SETTINGS.iter().map(|setting| setting.key).collect(),
        ("name", "models") => zoo::all().iter().map(|model| model.name).collect(),
        ("input_norm", _) => InputNorm::WORDS.to_vec(),
        ("weights", "export") => Vec::new(),
        // A path is one of its values, which no list has.
        ("dataset" | "calibrate", _) => Vec::new(),
        _ => match Setting::of(id).map(|setting| setting.range) {
            Some(range @ (Range::Words(_) | Range::Kinds(_))) => range.words(),
            _ => Vec::new(),
        },
    }
}

/// A parser that takes what another one takes, and knows words.
#[derive(Clone)]
struct Known<P> {
    parser: P,
    words: Vec<&'static str>,
}

impl<P: TypedValueParser> TypedValueParser for Known<P> {
    type Value = P::Value;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Self::Value, clap::Error> {
        self.parser.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words.iter().copied().map(PossibleValue::new)))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    /// What a flag of the taught command line knows.
    fn known(command: &str, id: &str) -> Vec<String> {
        let cli = taught(Cli::command());
        let command = cli.find_subcommand(command).expect("a command");
        let mut args = command.get_arguments();
        let arg = args.find(|arg| arg.get_id() == id).expect("a flag of it");
        let values = arg.get_possible_values();
        values
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect()
    }

    /// Every setting with a closed list of words is a list for `train`, if it has a flag there.
    #[test]
    fn every_flag_of_a_list_knows_it() {
        let cli = taught(Cli::command());
        let train = cli.find_subcommand("train").unwrap();
        let mut checked = 0;
        for arg in train.get_arguments() {
            let id = arg.get_id().as_str();
            let Some(setting) = Setting::of(id) else {
                continue;
            };
            let words = match setting.range {
                Range::Words(_) | Range::Kinds(_) => setting.range.words(),
                _ => continue,
            };
            assert_eq!(known("train", id), words, "{id}");
            checked += 1;
        }
        assert!(checked >= 6, "{checked} flags of `train`");
        for (command, id, word) in [
            ("summary", "weights", "ternary"),
            ("summary", "first_last", "as-weights"),
            ("summary", "input_norm", "fixed"),
            ("config", "recipe", "small"),
            ("config", "key", "momentum"),
            ("data", "fit", "pad"),
            ("fetch", "dataset", "cifar10"),
            ("eval", "device", device::DEFAULT),
            ("eval", "activations", "integer"),
            ("export", "to", "onnx"),
            ("export", "weights", "latent"),
            ("import", "from", "mcdonnell"),
            ("runs", "sort", "date"),
            ("models", "name", zoo::all()[0].name),
        ] {
            assert!(
                known(command, id).contains(&word.to_owned()),
                "{command} {id}"
            );
        }
        // A path can be given there, so that a list would hide the files.
        assert_eq!(known("train", "dataset"), [""; 0]);
    }

    /// A wrong word is told of by the command, not by clap.
    #[test]
    fn other_words_reach_the_command() {
        let parsed = taught(Cli::command()).try_get_matches_from([
            "onebit",
            "train",
            "--recipe",
            "smal",
            "--dataset",
            "./photos",
        ]);
        assert!(parsed.is_ok());
    }

    #[test]
    fn fetch_takes_the_datasets_that_it_names() {
        for word in known("fetch", "dataset") {
            assert!(Dataset::WORDS.contains(&&*word), "{word}");
        }
    }
}
