//! The lock of a run's folder: two processes must not train one run.

use std::fs::{File, TryLockError};
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
    let opened = aside::open_own(
        &path,
        File::options().write(true).create(true).truncate(false),
    );
    let mut file = opened.map_err(|e| RunError::io("opening", &path, e))?;
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
    const MAX_BYTES: u64 = 64;
    let text = aside::read_own(&path, MAX_BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    RunError::Locked {
        path,
        holder: text.trim().parse().ok(),
    }
}

/// Whether a process holds it now; never where the file system has no locks.
pub fn is_held(folder: &Path) -> bool {
    let opened = aside::open_own(&folder.join(NAME), File::options().read(true));
    let tried = opened.map(|file| file.try_lock_shared());
    matches!(tried, Ok(Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use std::fs;

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

    /// A folder may come from anywhere: what a link in it leads to stays as it is, and a pipe keeps nobody waiting.
    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_a_link_is_refused_and_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let theirs = dir.path().join("theirs");
        fs::write(&theirs, "12345678901234567890").unwrap();
        std::os::unix::fs::symlink(&theirs, dir.path().join(NAME)).unwrap();
        let error = take(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains("run.lock") && error.contains("it is a link"),
            "{error}"
        );
        assert!(!is_held(dir.path()));
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "12345678901234567890");
    }
}
