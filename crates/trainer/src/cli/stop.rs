//! Training that can be stopped, and what is said then.

use std::sync::Once;

use run::{RunDir, RunResult};

use super::signals::{Signal, Watch, around_pause, end_by};
use crate::dashboard::{Dashboard, paused};
use crate::train::{Stop, Training};
use crate::{Error, shell};

/// Trains a run to its end.
///
/// # Errors
///
/// [`Error::Stopped`] when it was stopped, which has been said then. Else as [`Training::run`].
pub fn train(training: &Training, run: &RunDir, dashboard: Dashboard) -> Result<RunResult, Error> {
    let go_on = format!(
        "continue with: onebit train --resume {}",
        shell::folder(run.path())
    );
    let all = format!("stopped; all that was trained is saved; {go_on}");
    if dashboard == Dashboard::Tui {
        static PAUSES: Once = Once::new();
        PAUSES.call_once(|| around_pause(|pause| paused(pause)));
    }
    let stop = training.stop().clone();
    let watch = Watch::new(move |signal| ask(&stop, signal, dashboard, &all));
    let result = training.run(run, dashboard)?;
    drop(watch);
    if let Some(result) = result {
        return Ok(result);
    }
    let checkpoints = run.checkpoints()?;
    crate::say(&match checkpoints.newest() {
        Some(at) => format!(
            "stopped {at}; saved in {}; {go_on}",
            crate::named(checkpoints.folder())
        ),
        None => format!("stopped before a step was saved; {go_on}"),
    });
    Err(Error::Stopped(training.stop().signal()))
}

/// Asks a run to stop because of a signal. Says whether it will save where it is; else all of it is saved, which the line
/// `saved` tells.
fn ask(stop: &Stop, signal: Signal, dashboard: Dashboard, saved: &str) -> bool {
    if stop.is_requested() {
        // The first one may have been the dashboard's.
        if signal.insists || signal.number == INTERRUPT {
            end_by(signal.number);
        }
        return true;
    }
    if !stop.request(Some(signal.number)) {
        crate::say(saved);
        return false;
    }
    if dashboard == Dashboard::Plain {
        crate::say("stopping, and saving where the run is; Ctrl-C once more ends it at once");
    }
    true
}

/// The number of what Ctrl-C sends.
const INTERRUPT: i32 = 2;
