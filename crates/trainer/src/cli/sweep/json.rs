//! What a sweep came to, for a program.

use std::path::Path;

use run::many::{Entry, Sweep};
use serde::Serialize;

use super::work::Ended;

/// What --json prints.
#[derive(Serialize)]
pub struct Line {
    folder: String,
    finished: usize,
    failed: usize,
    runs: Vec<Run>,
}

#[derive(Serialize)]
struct Run {
    /// What tells it from the others.
    name: String,
    folder: String,
    state: &'static str,
    /// Of a finished run.
    test_error_percent: Option<f64>,
    /// Why a run failed.
    error: Option<String>,
}

/// What became of the runs of a sweep in a folder.
pub fn line(folder: &Path, sweep: &Sweep, ended: &[Ended]) -> Line {
    let run = |(job, ended): (&run::many::Job, &Ended)| {
        let folder = folder.join(&job.name);
        let score = || Entry::read(&folder).ok().and_then(|entry| entry.error());
        let (state, test_error_percent, error) = match ended {
            Ended::Finished => ("finished", score(), None),
            Ended::Stopped(_) => ("stopped", None, None),
            Ended::Failed(why) => ("failed", None, Some(why.clone())),
            Ended::NotBegun => ("not begun", None, None),
        };
        Run {
            name: job.name.clone(),
            folder: folder.display().to_string(),
            state,
            test_error_percent,
            error,
        }
    };
    let runs: Vec<Run> = sweep.jobs.iter().zip(ended).map(run).collect();
    let count = |state: &str| runs.iter().filter(|run| run.state == state).count();
    Line {
        folder: folder.display().to_string(),
        finished: count("finished"),
        failed: count("failed"),
        runs,
    }
}
