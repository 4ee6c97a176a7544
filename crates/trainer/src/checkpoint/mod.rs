//! Checkpoints: written part by part and then sealed, chosen when a run goes on; and the trained network.

mod burns;
mod choose;
mod networks;
mod old_record;
mod record;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

use burn::optim::OptimizerRecord;
use burn::optim::lr_scheduler::LrSchedulerRecord;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use burn::train::checkpoint::Checkpoint;
use burn_pack::Reader;

pub use burns::{AsideCheckpointer, Shared, WeightsCheckpointer};
pub use choose::{Conditions, Start, choose};
pub use networks::{load_checkpoint, load_model, save_model};
use old_record::renamed;
use record::{conv_weights, must_be_of, settled, validate};
use run::checkpoints::{Checkpoints, Manifest, PARTS, Position, SIGNS, Sums};
use run::{read_record, write_aside};

use crate::Error;
use crate::learn::Sgd;

/// The state of a run that goes on, as Burn records it.
pub struct Records {
    /// The network.
    pub model: ModuleRecord,
    /// The velocities.
    pub optimizer: OptimizerRecord,
    /// Where the schedule is.
    pub scheduler: LrSchedulerRecord,
}

/// What there is to keep besides within an epoch, so that its lines come out as without a stop.
pub struct Unfinished {
    /// Of its metrics.
    pub sums: Sums,
    /// The signs of the weights at the end of the epoch before, as bits.
    pub signs: Vec<u8>,
}

/// Saves a checkpoint: its parts, and when all are there its manifest.
///
/// # Errors
///
/// [`Error::Failed`] when a file cannot be written. Then there is no checkpoint, and those of before are as they were.
pub fn save(
    checkpoints: &Checkpoints,
    at: Position,
    steps_per_epoch: usize,
    records: Records,
    unfinished: Option<&Unfinished>,
) -> Result<(), Error> {
    let Records {
        model,
        optimizer,
        scheduler,
    } = records;
    checkpoints.unseal(at)?;
    let mut manifest = Manifest::new(checkpoints.run(), at, steps_per_epoch);
    let [models, optimizers, schedulers] = PARTS;
    let bytes = bytes(checkpoints, at, models, model)?;
    manifest.shapes = shapes(&bytes);
    write(checkpoints, &mut manifest, models, &bytes)?;
    let bytes = self::bytes(checkpoints, at, optimizers, optimizer)?;
    write(checkpoints, &mut manifest, optimizers, &bytes)?;
    let bytes = self::bytes(checkpoints, at, schedulers, scheduler)?;
    write(checkpoints, &mut manifest, schedulers, &bytes)?;
    if let Some(unfinished) = unfinished {
        manifest.sums = Some(unfinished.sums);
        write(checkpoints, &mut manifest, SIGNS, &unfinished.signs)?;
    }
    Ok(checkpoints.seal(&manifest)?)
}

fn bytes<R: Checkpoint>(
    checkpoints: &Checkpoints,
    at: Position,
    part: &str,
    record: R,
) -> Result<Bytes, Error> {
    bytes_of(&checkpoints.path(part, at), record)
}

/// What the file of a record is to hold: the same bytes for the same numbers, all of which are finite.
fn bytes_of<R: Checkpoint>(path: &Path, record: R) -> Result<Bytes, Error> {
    let bytes = record.checkpoint_into_bytes();
    let bytes = bytes.map_err(|e| Error::Failed(format!("{}: {e}", path.display())))?;
    settled(bytes).map_err(|found| {
        Error::Failed(format!(
            "{}: expected finite numbers, found {found}: training diverged; lower the rate with --set learning_rate=…, in a new run",
            path.display()
        ))
    })
}

fn write(
    checkpoints: &Checkpoints,
    manifest: &mut Manifest,
    part: &str,
    bytes: &[u8],
) -> Result<(), Error> {
    let path = checkpoints.path(part, manifest.at);
    write_aside(&path, bytes)?;
    manifest.add(&path, bytes);
    Ok(())
}

/// The shapes of a record's tensors.
fn shapes(record: &Bytes) -> BTreeMap<String, Vec<usize>> {
    let reader = Reader::from_bytes(Bytes::from_bytes_vec(record.to_vec()));
    let tensors = reader.and_then(Reader::into_tensors).unwrap_or_default();
    tensors
        .into_iter()
        .map(|tensor| (tensor.name, tensor.shape.to_vec()))
        .collect()
}

