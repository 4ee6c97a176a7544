//! Checkpoints as Burn's learner writes them, with which several devices train: each part on a thread of its own, at the
//! ends of epochs.

use std::collections::btree_map::{BTreeMap, Entry};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use burn::store::ModuleRecord;
use burn::train::checkpoint::{Checkpoint, Checkpointer, CheckpointerError};
use run::checkpoints::{Checkpoints, Manifest, PARTS, Position};
use run::metrics::best_epoch;
use run::write_aside;

use super::{bytes_of, load, shapes};
use crate::Error;
use crate::metrics::{SharedRecorder, WeightRecorder, Written};

/// What the three checkpointers of a run share.
pub struct Shared {
    /// Where they write.
    pub checkpoints: Checkpoints,
    /// For the manifest.
    pub steps_per_epoch: usize,
    /// How many are kept.
    pub keep: usize,
    /// `metrics.jsonl`, where the best epoch is kept too.
    pub best_of: Option<PathBuf>,
    /// The first failure is left here, because Burn's dashboard forgets it when it closes.
    pub failure: Arc<Mutex<Option<String>>>,
    /// Manifests of which parts are missing.
    pub begun: Mutex<BTreeMap<usize, Manifest>>,
}

impl Shared {
    /// Keeps a failure to save, and makes Burn's of it.
    fn fail(&self, error: &Error) -> CheckpointerError {
        let message = error.to_string();
        let mut failure = self.failure.lock().expect("no holder panics");
        failure.get_or_insert(message.clone());
        CheckpointerError::Unknown(message)
    }

    fn begin(&self, epoch: usize) -> Result<(), Error> {
        let mut begun = self.begun.lock().expect("no holder panics");
        if let Entry::Vacant(place) = begun.entry(epoch) {
            let at = Position::end_of(epoch);
            self.checkpoints.unseal(at)?;
            place.insert(Manifest::new(
                self.checkpoints.run(),
                at,
                self.steps_per_epoch,
            ));
        }
        Ok(())
    }

    /// Writes a part, and after the last one the manifest.
    fn write(&self, part: &str, epoch: usize, bytes: &burn::tensor::Bytes) -> Result<(), Error> {
        self.begin(epoch)?;
        let path = self.checkpoints.path(part, Position::end_of(epoch));
        write_aside(&path, bytes)?;
        let mut begun = self.begun.lock().expect("no holder panics");
        let Some(manifest) = begun.get_mut(&epoch) else {
            return Ok(());
        };
        manifest.add(&path, bytes);
        if part == PARTS[0] {
            manifest.shapes = shapes(bytes);
        }
        if manifest.parts.len() == PARTS.len() {
            self.checkpoints.seal(manifest)?;
            begun.remove(&epoch);
            let there = |epoch| self.checkpoints.look(Position::end_of(epoch)).is_ok();
            let best = match &self.best_of {
                Some(jsonl) => best_epoch(jsonl, there)?,
                None => None,
            };
            self.checkpoints.prune(self.keep, best)?;
        }
        Ok(())
    }
}

/// Saves one of the three parts.
pub struct AsideCheckpointer {
    shared: Arc<Shared>,
    part: &'static str,
}

impl AsideCheckpointer {
    /// The three checkpointers of a run: model, optimiser, scheduler.
    pub fn all(shared: &Arc<Shared>) -> [Self; 3] {
        PARTS.map(|part| Self {
            shared: shared.clone(),
            part,
        })
    }
}

impl<R: Checkpoint> Checkpointer<R> for AsideCheckpointer {
    fn save(&self, epoch: usize, record: R) -> Result<(), CheckpointerError> {
        let at = Position::end_of(epoch);
        let path = self.shared.checkpoints.path(self.part, at);
        let written = bytes_of(&path, record);
        let written = written.and_then(|bytes| self.shared.write(self.part, epoch, &bytes));
        written.map_err(|e| self.shared.fail(&e))
    }

    /// The last one to be written deletes those that are no longer kept, whole ones.
    fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn restore(&self, epoch: usize) -> Result<R, CheckpointerError> {
        let path = self
            .shared
            .checkpoints
            .path(self.part, Position::end_of(epoch));
        load(&path).map_err(|e| CheckpointerError::Unknown(e.to_string()))
    }
}

/// Saves the network, and before it the lines of its weights: Burn hands the network out at that moment only.
pub struct WeightsCheckpointer {
    /// Saves it.
    pub inner: AsideCheckpointer,
    /// Writes the lines.
    pub weights: Mutex<WeightRecorder>,
    /// Whether the epoch's metrics are written.
    pub written: Written,
    /// Brings them to the disk.
    pub recorder: SharedRecorder,
}

impl Checkpointer<ModuleRecord> for WeightsCheckpointer {
    fn save(&self, epoch: usize, record: ModuleRecord) -> Result<(), CheckpointerError> {
        // The lines first: a whole checkpoint then has its lines, and lines without one are dropped on resume.
        let mut weights = self.weights.lock().expect("no holder panics");
        weights
            .record(epoch, record.clone())
            .map_err(|e| self.inner.shared.fail(&e))?;
        self.written.wait(Position::end_of(epoch));
        let synced = self.recorder.sync();
        synced.map_err(|e| self.inner.shared.fail(&e))?;
        self.inner.save(epoch, record)
    }

    fn delete(&self, epoch: usize) -> Result<(), CheckpointerError> {
        Checkpointer::<ModuleRecord>::delete(&self.inner, epoch)
    }

    fn restore(&self, epoch: usize) -> Result<ModuleRecord, CheckpointerError> {
        self.inner.restore(epoch)
    }
}
