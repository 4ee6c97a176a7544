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
//! | `examine`, `picture` | what the networks make of their test images |
//! | `published`, `recipe_diff` | the paper's figures, and in what a run is another than theirs |
//! | `seeds`, `settings` | what runs have in common, and what tells them apart |
//! | `axis`, `chart`, `curves`, `flips`, `confusion` | the figures, as SVG |
//! | `tables`, `by_class`, `costs`, `page`, `figures` | the page, and the figures as files |
//! | [`fit`] | the page of networks that were tried for a device |
//! | `note`, `error` | what is missing of a run, and why there is no page |
//!
//! Run folders are read as files of strangers: bounded, and whatever they say is escaped. The page forbids itself
//! every address outside of it, so that not even a mistake here could fetch one.

mod axis;
mod by_class;
mod chart;
mod confusion;
mod costs;
mod curves;
mod error;
mod examine;
mod figures;
pub mod fit;
mod flips;
mod folder;
mod layers;
mod lines;
mod note;
mod page;
mod picture;
mod published;
mod recipe_diff;
mod seeds;
mod settings;
mod tables;
mod validate;

use std::collections::BTreeSet;
use std::path::PathBuf;

pub use error::ReportError;
pub use examine::{Classify, Examination};
use examine::{Examined, Examiner};
use folder::Run;
pub use note::{Note, Subject};
use run::RunError;

/// Runs of a page: their marks in eight colours and four shapes are still told apart.
const MAX_RUNS: usize = 32;

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
    /// What each network makes of its test images, or what is missing.
    examined: Vec<Result<Examined, String>>,
    /// Folders that are left out, and why.
    left_out: Vec<(PathBuf, String)>,
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
        let mut examiner = Examiner::new(how);
        let examined = runs
            .iter()
            .map(|run| examiner.examine(run).map_err(|e| run.told(&e.to_string())))
            .collect();
        Ok(Self {
            title: None,
            writer: (
                env!("CARGO_PKG_NAME").into(),
                env!("CARGO_PKG_VERSION").into(),
            ),
            pictures,
            limit_test,
            runs,
            examined,
            left_out,
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

    /// How many runs it is about.
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// What a reader of the page has to know: which folders are left out and why, and what is missing of a run.
    pub fn notes(&self) -> Vec<Note> {
        let left_out = self.left_out.iter().map(|(folder, why)| {
            let text = format!("left out: {}", folder::told(folder, why));
            Note::new(Subject::LeftOut, text)
        });
        let of_runs = self.runs.iter().flat_map(|run| {
            let told = |text: &str| format!("{}: {}", run.name, run.told(text));
            run.notes.iter().map(move |note| note.map(told))
        });
        left_out.chain(of_runs).collect()
    }

    /// What of the networks could not be examined, by run.
    pub fn unexamined(&self) -> Vec<String> {
        let both = self.runs.iter().zip(&self.examined);
        both.filter_map(|(run, examined)| {
            Some(format!("{}: {}", run.name, examined.as_ref().err()?))
        })
        .collect()
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

/// A text in which no name steers whatever shows it: markup is escaped where it is made, and here control characters and
/// those that turn the direction of text around are. Line ends stay.
fn inert(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(runtime::printable).collect();
    lines.join("\n")
}
