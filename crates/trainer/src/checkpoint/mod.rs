//! Checkpoints: three records an epoch, each written aside and renamed; and the trained network.

mod networks;
mod old_record;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use burn::optim::OptimizerRecord;
use burn::optim::lr_scheduler::LrSchedulerRecord;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use burn::train::checkpoint::{Checkpoint, Checkpointer, CheckpointerError};

pub use networks::{load_checkpoint, load_model, save_model};
use old_record::renamed;
use run::checkpoints::{PARTS, path};
use run::{read_bytes, write_aside};

use crate::Error;
use crate::learn::Sgd;

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

    /// Keeps a failure to save, and makes Burn's of it.
    pub fn fail(&self, error: &Error) -> CheckpointerError {
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
        write_aside(&path(&self.folder, self.part, epoch), &bytes).map_err(|e| self.fail(&e.into()))
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

/// Reads the optimiser's and the schedule's part of the checkpoint of an epoch, because Burn, which
/// loads them later, panics on some damage and takes a record of another kind for an empty one.
///
/// # Errors
///
/// [`Error::Failed`] that names a file that is missing or damaged.
pub fn check(folder: &Path, epoch: usize) -> Result<(), Error> {
    let [model, optimizer, scheduler] = PARTS.map(|part| path(folder, part, epoch));
    load::<ModuleRecord>(&model)?;
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
        Some(_) => Ok(()),
        None => Err(damaged(&scheduler, "no step of the schedule")),
    }
}

/// Reads a record, whatever the file holds; of a network also one with the names of earlier versions.
fn load<R: Checkpoint>(path: &Path) -> Result<R, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bytes = match name.starts_with(PARTS[0]) {
        true => renamed(path, read_bytes(path)?)?,
        false => Bytes::from_bytes_vec(read_bytes(path)?),
    };
    R::checkpoint_from_bytes(bytes).map_err(|error| damaged(path, &error.to_string()))
}

/// A file that is not what its name says.
fn damaged(path: &Path, found: &str) -> Error {
    Error::Failed(format!(
        "{}: expected a file of this run, found: {found}; without it, --resume goes on from the newest whole checkpoint",
        path.display()
    ))
}
