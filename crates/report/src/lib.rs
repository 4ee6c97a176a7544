//! One page about one run or several, that needs nothing but itself: curves, errors beside the paper's, mistakes,
//! weights, cost. Nothing here knows Burn.
//!
//! ```
//! use std::path::Path;
//!
//! use report::{Examination, Report, ReportError};
//!
//! # let root = tempfile::tempdir().unwrap();
//! # let folder = root.path().join("run");
//! # std::fs::create_dir(&folder).unwrap();
//! # let config = "dataset = 'cifar10'\nnet = 'wrn-20-4'\nweights = '1bit'\nepochs = 6\nseed = 1\n";
//! # std::fs::write(folder.join("config.toml"), config).unwrap();
//! let report = Report::read(&[folder], Examination::new(Path::new("datasets")))?;
//! let page = report.titled(Some("Six epochs".into())).page();
//! assert!(page.contains("<h1>Six epochs</h1>"));
//! # Ok::<(), ReportError>(())
//! ```
//!
//! `cargo run -p onebit-report --example page -- PAGE.html RUN…` writes the page of runs.
//!
//! | modules | hold |
//! | --- | --- |
//! | `folder`, `lines`, `validate`, `layers` | what is read of a run's folder, and within which bounds |
//! | [`Stamp`] | whether that has changed |
//! | `examine`, `picture` | what the networks make of their test images |
//! | `published`, `recipe_diff` | the paper's figures, and in what a run is another than theirs |
//! | `groups`, `settings` | what runs have in common, and what tells them apart |
//! | `verdict`, [`Facts`] | which are better, in sentences and as JSON |
//! | `axis`, `chart`, `curves`, `strip`, `flips`, `confusion` | the figures, as SVG |
//! | `tables`, `results`, `beside`, `by_class`, `costs`, `terms`, `page`, `figures` | the page, and the figures as files |
//! | [`fit`] | the page of networks that were tried for a device |
//! | `note`, `error` | what is missing of a run, and why there is no page |
//!
//! Run folders are read as files of strangers: bounded, and whatever they say is escaped. The page forbids itself
//! every address outside of it, so that not even a mistake here could fetch one.

mod axis;
mod beside;
mod by_class;
mod chart;
mod confusion;
mod costs;
mod curves;
mod error;
mod examine;
mod facts;
mod figures;
pub mod fit;
mod flips;
mod folder;
mod groups;
mod layers;
mod lines;
mod note;
mod page;
mod picture;
mod published;
mod recipe_diff;
mod results;
mod settings;
mod stamp;
mod strip;
mod tables;
mod terms;
mod validate;
mod verdict;
mod word;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

pub use error::ReportError;
pub use examine::{Classify, Examination};
use examine::{Examined, Examiner};
pub use facts::Facts;
use folder::Run;
use groups::Group;
pub use note::{Note, Subject};
use run::RunError;
pub use stamp::Stamp;

/// Runs of a page.
const MAX_RUNS: usize = 1000;
/// Runs whose predictions and weights are shown. Of more, those of the best run of each group are.
const MAX_DETAILED: usize = 32;

/// What a page tells.
pub struct Report {
    /// The page's heading, where it was given one.
    title: Option<String>,
    /// The program that writes the page, and its version.
    writer: (String, String),
    /// Whether mistakes are shown with their pictures.
    pictures: bool,
    /// How many test images were classified at most; 0 means all.
    limit_test: usize,
    runs: Vec<Run>,
    /// Those that differ in nothing but their seed.
    groups: Vec<Group>,
    /// What networks make of their test images, or what is missing, by the indices of the runs that are shown in detail.
    examined: BTreeMap<usize, Result<Examined, String>>,
    /// Folders that are left out, and why.
    left_out: Vec<(PathBuf, String)>,
    /// After how many seconds a browser reads the page anew.
    renewed: Option<u64>,
}