/// Optimiser and schedule of a checkpoint.
///
/// # Errors
///
/// [`Error::Failed`] that names a file that is missing or damaged.
pub fn load_state(
    checkpoints: &Checkpoints,
    at: Position,
) -> Result<(OptimizerRecord, LrSchedulerRecord), Error> {
    let [_, optimizer, scheduler] = PARTS.map(|part| checkpoints.path(part, at));
    Ok((load(&optimizer)?, load(&scheduler)?))
}

/// The signs that a checkpoint within an epoch keeps.
///
/// # Errors
///
/// [`Error::Failed`] that names the file when it cannot be read.
pub fn load_signs(checkpoints: &Checkpoints, at: Position) -> Result<Vec<u8>, Error> {
    Ok(read_record(&checkpoints.path(SIGNS, at))?)
}

/// Reads the records of a checkpoint, because Burn, which applies them later, panics on some damage and takes a record
/// of another kind for an empty one.
///
/// # Errors
///
/// [`Error::Failed`] that names a file that is missing or damaged.
fn check(checkpoints: &Checkpoints, at: Position, conditions: &Conditions) -> Result<(), Error> {
    let [model, optimizer, scheduler] = PARTS.map(|part| checkpoints.path(part, at));
    if at.epoch > MAX_EPOCHS {
        return Err(damaged(&model, &format!("a checkpoint {at}")));
    }
    load::<ModuleRecord>(&model)?;
    let network = read_record(&model)?;
    must_be_of(&network, &read_record(&optimizer)?, &conditions.learned)
        .map_err(|found| damaged(&optimizer, &found))?;
    if !at.is_end_of_epoch() {
        let path = checkpoints.path(SIGNS, at);
        let found = read_record(&path)?.len();
        let weights = conv_weights(&network).map_err(|found| damaged(&model, &found))?;
        // A record of an earlier version has other names.
        if weights > 0 && found != weights.div_ceil(8) {
            let found = format!("{found} bytes of signs, of a network of {weights} weights");
            return Err(damaged(&path, &found));
        }
    }
    let velocities = Sgd {
        momentum: 0.9,
        weight_decay: 0.0,
    }
    .init();
    if velocities
        .load_record(load::<OptimizerRecord>(&optimizer)?)
        .to_record()
        .is_empty()
    {
        return Err(damaged(&optimizer, "no velocity of an optimiser"));
    }
    // Burn keeps the record of its n-th schedule under "n"; there is one.
    match load::<LrSchedulerRecord>(&scheduler)?
        .record("0")
        .scalar::<usize>("step")
    {
        // Fewer where `max_steps` ends an epoch early, but at least one an epoch.
        Some(step) if possible_steps(at, conditions.steps_per_epoch).contains(&step) => Ok(()),
        Some(step) => {
            let found = format!("step {step} of the schedule, in a checkpoint {at}");
            Err(damaged(&scheduler, &found))
        }
        None => Err(damaged(&scheduler, "no step of the schedule")),
    }
}

/// The most epochs that a run can be set to have.
const MAX_EPOCHS: usize = 1_000_000;

/// The steps that a schedule can have taken up to a place in a run.
fn possible_steps(at: Position, per_epoch: usize) -> RangeInclusive<usize> {
    let of = |per_epoch: usize| at.epoch.saturating_mul(per_epoch).saturating_add(at.step);
    of(1)..=of(per_epoch)
}

/// Reads a record of finite numbers, whatever the file holds; of a network also one with the names of earlier versions.
fn load<R: Checkpoint>(path: &Path) -> Result<R, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bytes = match name.starts_with(PARTS[0]) {
        true => renamed(path, read_record(path)?)?,
        false => Bytes::from_bytes_vec(read_record(path)?),
    };
    validate(&bytes).map_err(|found| damaged(path, &found))?;
    R::checkpoint_from_bytes(bytes).map_err(|error| damaged(path, &error.to_string()))
}

/// A file that is not what its name says.
fn damaged(path: &Path, found: &str) -> Error {
    Error::Failed(format!(
        "{}: expected a file of this run, found: {}",
        path.display(),
        runtime::brief(found)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_s_step_fits_its_checkpoint() {
        let at = Position { epoch: 2, step: 3 };
        let possible = possible_steps(at, 10);
        assert!([5, 13, 23].iter().all(|step| possible.contains(step)));
        assert!(
            [0, 1, 4, 24, usize::MAX]
                .iter()
                .all(|step| !possible.contains(step))
        );
    }
}
