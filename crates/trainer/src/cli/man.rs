//! `onebit man`

mod markdown;

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use word_list::{Counted, nearest};

use super::{Cli, known, out};
use crate::{Error, say, terminal};

/// Print a manual page, or write all of them into a folder
#[derive(clap::Args)]
#[command(after_help = "Examples:
  onebit man | man -l -                    the page of the program
  onebit man train | man -l -              that of a command
  onebit man --out ~/.local/share/man/man1  all, for `man onebit-train`")]
pub struct Args {
    /// The command whose page to print; a command under another one with both names, as `bench
    /// infer`
    #[arg(conflicts_with = "out")]
    command: Vec<String>,
    /// Write a page for the program and for each command into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the reference page of all commands, docs/commands.md
    #[arg(long, conflicts_with_all = ["command", "out"])]
    markdown: bool,
}

/// Carries out the command.
///
/// # Errors
///
/// [`Error::Usage`] for no command, [`Error::Failed`] where a page cannot be written.
pub fn run(args: &Args) -> Result<(), Error> {
    if args.markdown {
        say(markdown::page().trim_end());
        return Ok(());
    }
    let pages = pages();
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("making", folder, &e))?;
        for (name, page) in &pages {
            out::write_into(folder, &format!("{name}.1"), page)?;
        }
        say(&format!(
            "{}: {}, read with: man {}",
            crate::named(folder),
            Counted(pages.len(), "manual page"),
            crate::shell::file(&folder.join("onebit.1"))
        ));
        return Ok(());
    }
    let words = ["onebit"]
        .into_iter()
        .chain(args.command.iter().map(String::as_str));
    let name = words.collect::<Vec<_>>().join("-");
    let Some((_, page)) = pages.iter().find(|(page, _)| *page == name) else {
        let found = args.command.join(" ");
        let names: Vec<String> = pages.iter().map(|(name, _)| spaced(name)).collect();
        let near = nearest(names.iter().map(String::as_str), &found);
        let near = near.map_or(String::new(), |near| format!(" did you mean `{near}`?"));
        return Err(Error::Usage(format!(
            "man {found}: expected a command, found none of that name;{near} `onebit --help` lists all"
        )));
    };
    terminal::put(page);
    Ok(())
}

/// `onebit-bench-infer` as a command: `bench infer`.
fn spaced(name: &str) -> String {
    let command = name.strip_prefix("onebit-").unwrap_or_default();
    command.replace('-', " ")
}

/// The pages of the program and of each command, with their names.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut command = known::taught(Cli::command()).disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, None, &mut pages);
    pages
}

fn add(command: &Command, above: Option<&Path>, pages: &mut Vec<(String, Vec<u8>)>) {
    let name = match above {
        None => command.get_name().to_owned(),
        Some(above) => format!("{}-{}", above.display(), command.get_name()),
    };
    // Its own name is that of the file, by which it is found.
    let titled = command.clone().display_name(name.clone());
    let mut page = Vec::new();
    Man::new(titled)
        .source(format!("onebit {}", crate::VERSION))
        .render(&mut page)
        .expect("a vector takes all");
    pages.push((name.clone(), page));
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        add(below, Some(Path::new(&name)), pages);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_its_flags() {
        let pages = pages();
        let page = |name: &str| {
            let found = pages.iter().find(|(page, _)| page == name);
            let (_, page) = found.unwrap_or_else(|| panic!("no page {name}"));
            String::from_utf8(page.clone()).unwrap().replace('\\', "")
        };
        for command in Cli::command().get_subcommands() {
            let name = format!("onebit-{}", command.get_name());
            let text = page(&name);
            for arg in command.get_arguments() {
                if let Some(long) = arg.get_long() {
                    assert!(text.contains(&format!("--{long}")), "{name}: --{long}");
                }
            }
        }
        assert!(page("onebit").contains("onebit-train(1)"));
        assert!(page("onebit-bench-infer").contains("--activations"));
        assert!(page("onebit-eval").contains("integer"));
        // Examples keep their lines.
        let train = page("onebit-train");
        let lines = train.lines();
        assert!(
            lines
                .filter(|line| line.trim_start().starts_with("onebit train "))
                .count()
                >= 5,
            "{train}"
        );
    }
}
