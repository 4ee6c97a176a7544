//! What is said of a run that goes on: that it is finished, or that what its bits depend on is no longer what it was.

use run::{About, RunDir, RunResult, TrainConfig, read_record};
use word_list::Counted;

use crate::train::Training;
use crate::{named, shell};

/// The result of a run that has come to its end with these settings, which is said then, and what can be done with it.
/// None of one whose result or network is damaged: both are computed again from the last checkpoint, which is said too.
pub fn finished(run: &RunDir, config: &TrainConfig) -> Option<RunResult> {
    let result = run.result().ok().flatten()?;
    if !result.is_of_all(config) || !result.is_possible() {
        return None;
    }
    let bytes = read_record(&run.model());
    if let Err(error) = bytes.and_then(|bytes| run.must_be_model(&bytes)) {
        crate::say(&format!(
            "{error}; the network is made again from the last checkpoint"
        ));
        return None;
    }
    let longer = match config.bound_to_epochs() {
        Some(_) => "",
        None => ", `--epochs N` trains it longer",
    };
    crate::say(&format!(
        "{}: this run is finished, after {}; `onebit eval --run {}` scores it{longer}",
        named(run.path()),
        Counted(result.epochs, "epoch"),
        shell::folder(run.path())
    ));
    Some(result)
}

/// What is no longer as in the sessions before, none of which is refused.
pub fn notes(about: &About, training: &Training, config: &TrainConfig) -> Vec<String> {
    let mut notes = Vec::new();
    let now = training.computes();
    if let Some(then) = about.computes.as_ref().filter(|then| **then != now) {
        notes.push(format!(
            "note: expected {then}, with which this run computed so far, found {now}: the run continues, but not to the same bits"
        ));
    }
    if let Some((key, [then, now])) = config.changed_since(&about.settings) {
        notes.push(format!(
            "note: config.toml: the run began with {key} = {then}, found {now}: the run continues with {now}, so its result is that of neither; restore {then} for the original run"
        ));
    }
    notes
}
