//! Helps in lines that a terminal of 80 columns shows whole.

use clap::{Arg, Command};
use run::config::wrapped;

/// The most columns of a line.
const WIDTH: usize = 80;
/// Columns before the help of a flag.
const INDENT: usize = 10;

/// A command, and those under it, with their helps in lines.
pub fn folded(command: Command) -> Command {
    let about = command.get_about().map(ToString::to_string);
    let long = command.get_long_about().map(ToString::to_string);
    // Lists of commands have the short one where flags have their help.
    let command = match about {
        Some(about) => command.about(lines(&about, WIDTH - INDENT)),
        None => command,
    };
    let command = match long {
        Some(long) => command.long_about(lines(&long, WIDTH)),
        None => command,
    };
    command
        .next_line_help(true)
        .mut_args(flag)
        .mut_subcommands(folded)
}

/// A flag whose help ends with what clap would put behind it, in lines: its default, and which values there are.
fn flag(arg: Arg) -> Arg {
    // A negative number is a wrong value of a flag, and no other flag.
    let arg = match arg.is_positional() || !arg.get_action().takes_values() {
        true => arg,
        false => arg.allow_negative_numbers(true),
    };
    let help = arg.get_help().map(ToString::to_string);
    let long = arg.get_long_help().map(ToString::to_string);
    let (Some(help), values) = (help, Values::of(&arg)) else {
        return arg;
    };
    let short = lines(&format!("{help}{}", values.short()), WIDTH - INDENT);
    let long = values.long().map_or(long.clone(), |values| {
        Some(format!("{}\n\n{values}", long.as_ref().unwrap_or(&help)))
    });
    let arg = arg
        .help(short)
        .hide_possible_values(true)
        .hide_default_value(true);
    match long {
        Some(long) => arg.long_help(lines(&long, WIDTH - INDENT)),
        None => arg,
    }
}

/// What clap would add to the help of a flag, in lines of its own length.
pub(super) struct Values {
    default: Option<String>,
    /// Each with its help, where it has one.
    pub(super) possible: Vec<(String, Option<String>)>,
}

impl Values {
    pub(super) fn of(arg: &Arg) -> Self {
        let default = (arg.get_default_values().iter())
            .map(|value| value.to_string_lossy().into_owned())
            .collect::<Vec<_>>()
            .join(" ");
        // Of a switch clap has values that nobody gives.
        let takes_values = arg.get_action().takes_values();
        let shows_default = takes_values && !arg.is_hide_default_value_set();
        let possible = match takes_values && !arg.is_hide_possible_values_set() {
            true => arg.get_possible_values(),
            false => Vec::new(),
        };
        let possible = possible.iter().filter(|value| !value.is_hide_set());
        let possible = possible.map(|value| {
            let help = value.get_help().map(ToString::to_string);
            (value.get_name().to_owned(), help)
        });
        Self {
            default: (shows_default && !default.is_empty()).then_some(default),
            possible: possible.collect(),
        }
    }

    pub(super) fn default(&self) -> String {
        let default = self.default.iter();
        default.map(|value| format!("[default: {value}]")).collect()
    }

    /// ` [default: a] [possible values: a, b]`
    pub(super) fn short(&self) -> String {
        let names: Vec<&str> = self
            .possible
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let possible = match names.is_empty() {
            true => String::new(),
            false => format!("[possible values: {}]", names.join(", ")),
        };
        let parts = [self.default(), possible].into_iter();
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(|part| format!(" {part}")).collect()
    }

    /// A line for each value that has a help of its own; `None` where none has.
    fn long(&self) -> Option<String> {
        let width = self.possible.iter().map(|(name, _)| name.len()).max()?;
        if self.possible.iter().all(|(_, help)| help.is_none()) {
            return None;
        }
        let rows = self.possible.iter().flat_map(|(name, help)| {
            let help = wrapped(help.as_deref().unwrap_or(""), WIDTH - INDENT - width - 4);
            let first = |index: usize| {
                if index == 0 {
                    format!("- {name}:")
                } else {
                    String::new()
                }
            };
            let row = move |(index, part): (usize, String)| {
                format!("{:<1$} {part}", first(index), width + 3)
            };
            help.into_iter().enumerate().map(row).collect::<Vec<_>>()
        });
        let rows: Vec<String> = rows.collect();
        let default = match self.default() {
            text if text.is_empty() => text,
            text => format!("\n{text}"),
        };
        Some(format!("Possible values:\n{}{default}", rows.join("\n")))
    }
}

/// The lines of a text, each in lines of at most `width` columns that begin alike.
fn lines(text: &str, width: usize) -> String {
    let folded = text.lines().flat_map(|line| {
        let rest = line.trim_start();
        let indent = " ".repeat(line.len() - rest.len());
        let (dash, rest) = match rest.strip_prefix("- ") {
            Some(rest) => ("- ", rest),
            None => ("", rest),
        };
        let parts = wrapped(rest, width.saturating_sub(indent.len() + dash.len()));
        let parts = parts.into_iter().enumerate();
        parts.map(move |(index, part)| match index {
            0 => format!("{indent}{dash}{part}"),
            _ => format!("{indent}{}{part}", " ".repeat(dash.len())),
        })
    });
    folded.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn lines_keep_their_indent() {
        assert_eq!(
            lines("one two\n  three four", 8),
            "one two\n  three\n  four"
        );
        assert_eq!(lines("a:\n- one two", 8), "a:\n- one\n  two");
        assert_eq!(lines("", 8), "");
    }

    /// Of every command that there is, short and long, as they are printed.
    #[test]
    fn no_help_is_wider_than_a_terminal() {
        fn check(command: &mut Command) {
            let help = command.render_help().to_string();
            for text in [help, command.render_long_help().to_string()] {
                // The line of the usage is clap's, which breaks none.
                let lines = text.lines().filter(|line| !line.starts_with("Usage:"));
                let long = lines.filter(|line| line.chars().count() > WIDTH);
                let long: Vec<&str> = long.collect();
                assert_eq!(long, [""; 0], "{}", command.get_name());
            }
            command.get_subcommands_mut().for_each(check);
        }
        let mut command = folded(Cli::command());
        command.build();
        check(&mut command);
    }

    #[test]
    fn values_are_told_with_their_helps() {
        let help = |long: bool| {
            let mut command = folded(Cli::command());
            let runs = command.find_subcommand_mut("runs").unwrap();
            match long {
                true => runs.render_long_help().to_string(),
                false => runs.render_help().to_string(),
            }
        };
        let short = "The order of the lines [default: name] [possible values: error, name,\n          date, epochs]\n";
        assert!(help(false).contains(short), "{}", help(false));
        let long = "Possible values:\n          - error:  The least test error first\n";
        assert!(help(true).contains(long), "{}", help(true));
        assert!(help(true).contains("[default: name]"), "{}", help(true));
        assert_eq!(help(true).matches("ossible values").count(), 1);
    }
}
