//! Training that can be stopped, and what is said then.

use run::{RunDir, RunResult};

use super::signals::Watch;
use crate::Error;
use crate::dashboard::Dashboard;
use crate::train::Training;

/// Trains a run to its end.
///
/// # Errors
///
/// [`Error::Stopped`] when it was stopped, which has been said then. Else as [`Training::run`].
pub fn train(training: &Training, run: &RunDir, dashboard: Dashboard) -> Result<RunResult, Error> {
    let go_on = format!(
        "continue with: onebit train --resume {}",
        run.path().display()
    );
    let all = format!("stopped; all that was trained is saved; {go_on}");
    let watch = Watch::new(training.stop(), dashboard, all);
    let result = training.run(run, dashboard)?;
    drop(watch);
    if let Some(result) = result {
        return Ok(result);
    }
    let checkpoints = run.checkpoints()?;
    crate::say(&match checkpoints.newest() {
        Some(at) => format!(
            "stopped {at}; saved in {}; {go_on}",
            checkpoints.folder().display()
        ),
        None => format!("stopped before a step was saved; {go_on}"),
    });
    Err(Error::Stopped(training.stop().signal()))
}
