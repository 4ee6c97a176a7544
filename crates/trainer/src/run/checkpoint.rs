//! Checkpoints: three records an epoch, each written aside and renamed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use burn::optim::OptimizerRecord;
use burn::optim::lr_scheduler::LrSchedulerRecord;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use burn::train::checkpoint::{Checkpoint, Checkpointer, CheckpointerError};

use super::{read_bytes, write_aside};
use crate::Error;

const PARTS: [&str; 3] = ["model", "optim", "scheduler"];

/// Saves one of the three parts of a checkpoint.
pub struct AsideCheckpointer {
    folder: PathBuf,
    part: &'static str,
    failure: Arc<Mutex<Option<String>>>,
}

impl AsideCheckpointer {
    /// The three checkpointers of a folder: model, optimiser, scheduler. The first failure is left
    /// in `failure`, because Burn's dashboard forgets it when it closes.
    pub fn all(folder: &Path, failure: &Arc<Mutex<Option<String>>>) -> [Self; 3] {
        PARTS.map(|part| Self {
            folder: folder.into(),
            part,
            failure: failure.clone(),
        })
    }

    fn fail(&self, error: &Error) -> CheckpointerError {
        let message = error.to_string();
        self.failure
            .lock()
            .expect("no holder panics")
            .get_or_insert(message.clone());
        CheckpointerError::Unknown(message)
    }
}

impl<R: Checkpoint> Checkpointer<R> for AsideCheckpointer {
    fn save(&self, epoch: usize, record: R) -> Result<(), CheckpointerError> {
        let bytes = record
            .checkpoint_into_bytes()
            .map_err(CheckpointerError::Record)?;
        write_aside(&path(&self.folder, self.part, epoch), &bytes).map_err(|e| self.fail(&e))
    }

    fn delete(&self, epoch: usize) -> Result<(), CheckpointerError> {
        // A save that failed may have left the older one as the only whole checkpoint.
        if self.failure.lock().expect("no holder panics").is_some() {
            return Ok(());
        }
        let path = path(&self.folder, self.part, epoch);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(self.fail(&Error::io("deleting", &path, &error)))
            }
            _ => Ok(()),
        }
    }

    fn restore(&self, epoch: usize) -> Result<R, CheckpointerError> {
        load(&path(&self.folder, self.part, epoch))
            .map_err(|e| CheckpointerError::Unknown(e.to_string()))
    }
}

/// The records of one checkpoint.
pub struct Records {
    /// The network.
    pub model: ModuleRecord,
    /// The velocities.
    pub optimizer: OptimizerRecord,
    /// The step of the schedule.
    pub scheduler: LrSchedulerRecord,
}

impl Records {
    /// Reads the checkpoint of an epoch.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] that names a file that is missing or damaged.
    pub fn load(folder: &Path, epoch: usize) -> Result<Self, Error> {
        let [model, optimizer, scheduler] = PARTS.map(|part| path(folder, part, epoch));
        let records = Self {
            model: load(&model)?,
            optimizer: load(&optimizer)?,
            scheduler: load::<LrSchedulerRecord>(&scheduler)?,
        };
        // Burn keeps the record of its n-th schedule under "n"; there is one.
        match records.scheduler.record("0").scalar::<usize>("step") {
            Some(_) => Ok(records),
            None => Err(damaged(&scheduler, "no step of the schedule")),
        }
    }
}

/// The newest epoch of which all three parts are there; `None` when there is no checkpoint.
pub fn newest(folder: &Path) -> Option<usize> {
    let epochs = fs::read_dir(folder).ok()?.filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        name.strip_prefix("model-")?
            .strip_suffix(".bpk")?
            .parse()
            .ok()
    });
    epochs
        .filter(|&epoch| PARTS.iter().all(|part| path(folder, part, epoch).is_file()))
        .max()
}

/// The file of one part.
pub fn path(folder: &Path, part: &str, epoch: usize) -> PathBuf {
    folder.join(format!("{part}-{epoch}.bpk"))
}

/// Reads a record, whatever the file holds.
pub fn load<R: Checkpoint>(path: &Path) -> Result<R, Error> {
    let bytes = Bytes::from_bytes_vec(read_bytes(path)?);
    R::checkpoint_from_bytes(bytes).map_err(|error| damaged(path, &error.to_string()))
}

pub fn damaged(path: &Path, found: &str) -> Error {
    Error::Failed(format!(
        "{}: expected a checkpoint of this run, found: {found}; delete the files of this epoch to resume from the one before",
        path.display()
    ))
}