impl Report {
    /// Reads the runs in `folders` and examines their networks. A folder named twice is one run; one whose run cannot be
    /// read is left out, and told of, as long as another can.
    ///
    /// # Errors
    ///
    /// [`ReportError::NoFolder`] and [`ReportError::TooMany`] for none or too many; [`ReportError::Run`] and others when
    /// a folder is not there, or none holds a run.
    pub fn read(folders: &[PathBuf], how: Examination<'_>) -> Result<Self, ReportError> {
        let mut seen = BTreeSet::new();
        let (mut runs, mut left_out) = (Vec::new(), Vec::new());
        for folder in folders {
            let place = folder
                .canonicalize()
                .map_err(|e| RunError::io("reading", folder, e))?;
            if !seen.insert(place) {
                continue;
            }
            match Run::read(folder) {
                Ok(run) => runs.push(run),
                Err(error) => left_out.push((folder.clone(), error)),
            }
            if runs.len() > MAX_RUNS {
                return Err(ReportError::TooMany { max: MAX_RUNS });
            }
        }
        if runs.is_empty() {
            let first = left_out.into_iter().next();
            return Err(first.map_or(ReportError::NoFolder, |(_, error)| error));
        }
        let left_out = left_out
            .into_iter()
            .map(|(folder, error): (PathBuf, ReportError)| (folder, error.to_string()))
            .collect();
        folder::tell_apart(&mut runs);
        let (pictures, limit_test) = (how.pictures, how.limit_test);
        let groups = groups::groups(&runs);
        let shown = detailed(&runs, &groups);
        shown.iter().for_each(|&run| runs[run].look_closer());
        let mut examiner = Examiner::new(how);
        let mut examine = |index: usize| {
            let run: &Run = &runs[index];
            let examined = examiner.examine(run);
            (
                index,
                examined.map_err(|error| run.told(&error.to_string())),
            )
        };
        let examined: BTreeMap<usize, _> = shown.into_iter().map(&mut examine).collect();
        for (&index, examined) in &examined {
            let why = examined.as_ref().ok();
            let why: Option<&String> =
                why.and_then(|examined: &Examined| examined.undrawn.as_ref());
            runs[index].notes.extend(why.map(Note::other));
        }
        Ok(Self {
            title: None,
            writer: (
                env!("CARGO_PKG_NAME").into(),
                env!("CARGO_PKG_VERSION").into(),
            ),
            pictures,
            limit_test,
            runs,
            groups,
            examined,
            left_out,
            renewed: None,
        })
    }

    /// The same with a heading of its own.
    #[must_use]
    pub fn titled(self, title: Option<String>) -> Self {
        Self { title, ..self }
    }

    /// The same, said to be written by this program in this version. Otherwise the page names this crate.
    #[must_use]
    pub fn written_by(self, program: &str, version: &str) -> Self {
        Self {
            writer: (program.into(), version.into()),
            ..self
        }
    }

    /// The same, which a browser reads anew after so many seconds, until it finds one that does not say so.
    #[must_use]
    pub fn renewed_after(self, seconds: u64) -> Self {
        Self {
            renewed: Some(seconds),
            ..self
        }
    }

    /// How many runs it is about.
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// What a reader of the page has to know: which folders are left out and why, and what is missing of runs, each once.
    pub fn notes(&self) -> Vec<Note> {
        let left_out = self.left_out.iter().map(|(folder, why)| {
            let text = format!("left out: {}", folder::told(folder, why));
            Note::new(Subject::LeftOut, text)
        });
        let told = |subject: Subject| {
            let of_runs = self.runs.iter().flat_map(move |run| {
                let notes = run.notes.iter().filter(move |note| note.subject == subject);
                notes.map(move |note| (run.name.as_str(), run.told(note.text())))
            });
            let told = note::together(of_runs, self.runs.len()).into_iter();
            told.map(move |(runs, text)| Note::new(subject, format!("{runs}: {text}")))
        };
        let of_runs = [Subject::DamagedResult, Subject::Other].into_iter();
        left_out.chain(of_runs.flat_map(told)).collect()
    }

    /// What of the networks could not be examined, each once, with the runs that it is said of.
    pub fn unexamined(&self) -> Vec<String> {
        let told = note::together(self.missing(), self.runs.len()).into_iter();
        told.map(|(runs, why)| format!("{runs}: {why}")).collect()
    }

    /// The names of runs whose networks could not be examined, and why not.
    fn missing(&self) -> impl Iterator<Item = (&str, String)> {
        self.examined.iter().filter_map(|(&index, examined)| {
            Some((
                self.runs[index].name.as_str(),
                examined.as_ref().err()?.clone(),
            ))
        })
    }

    /// The group of a run.
    fn group_of(&self, run: usize) -> &Group {
        let holds = |group: &&Group| group.runs.contains(&run);
        (self.groups.iter().find(holds)).expect("each run is in a group")
    }

    /// What the page says, for a program.
    pub fn facts(&self) -> Facts {
        Facts::of(self)
    }

    /// The page, in HTML.
    pub fn page(&self) -> String {
        inert(&page::page(self).into_string())
    }

    /// Every figure as an SVG file of its own: the file's name, and its text.
    pub fn figures(&self) -> Vec<(String, String)> {
        let figures = figures::figures(self).into_iter();
        figures.map(|(name, text)| (name, inert(&text))).collect()
    }
}

/// The runs that are shown in detail, by index: of many the best one of each group.
fn detailed(runs: &[Run], groups: &[Group]) -> Vec<usize> {
    match runs.len() > MAX_DETAILED {
        false => (0..runs.len()).collect(),
        true => {
            let shown = groups.iter().filter(|group| group.look.is_some());
            let mut best: Vec<usize> = shown.map(|group| group.best(runs)).collect();
            best.truncate(MAX_DETAILED);
            best
        }
    }
}

/// A text in which no name steers whatever shows it: markup is escaped where it is made, and here control characters and
/// those that turn the direction of text around are. Line ends stay.
fn inert(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(runtime::printable).collect();
    lines.join("\n")
}
