//! The lock of a run's folder: two processes must not train one run.

use std::fs::{self, File, TryLockError};
use std::io::Write;
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
    // What another process wrote into it is not cut off.
    let opened = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let mut file = opened.map_err(|e| RunError::io("creating", &path, e))?;
    let mut tried = file.try_lock();
    // A report that asks whether the run is training holds it for an instant.
    for _ in 0..10 {
        if matches!(tried, Err(TryLockError::WouldBlock)) {
            std::thread::sleep(Duration::from_millis(20));
            tried = file.try_lock();
        }
    }
    match tried {
        Ok(()) => {
            // Who holds it, for messages alone: the lock counts without.
            let number = format!("{}\n", std::process::id());
            let _ = file
                .set_len(0)
                .and_then(|()| file.write_all(number.as_bytes()));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(locked(folder)),
        // A file system without locks: nothing to go by, so no protection.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// The error of a run that another process trains, with the number of that process where the lock tells it.
pub fn locked(folder: &Path) -> RunError {
    let path = folder.join(NAME);
    let text = fs::read_to_string(&path).unwrap_or_default();
    RunError::Locked {
        path,
        holder: text.trim().parse().ok(),
    }
}

/// Whether a process holds it now; never where the file system has no locks.
pub fn is_held(folder: &Path) -> bool {
    let tried = File::open(folder.join(NAME)).map(|file| file.try_lock_shared());
    matches!(tried, Ok(Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_a_run_is_told_to_who_comes_second() {
        let dir = tempfile::tempdir().unwrap();
        let held = take(dir.path()).unwrap();
        for _ in 0..2 {
            let error = take(dir.path()).unwrap_err().to_string();
            let number = std::process::id();
            let expected = format!("run.lock: another process ({number}) is training this run");
            assert!(error.ends_with(&expected), "{error}");
        }
        assert!(is_held(dir.path()));
        drop(held);
        assert!(!is_held(dir.path()));
        // What a process before left there is replaced, whatever its length.
        fs::write(dir.path().join(NAME), "12345678901234567890\n").unwrap();
        let _held = take(dir.path()).unwrap();
        let text = fs::read_to_string(dir.path().join(NAME)).unwrap();
        assert_eq!(text, format!("{}\n", std::process::id()));
    }
}
