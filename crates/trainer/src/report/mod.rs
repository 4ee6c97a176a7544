//! `onebit report`: one page about one run or several, that needs nothing but itself.
//!
//! Run folders are read as files of strangers: bounded, and whatever they say is escaped. The page forbids itself
//! every address outside of it, so that not even a mistake here could fetch one.

mod axis;
mod chart;
mod confusion;
mod costs;
mod curves;
mod examine;
mod figures;
mod flips;
mod layers;
mod lines;
mod page;
mod picture;
mod published;
mod recipe_diff;
mod run;
mod seeds;
mod settings;
mod tables;
mod validate;

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::Error;
pub use examine::Examination;
use examine::{Examined, Examiner};
use run::Run;

/// Runs of a page: their marks in eight colours and four shapes are still told apart.
const MAX_RUNS: usize = 32;

/// What a page tells.
pub struct Report {
    /// The page's heading, where it was given one.
    title: Option<String>,
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
    /// [`Error::Usage`] for too many runs; [`Error::Failed`] when a folder is not there, or none holds a run.
    pub fn read(folders: &[PathBuf], how: Examination<'_>) -> Result<Self, Error> {
        let mut seen = BTreeSet::new();
        let (mut runs, mut left_out) = (Vec::new(), Vec::new());
        for folder in folders {
            let place = folder
                .canonicalize()
                .map_err(|e| Error::io("reading", folder, &e))?;
            if !seen.insert(place) {
                continue;
            }
            match Run::read(folder) {
                Ok(run) => runs.push(run),
                Err(error) => left_out.push((folder.clone(), error)),
            }
            if runs.len() > MAX_RUNS {
                return Err(Error::Usage(format!(
                    "expected at most {MAX_RUNS} runs on one page, found more; name fewer folders"
                )));
            }
        }
        if runs.is_empty() {
            let nothing = || Error::Usage("expected the folder of a run, found none named".into());
            let first = left_out.into_iter().next();
            return Err(first.map_or_else(nothing, |(_, error)| error));
        }
        let left_out = left_out
            .into_iter()
            .map(|(folder, error)| (folder, error.to_string()))
            .collect();
        run::tell_apart(&mut runs);
        let (pictures, limit_test) = (how.pictures, how.limit_test);
        let mut examiner = Examiner::new(how);
        let examined = runs
            .iter()
            .map(|run| examiner.examine(run).map_err(|e| run.told(&e.to_string())))
            .collect();
        Ok(Self {
            title: None,
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

    /// How many runs it is about.
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// What a reader of the page has to know: which folders are left out and why, and what is missing of a run.
    pub fn notes(&self) -> Vec<String> {
        let left_out = self.left_out.iter();
        let left_out =
            left_out.map(|(folder, why)| format!("left out: {}", run::told(folder, why)));
        let of_runs = self.runs.iter().flat_map(|run| {
            let told = run.notes.iter().map(|note| run.told(note));
            told.map(move |note| format!("{}: {note}", run.name))
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
        page::page(self).into_string()
    }

    /// Every figure as an SVG file of its own: the file's name, and its text.
    pub fn figures(&self) -> Vec<(String, String)> {
        figures::figures(self)
    }
}
