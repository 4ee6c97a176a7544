//! Flags with numbers: a negative one is a value, and what is no number of the flag's range is told of with the range.

use std::any::TypeId;
use std::ffi::OsString;

use clap::{Arg, Command};
use run::config::{Range, Setting};

/// Flags of sizes and lists, whose values are no numbers but may begin as a negative one.
const COMPOSED: [&str; 3] = ["size", "input", "seeds"];
/// Flags that take 0.
const FROM_ZERO: [&str; 3] = ["calibration_images", "checkpoint", "split_seed"];

/// A command, and those under it, whose flags take negative numbers and refuse them by their range.
pub fn told(command: Command) -> Command {
    let settings = command.get_name() == "train";
    command
        .mut_args(|arg| flag(arg, settings))
        .mut_subcommands(told)
}

/// The words of a command line, in which a size or list that begins as a negative number is a value: `--size -1x2`
/// becomes `--size=-1x2`. Clap knows of plain negative numbers alone.
pub fn joined(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let is_negative = |word: &OsString| {
        let bytes = word.as_encoded_bytes();
        matches!(bytes, [b'-', b'0'..=b'9' | b'.', ..])
    };
    let mut all: Vec<OsString> = Vec::new();
    for word in words {
        let last = all.last_mut().filter(|_| is_negative(&word));
        let flag = |last: &&mut OsString| {
            let name = last.to_str().and_then(|last| last.strip_prefix("--"));
            name.is_some_and(|name| COMPOSED.contains(&name))
        };
        match last.filter(flag) {
            Some(last) => {
                last.push("=");
                last.push(word);
            }
            None => all.push(word),
        }
    }
    all
}

fn flag(arg: Arg, settings: bool) -> Arg {
    if arg.is_positional() || !arg.get_action().takes_values() {
        return arg;
    }
    let id = arg.get_id().to_string();
    let range = Setting::of(&id).filter(|_| settings);
    let range = range.map(|setting| in_words(setting.range));
    let kind = arg.get_value_parser().type_id();
    let arg = arg.allow_negative_numbers(true);
    let min = if FROM_ZERO.contains(&&*id) { 0 } else { 1 };
    let whole = || format!("a whole number, {min} or more");
    if kind == TypeId::of::<usize>() {
        arg.value_parser(parser::<usize>(range.unwrap_or_else(whole)))
    } else if kind == TypeId::of::<u64>() {
        arg.value_parser(parser::<u64>(range.unwrap_or_else(whole)))
    } else if kind == TypeId::of::<f64>() {
        arg.value_parser(parser::<f64>(range.unwrap_or_else(|| "a number".into())))
    } else {
        arg
    }
}

/// A range as a refusal tells it: of whole numbers with the greatest that a config holds.
fn in_words(range: Range) -> String {
    match range {
        Range::Whole { min, max } => {
            let max = i64::try_from(max).unwrap_or(i64::MAX);
            format!("a whole number from {min} to {max}")
        }
        Range::UpTo { .. } => format!("a number from {range}"),
        other => other.to_string(),
    }
}

