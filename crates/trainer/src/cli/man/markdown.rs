//! The reference page of all commands, `docs/commands.md`.

use clap::{Arg, Command, CommandFactory};
use run::config::wrapped;

use crate::cli::Cli;
use crate::cli::folded::Values;

/// The most columns of a line of prose.
const WIDTH: usize = 100;

const HEAD: &str = "\
# Commands

Every command of `onebit` with its flags. The same in a terminal: `onebit COMMAND --help`, and
`onebit man COMMAND`. Settings of a run have [a page of their own](settings.md), exit status and
environment variables [too](environment.md). `onebit serve` is in builds with the feature `remote`
alone ([GPUs](gpu.md#devices-of-another-machine)).
";

/// The page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    for command in shown(&program) {
        section(command, "onebit", &mut page);
    }
    page
}

/// The commands under one that every build has.
fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    let commands = command.get_subcommands();
    commands.filter(|below| !below.is_hide_set() && below.get_name() != "serve")
}

fn section(command: &Command, above: &str, page: &mut String) {
    let name = format!("{above} {}", command.get_name());
    *page += &format!("\n## {name}\n");
    let about = command.get_long_about().or(command.get_about());
    for paragraph in about
        .map(ToString::to_string)
        .unwrap_or_default()
        .split("\n\n")
    {
        *page += &format!("\n{}\n", wrapped(&joined(paragraph), WIDTH).join("\n"));
    }
    if command.has_subcommands() {
        for below in shown(command) {
            section(below, &name, page);
        }
        return;
    }
    let usage = command.clone().render_usage().to_string();
    *page += &format!("\n```text\n{}\n```\n", usage.trim_start_matches("Usage: "));
    for (heading, args) in headings(command) {
        *page += &format!("\n{heading}:\n\n");
        for arg in args {
            *page += &entry(arg);
        }
    }
    if let Some(after) = command.get_after_help() {
        *page += &after_help(&after.to_string());
    }
}

/// What stands behind a help: titles, lines of code that are indented, and text.
fn after_help(after: &str) -> String {
    let (mut page, mut prose, mut code) = (String::new(), Vec::new(), Vec::new());
    let mut language = "text";
    for line in after.lines().chain([""]) {
        if let Some(line) = line.strip_prefix("  ") {
            if !prose.is_empty() {
                let text = prose.join(" ");
                language = match text.ends_with("Examples:") {
                    true => "sh",
                    false => "text",
                };
                page += &format!("\n{}\n", wrapped(&text, WIDTH).join("\n"));
                prose.clear();
            }
            code.push(match language {
                "sh" => commented(line),
                _ => line.to_owned(),
            });
            continue;
        }
        if !code.is_empty() {
            page += &format!("\n```{language}\n{}\n```\n", code.join("\n"));
            code.clear();
        }
        prose.extend((!line.is_empty()).then_some(line));
    }
    if !prose.is_empty() {
        page += &format!("\n{}\n", wrapped(&prose.join(" "), WIDTH).join("\n"));
    }
    page
}

/// An example as a shell takes it: what is said of it is a comment.
fn commented(line: &str) -> String {
    let start = line.len() - line.trim_start().len();
    match line[start..].find("  ") {
        None => line.to_owned(),
        Some(at) => {
            let (command, said) = line.split_at(start + at);
            let said = said.trim_start();
            let gap = line.len() - command.len() - said.len();
            format!("{command}{}# {said}", " ".repeat(gap))
        }
    }
}

/// What a command takes, under the headings of its help, in their order.
fn headings(command: &Command) -> Vec<(String, Vec<&Arg>)> {
    let mut found: Vec<(String, Vec<&Arg>)> = Vec::new();
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    for arg in shown.filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version")) {
        let heading = match (arg.get_help_heading(), arg.is_positional()) {
            (Some(heading), _) => heading,
            (None, true) => "Arguments",
            (None, false) => "Options",
        };
        match found.iter_mut().find(|(name, _)| name == heading) {
            Some((_, args)) => args.push(arg),
            None => found.push((heading.to_owned(), vec![arg])),
        }
    }
    found
}

/// The lines about a flag or argument.
fn entry(arg: &Arg) -> String {
    let help = joined(&arg.get_help().map(ToString::to_string).unwrap_or_default());
    let values = Values::of(arg);
    let told = values.possible.iter().any(|(_, help)| help.is_some());
    let ends = match told {
        true => values.default(),
        false => values.short().trim_start().to_owned(),
    };
    let text = format!("`{arg}`: {help} {ends}");
    let mut entry = format!("- {}\n", wrapped(text.trim_end(), WIDTH - 2).join("\n  "));
    for (word, help) in values.possible.iter().filter(|_| told) {
        let text = match help {
            Some(help) => format!("`{word}`: {}", joined(help)),
            None => format!("`{word}`"),
        };
        entry += &format!("  - {}\n", wrapped(&text, WIDTH - 4).join("\n    "));
    }
    entry
}

/// A text in one line.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_the_present_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/commands.md");
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            found == page(),
            "docs/commands.md is stale; renew it with: onebit man --markdown > docs/commands.md"
        );
    }

    #[test]
    fn the_page_has_every_command_and_flag() {
        let page = page();
        for command in shown(&Cli::command()) {
            let name = command.get_name();
            assert!(page.contains(&format!("\n## onebit {name}\n")), "{name}");
            let long = command.get_arguments().filter_map(Arg::get_long);
            for long in long.filter(|&long| long != "help") {
                assert!(page.contains(&format!("- `--{long}")), "{name}: --{long}");
            }
        }
        assert!(page.contains("\n## onebit bench infer\n"));
        assert!(page.contains("\nonebit man train | man -l -              # that of a command\n"));
    }
}
