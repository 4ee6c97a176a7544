//! A file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::beside;

/// Makes the file `path` hold `bytes`. A file that is replaced hands on its permissions; a link stays
/// one, and what it leads to is replaced.
///
/// # Errors
///
/// When it cannot be written, or is there and no regular file; what was there is as before.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let there = fs::metadata(&target).ok();
    if let Some(there) = there.as_ref().filter(|there| !there.is_file()) {
        let found = match there.is_dir() {
            true => "it is no regular file but a folder",
            false => "it is no regular file",
        };
        return Err(io::Error::new(io::ErrorKind::InvalidInput, found));
    }
    let aside = beside(&target, "tmp");
    or_remove(&aside, || {
        write_synced(&aside, bytes)?;
        if let Some(there) = &there {
            fs::set_permissions(&aside, there.permissions())?;
        }
        rename(&aside, &target)
    })
}

/// Makes the file `path` hold `bytes`, by way of the file `aside` in the same folder. The aside of an
/// earlier try that was cut off is overwritten. A link at `path` is replaced by the file.
///
/// # Errors
///
/// When it cannot be written; what was there is as before, and the aside is removed.
pub fn write(path: &Path, aside: &Path, bytes: &[u8]) -> io::Result<()> {
    or_remove(aside, || {
        write_synced(aside, bytes)?;
        rename(aside, path)
    })
}

/// Writes the file `path` and waits until its content is on the disk. No other name is involved.
///
/// # Errors
///
/// When it cannot be written; a part of it may be there.
pub fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until the content of the file `path` is on the disk.
///
/// # Errors
///
/// When it cannot be opened to write, or the disk fails.
pub fn sync(path: &Path) -> io::Result<()> {
    // Windows syncs only what is open to write.
    File::options().append(true).open(path)?.sync_all()
}

/// Renames a file or folder within its folder, and makes the new name itself durable where the
/// system can sync a folder. What it holds is to be synced before.
///
/// # Errors
///
/// When it cannot be renamed.
pub fn rename(aside: &Path, path: &Path) -> io::Result<()> {
    fs::rename(aside, path)?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Removes the aside when the work fails, whose error is the one to tell.
fn or_remove(aside: &Path, work: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    work().inspect_err(|_| {
        let _ = fs::remove_file(aside);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_keeps_the_old_content_and_leaves_nothing_aside() {
        let dir = tempfile::tempdir().unwrap();
        let (path, aside) = (dir.path().join("file"), dir.path().join("file.tmp"));
        write(&path, &aside, b"old").unwrap();
        // A folder in the place of the aside makes every write fail.
        fs::create_dir(&aside).unwrap();
        write(&path, &aside, b"new").unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        fs::remove_dir(&aside).unwrap();
        fs::write(&aside, "a longer rest of an earlier try").unwrap();
        write(&path, &aside, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_files_are_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let error = replace(dir.path(), b"bytes").unwrap_err();
        assert_eq!(error.to_string(), "it is no regular file but a folder");
        replace(&dir.path().join("no/where"), b"bytes").unwrap_err();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("file"), dir.path().join("link"));
        replace(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_download_is_renamed() {
        let dir = tempfile::tempdir().unwrap();
        let (part, path) = (dir.path().join("file.part"), dir.path().join("file"));
        sync(&part).unwrap_err();
        fs::write(&part, "all of it").unwrap();
        sync(&part).unwrap();
        rename(&part, &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"all of it");
        assert!(!part.exists());
    }
}
