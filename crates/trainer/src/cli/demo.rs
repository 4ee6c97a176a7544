//! `onebit demo`: the whole way on images that the program draws itself; and `onebit` alone, which runs it.

use std::time::Instant;

use model::Weights;
use run::RunDir;
use run::config::Layers;

use crate::Error;
use crate::dashboard::{Dashboard, duration};
use crate::train::Training;

use super::{DataRoot, runs, settings, stop};
use crate::shell;

/// The run of both kinds of weights; each replaces `weights`.
const CONFIG: &str = include_str!("demo.toml");

/// What `onebit` alone says first.
const WELCOME: &str = "\
Onebit trains networks with one bit per weight. The commands that matter:

  onebit data ./photos                                  look at your own images
  onebit train --dataset ./photos --size 32             train on them
  onebit predict --run runs/RUN new.jpg                 say what is in a picture
  onebit report runs/* --out report.html                a page about the runs
  onebit export --run runs/RUN --to c --out firmware    code for a board

`onebit --help` lists all. This runs `onebit demo`: a few minutes, two runs in the
folder `runs`. Ctrl-C stops it.
";

/// Train a small network on digits that the program draws, with 1 and with 32 bits per weight
///
/// It needs no file and takes a few minutes on two CPU cores. The runs go to the folder `runs`.
#[derive(clap::Args)]
pub struct Args {}

/// What `onebit` does without a command.
///
/// # Errors
///
/// As [`super::run`].
pub fn without_command() -> Result<(), Error> {
    crate::say(WELCOME);
    run(&Args {})
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(_: &Args) -> Result<(), Error> {
    let started = Instant::now();
    let dashboard = Dashboard::choose(None)?;
    let root = DataRoot { data: None }.path();
    RunDir::must_be_makeable(runs())?;
    let (mut lines, mut folders) = (Vec::new(), Vec::new());
    for weights in [Weights::ONE_BIT, Weights::FULL] {
        let mut layers = Layers::default();
        layers.toml(CONFIG, "demo.toml")?;
        settings::flag(&mut layers, "weights", Some(weights.name()))?;
        let config = layers.resolve()?;
        crate::say(&format!(
            "training {} with {weights} weights on {}",
            config.net, config.dataset
        ));
        let training = Training::prepare(config.clone(), &root)?;
        let run = RunDir::create_numbered(runs(), &config, crate::VERSION)?;
        let folder = crate::named(run.path());
        let result = stop::train(&training, &run, dashboard)?;
        let line = result.line();
        let error = line.lines().last().unwrap_or_default();
        lines.push(format!("{weights:>5}  {error}  {folder}"));
        folders.push(shell::folder(run.path()));
    }
    crate::say(&format!(
        "\ntrained twice in {}:",
        duration(started.elapsed())
    ));
    lines.iter().for_each(|line| crate::say(line));
    crate::say(&next(&folders));
    Ok(())
}

/// What to do with the two runs.
fn next(folders: &[String]) -> String {
    let [one_bit, full] = folders else {
        return String::new();
    };
    format!(
        "\nnext:\n  \
         onebit report {one_bit} {full} --out report.html\n      one page about both\n  \
         onebit predict --run {one_bit} PICTURE\n      what the network sees in a picture of a digit\n  \
         onebit export --run {one_bit} --to c --out digits-c\n      a folder of C for a board\n  \
         onebit train --dataset ./photos --size 32\n      your own images: a folder with a folder of each class"
    )
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::*;
    use crate::cli::{Cli, Command};

    /// The words of a command that a text suggests, without what stands beside it.
    fn suggested(line: &str) -> Option<Vec<&str>> {
        let line = line.trim().strip_prefix("onebit ")?;
        let command = line.split("   ").next()?;
        Some(command.split_whitespace().collect())
    }

    #[test]
    fn every_suggested_command_is_one() {
        let folders = ["runs/a".to_owned(), "runs/b".to_owned()];
        let text = format!("{WELCOME}{}", next(&folders));
        let mut commands = 0;
        for words in text.lines().filter_map(suggested) {
            let words = ["onebit"].into_iter().chain(words.iter().copied());
            let words: Vec<&str> = words.collect();
            let parsed = Cli::command().try_get_matches_from(&words);
            let parsed = parsed.and_then(|matches| Cli::from_arg_matches(&matches));
            assert!(parsed.is_ok(), "{words:?}: {}", parsed.err().unwrap());
            commands += 1;
        }
        assert_eq!(commands, 5 + 4);
        let long = text.lines().find(|line| line.chars().count() > 84);
        assert_eq!(long, None);
        // `onebit` alone has no command.
        let alone = Cli::command().try_get_matches_from(["onebit"]).unwrap();
        let command: Option<Command> = Cli::from_arg_matches(&alone).unwrap().command;
        assert!(command.is_none());
    }
}
