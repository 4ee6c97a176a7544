//! `onebit runs`

mod print;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use run::many::{Entry, Gap, Group, Scored, apart, changed, changed_alike, find, gaps, groups};
use run::{RunError, TrainConfig};

use crate::{Error, say, say_data, say_json};

/// List runs, with means over seeds and the gap between kinds of weights
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("form").args(["csv", "json", "md"]))]
#[command(after_help = "\
Examples:
  onebit runs                            all of the folder `runs`
  onebit runs runs/rates --sort error    those of a sweep, the best first
  onebit runs runs/a runs/b --md         as tables of Markdown")]
pub struct Args {
    /// Folders of runs, or folders that hold some [default: runs]
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The order of the lines
    #[arg(long, value_enum, default_value = "name")]
    sort: Sort,
    /// Print the runs as CSV, one per line
    #[arg(long)]
    csv: bool,
    /// Print one JSON object: runs, groups, gaps, and what is damaged
    #[arg(long)]
    json: bool,
    /// Print Markdown
    #[arg(long)]
    md: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Sort {
    /// The least test error first
    Error,
    /// By folder
    Name,
    /// The newest first
    Date,
    /// The most epochs first
    Epochs,
}

/// Runs, and what they say together.
#[derive(Default)]
pub struct Overview {
    entries: Vec<Entry>,
    /// What tells them apart beyond the columns, a text for each; of a single run what is not its recipe's.
    apart: Vec<String>,
    /// What all have beyond the columns, and no recipe: `limit_train=3000`.
    alike: Vec<String>,
    /// The settings of each that are not those of its recipe, whatever runs there are beside it.
    changed: Vec<String>,
    groups: Vec<Group>,
    gaps: Vec<Gap>,
    /// Folders that cannot be read, with the reason.
    damaged: Vec<(PathBuf, String)>,
}

/// Carries out the command.
///
/// # Errors
///
/// As [`super::run`].
pub fn run(args: &Args) -> Result<(), Error> {
    let default = [super::runs().to_path_buf()];
    // Before the first run there is no such folder, which is no error.
    let none_yet = args.folders.is_empty() && !default[0].exists();
    let folders: &[PathBuf] = match args.folders.is_empty() {
        true if none_yet => &[],
        true => &default,
        false => &args.folders,
    };
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for folder in folders {
        match find(folder) {
            // A run is listed once, however many of the folders lead to it.
            Ok(runs) => found.extend(runs.into_iter().filter(|run| seen.insert(place(run)))),
            Err(error) => missing.push(Error::from(error)),
        }
    }
    let missing = all_of(missing);
    if let (true, Some(_)) = (found.is_empty(), &missing) {
        return missing.map_or(Ok(()), Err);
    }
    let overview = Overview::read(found, args.sort);
    if overview.entries.is_empty() && overview.damaged.is_empty() && !args.json && !args.csv {
        if none_yet {
            say("no runs here yet; `onebit train` makes one");
            return Ok(());
        }
        let names: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
        say(&crate::printable(&format!(
            "{}: no runs there; `onebit train` makes one",
            names.join(", ")
        )));
        return Ok(());
    }
    match (args.csv, args.json, args.md) {
        (true, ..) => say_data(&print::csv(&overview)),
        (_, true, _) => say_json(&print::json(&overview)),
        (.., true) => say(&print::markdown(&overview)),
        _ => say(&print::text(&overview)),
    }
    overview.tell_damaged();
    missing.map_or(Ok(()), Err)
}

/// Where a run is, however its folder is named.
fn place(run: &Path) -> PathBuf {
    run.canonicalize().unwrap_or_else(|_| run.into())
}

/// One error that says what several say.
fn all_of(errors: Vec<Error>) -> Option<Error> {
    let texts: Vec<String> = errors.iter().map(Error::to_string).collect();
    (!texts.is_empty()).then(|| Error::Failed(texts.join("\n")))
}

/// What the command prints of some folders, as for a sweep.
pub fn text(folders: Vec<PathBuf>) -> String {
    print::text(&Overview::read(folders, Sort::Name))
}

impl Overview {
    fn read(folders: Vec<PathBuf>, sort: Sort) -> Self {
        let mut overview = Self::default();
        for folder in folders {
            match Entry::read(&folder) {
                Ok(entry) => overview.entries.push(entry),
                Err(error) => overview.damaged.push((folder, reason(&error))),
            }
        }
        // The order of names stays among equals.
        let entries = &mut overview.entries;
        match sort {
            Sort::Name => {}
            Sort::Error => entries.sort_by(|a, b| {
                let error = |entry: &Entry| entry.error().unwrap_or(f64::INFINITY);
                error(a).total_cmp(&error(b))
            }),
            Sort::Date => entries.sort_by_key(|entry| std::cmp::Reverse(entry.begun)),
            Sort::Epochs => entries.sort_by_key(|entry| std::cmp::Reverse(entry.config.epochs)),
        }
        let entries = &overview.entries;
        let scored = entries.iter().enumerate().filter_map(|(run, entry)| {
            Some(Scored {
                run,
                config: &entry.config,
                content: entry.content.as_deref(),
                error: entry.error()?,
            })
        });
        let groups = groups(&scored.collect::<Vec<_>>());
        let gaps = gaps(&groups, |run| {
            (&entries[run].config, entries[run].content.as_deref())
        });
        let configs: Vec<&TrainConfig> = entries.iter().map(|entry| &entry.config).collect();
        let elsewhere = ["dataset", "net", "weights", "epochs", "seed"];
        let changed = configs.iter().map(|config| changed(config, &elsewhere));
        overview.changed = changed.map(|settings| told(&settings).join(" ")).collect();
        match configs.as_slice() {
            // One run has no line above the others.
            [_] => overview.apart = overview.changed.clone(),
            _ => {
                let apart = apart(&configs, &elsewhere).into_iter();
                overview.apart = apart.map(|settings| told(&settings).join(" ")).collect();
                overview.alike = told(&changed_alike(&configs, &elsewhere));
            }
        }
        overview.groups = groups;
        overview.gaps = gaps;
        overview
    }

    /// Names the folders that could not be read.
    fn tell_damaged(&self) {
        for (_, reason) in &self.damaged {
            crate::note(&format!("note: {}", crate::printable(reason)));
        }
    }
}

/// Settings as `key=value`.
fn told(settings: &[(String, String)]) -> Vec<String> {
    let text = |(key, value): &(String, String)| format!("{key}={value}");
    settings.iter().map(text).collect()
}

/// Why a folder is left out: the message names the file.
fn reason(error: &RunError) -> String {
    format!("left out: {error}")
}

/// A folder as it is shown.
fn shown(folder: &Path) -> String {
    crate::printable(&folder.display().to_string())
}