/// Reads a number. Whether it is in the range, its command says; one that cannot be a number of the range at all,
/// such as a negative one of no sign, is refused here.
fn parser<T: std::str::FromStr>(
    range: String,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().map_err(|_| match digits {
            // Of what has no range a number is refused only where it is too large to be counted with.
            true if !range.contains(" to ") => format!("expected {range}, below 2^64"),
            _ => format!("expected {range}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;
    use crate::cli::Cli;

    /// What a command says where a flag has this value, and nothing else is given.
    fn said(path: &[String], flag: &str, value: &str) -> (ErrorKind, String) {
        let words = path.iter().map(String::as_str);
        // A flag whose value may be left out has it behind `=` alone.
        let words: Vec<OsString> = match flag.ends_with('=') {
            true => words
                .map(OsString::from)
                .chain([format!("{flag}{value}").into()])
                .collect(),
            false => words.chain([flag, value]).map(OsString::from).collect(),
        };
        let words = words.into_iter();
        match told(Cli::command()).try_get_matches_from(joined(words)) {
            Ok(_) => (ErrorKind::DisplayVersion, String::new()),
            Err(error) => (error.kind(), error.to_string()),
        }
    }

    /// Checks every flag of a command and of those under it: how many have whole numbers.
    fn check(command: &Command, path: &mut Vec<String>) -> usize {
        path.push(command.get_name().into());
        let mut whole = 0;
        for arg in command.get_arguments() {
            let Some(long) = arg.get_long().filter(|_| arg.get_action().takes_values()) else {
                continue;
            };
            let equals = if arg.is_require_equals_set() { "=" } else { "" };
            let flag = format!("--{long}{equals}");
            let kind = arg.get_value_parser().type_id();
            let (found, text) = said(path, &flag, "-1");
            assert_ne!(found, ErrorKind::UnknownArgument, "{path:?} {text}");
            if kind == TypeId::of::<usize>() || kind == TypeId::of::<u64>() {
                assert_eq!(found, ErrorKind::ValueValidation, "{path:?} {flag} {text}");
                assert!(text.contains(": expected "), "{text}");
                whole += 1;
            }
            if kind == TypeId::of::<f64>() {
                let (found, text) = said(path, &flag, "much");
                assert_eq!(found, ErrorKind::ValueValidation, "{path:?} {flag}");
                assert!(text.contains(": expected "), "{text}");
            }
        }
        let below = command.get_subcommands();
        whole += below.map(|command| check(command, path)).sum::<usize>();
        path.pop();
        whole
    }

    #[test]
    fn every_flag_takes_a_negative_number_for_a_value() {
        let mut cli = told(Cli::command());
        cli.build();
        let whole = check(&cli, &mut Vec::new());
        assert!(whole > 20, "{whole} flags with whole numbers");
    }

    #[test]
    fn only_sizes_and_lists_are_joined() {
        let words = ["--size", "-1x2", "--size", "--epochs", "3", "-1", "--size"];
        assert_eq!(
            joined(words.map(OsString::from).into_iter()),
            ["--size=-1x2", "--size", "--epochs", "3", "-1", "--size"]
        );
    }

    #[test]
    fn a_refusal_names_the_range() {
        let path = |words: &[&str]| -> Vec<String> {
            let words = words.iter().map(|&word| word.into());
            ["onebit".into()].into_iter().chain(words).collect()
        };
        for (words, flag, value, expected) in [
            (
                &["train"][..],
                "--epochs",
                "-1",
                "expected a whole number from 1 to 1000000",
            ),
            (
                &["train"],
                "--seed",
                "99999999999999999999",
                "expected a whole number from 0 to 9223372036854775807",
            ),
            (&["train"], "--seed", "-1", "a whole number from 0 to"),
            (
                &["train"],
                "--workers",
                "-1",
                "a whole number from 0 to 256",
            ),
            (
                &["train"],
                "--accumulate",
                "x",
                "a number from 1 to batch_size",
            ),
            (
                &["train"],
                "--seeds",
                "",
                "`seeds` = nothing: expected seeds such as 1,2,3 or 1-3",
            ),
            (
                &["predict"],
                "--top",
                "99999999999999999999",
                "1 or more, below 2^64",
            ),
            (&["train"], "--size", "-1x32", "expected N, or WIDTHxHEIGHT"),
            (&["train"], "--seeds", "-1-3", "for '--seeds <"),
            (&["train"], "--learning-rate", "fast", "expected 0 to 1000"),
            (&["predict"], "--top", "-3", "a whole number, 1 or more"),
            (&["data", "x"], "--split-seed", "-1", "0 or more"),
            (&["bench", "infer"], "--batch", "-1", "1 or more"),
        ] {
            let (kind, text) = said(&path(words), flag, value);
            assert_eq!(kind, ErrorKind::ValueValidation, "{text}");
            assert!(text.contains(expected), "{text}");
        }
    }
}
