//! The checkpoint that a run goes on from.

use run::RunDir;
use run::checkpoints::{Manifest, Position};
use run::metrics::last_epoch;
use word_list::Counted;

use super::check;
use crate::Error;

/// Where a run goes on.
#[derive(Clone, Debug)]
pub struct Start {
    /// The checkpoint's place.
    pub at: Position,
    /// What it says of itself; none of a run of an earlier version.
    pub manifest: Option<Manifest>,
}

/// What a checkpoint has to fit.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// Steps of an epoch.
    pub steps_per_epoch: usize,
    /// The names of the parameters that learn: each has a velocity.
    pub learned: Vec<String>,
    /// Whether the run can go on amid an epoch at all.
    pub within_epochs: bool,
}

/// The newest checkpoint whose every part is what the manifest says, or `None` when there is none yet: a run that was
/// killed while it wrote its first one has a part of it. What is passed over is told to `say`.
///
/// # Errors
///
/// [`Error::Failed`] when there are checkpoints, and none of them is whole: it names what is wrong with each. When there
/// are none though epochs were trained.
pub fn choose(
    run: &RunDir,
    conditions: &Conditions,
    mut say: impl FnMut(&str),
) -> Result<Option<Start>, Error> {
    let checkpoints = run.checkpoints()?;
    let (mut wrong, mut broken_off) = (Vec::new(), 0);
    for at in checkpoints.list()? {
        let whole = || {
            let manifest = checkpoints.verify(at)?;
            // What does not fit is passed over by another word.
            if unfit(at, manifest.as_ref(), conditions).is_none() {
                check(&checkpoints, at, conditions)?;
            }
            Ok::<_, Error>(manifest)
        };
        match whole() {
            Err(error) => {
                broken_off += usize::from(!checkpoints.is_sealed(at));
                wrong.push(error.to_string());
            }
            Ok(manifest) => {
                if let Some(reason) = unfit(at, manifest.as_ref(), conditions) {
                    let folder = crate::named(run.path());
                    say(&format!(
                        "{folder}: the checkpoint {at} is passed over: {reason}"
                    ));
                    continue;
                }
                for reason in &wrong {
                    say(&format!(
                        "{reason}; this checkpoint is passed over, the one {at} is taken"
                    ));
                }
                return Ok(Some(Start { at, manifest }));
            }
        }
    }
    match wrong.len() - broken_off == 0 && broken_off <= 1 {
        true => {
            // What is left of a first checkpoint, or of others that are gone.
            let folder = checkpoints.folder().display();
            for reason in &wrong {
                say(&format!(
                    "{reason}; this checkpoint is passed over, since it was not written to its end"
                ));
            }
            if wrong.is_empty() && checkpoints.has_files() {
                say(&format!(
                    "{folder}: expected checkpoints, found other files alone, which are passed over"
                ));
            }
            // The first epoch is recorded before its checkpoint is whole; to begin anew after more than that
            // would replace what was trained.
            let trained = last_epoch(&run.path().join("metrics.jsonl"))?.unwrap_or(0);
            if trained > 1 || run.result()?.is_some() {
                return Err(Error::Failed(format!(
                    "{folder}: expected a checkpoint of a run that has trained {}, found none that is whole; put one back, or train anew in another folder",
                    Counted(trained, "epoch")
                )));
            }
            Ok(None)
        }
        false => Err(Error::Failed(format!(
            "{}\nno checkpoint of this run is whole; put one back, or train anew",
            wrong.join("\n")
        ))),
    }
}

/// Why a run cannot go on from a whole checkpoint.
fn unfit(at: Position, manifest: Option<&Manifest>, conditions: &Conditions) -> Option<String> {
    if at.is_end_of_epoch() {
        return None;
    }
    let &Conditions {
        steps_per_epoch,
        within_epochs,
        ..
    } = conditions;
    let theirs = manifest.map_or(0, |manifest| manifest.steps_per_epoch);
    if !within_epochs {
        return Some("several devices begin with an epoch".into());
    }
    (theirs != steps_per_epoch).then(|| {
        format!("expected an epoch of {steps_per_epoch} steps, found one of {theirs} steps")
    })
}
