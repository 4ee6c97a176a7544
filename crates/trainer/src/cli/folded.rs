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

fn flag(arg: Arg) -> Arg {
    // A negative number is a wrong value of a flag, and no other flag.
    let arg = match arg.is_positional() || !arg.get_action().takes_values() {
        true => arg,
        false => arg.allow_negative_numbers(true),
    };
    let help = arg
        .get_help()
        .map(|help| lines(&help.to_string(), WIDTH - INDENT));
    let long = arg
        .get_long_help()
        .map(|help| lines(&help.to_string(), WIDTH - INDENT));
    let arg = match help {
        Some(help) => arg.help(help),
        None => arg,
    };
    match long {
        Some(long) => arg.long_help(long),
        None => arg,
    }
}

/// The lines of a text, each in lines of at most `width` columns that begin alike.
fn lines(text: &str, width: usize) -> String {
    let folded = text.lines().flat_map(|line| {
        let rest = line.trim_start();
        let indent = " ".repeat(line.len() - rest.len());
        let parts = wrapped(rest, width.saturating_sub(indent.len()));
        parts.into_iter().map(move |part| format!("{indent}{part}"))
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
        assert_eq!(lines("", 8), "");
    }

    /// Of every command that there is, without what clap adds about a flag's values.
    #[test]
    fn no_help_is_wider_than_a_terminal() {
        fn check(command: &Command) {
            let flags = command.get_arguments();
            let texts = flags.flat_map(|arg| [arg.get_help(), arg.get_long_help()]);
            let texts = texts.chain([command.get_about()]).flatten();
            for text in texts.map(ToString::to_string) {
                let mut lines = text.lines();
                let long = lines.find(|line| line.chars().count() > WIDTH - INDENT);
                assert_eq!(long, None, "{}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&folded(Cli::command()));
    }
}
