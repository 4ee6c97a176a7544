//! The lock of a run's folder: two processes must not train one run.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::RunError;

pub const NAME: &str = "run.lock";

/// Takes the lock of a run that this process is going to train.
///
/// # Errors
///
/// [`RunError::Locked`] when another process holds it, [`RunError::Io`] when its file cannot be made.
pub fn take(folder: &Path) -> Result<File, RunError> {
    let path = folder.join(NAME);
    let file = File::create(&path).map_err(|e| RunError::io("creating", &path, e))?;
    let mut tried = file.try_lock();
    // A report that asks whether the run is training holds it for an instant.
    for _ in 0..10 {
        if matches!(tried, Err(TryLockError::WouldBlock)) {
            std::thread::sleep(Duration::from_millis(20));
            tried = file.try_lock();
        }
    }
    match tried {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::Locked { path }),
        // A file system without locks: nothing to go by, so no protection.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Whether a process holds it now; never where the file system has no locks.
pub fn is_held(folder: &Path) -> bool {
    let tried = File::open(folder.join(NAME)).map(|file| file.try_lock_shared());
    matches!(tried, Ok(Err(TryLockError::WouldBlock)))
}
