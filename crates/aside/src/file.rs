//! A file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::{fresh, open_own};

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
    let permissions = there.map(|there| there.permissions());
    fill(&target, permissions, |file| file.write_all(bytes))
}

/// Makes the file `path` hold `bytes`. A link at `path` is replaced by the file.
///
/// # Errors
///
/// When it cannot be written; what was there is as before, and nothing is left aside.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// As [`write()`], for what `contents` writes.
///
/// # Errors
///
/// Those of `contents`; as [`write()`].
pub fn write_with(
    path: &Path,
    contents: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    fill(path, None, contents)
}

fn fill(
    path: &Path,
    permissions: Option<fs::Permissions>,
    contents: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut aside = fresh::file(path)?;
    // Through the file itself: an error then has no word of the drawn name.
    let mut buffered = BufWriter::new(aside.as_file_mut());
    contents(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    aside.as_file().sync_all()?;
    if let Some(permissions) = permissions {
        fs::set_permissions(aside.path(), permissions)?;
    }
    rename(aside.path(), path)
}

/// Makes a new file and waits until its content is on the disk. No other name is involved.
///
/// # Errors
///
/// When something has the name, or it cannot be written; a part of it may be there.
pub fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until the content of the file `path` is on the disk.
///
/// # Errors
///
/// When it cannot be opened to write, as by [`open_own`], or the disk fails.
pub fn sync(path: &Path) -> io::Result<()> {
    // Windows syncs only what is open to write.
    open_own(path, OpenOptions::new().append(true))?.sync_all()
}

/// Renames a file or folder within its folder, and makes the new name itself durable where the
/// system can sync a folder. What it holds is to be synced before.
///
/// # Errors
///
/// When it cannot be renamed.
pub fn rename(aside: &Path, path: &Path) -> io::Result<()> {
    fs::rename(aside, path)?;
    sync_name(path);
    Ok(())
}

/// Makes the name of a file or folder durable, where the system can sync the folder that it is in.
pub fn sync_name(path: &Path) {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_keeps_the_old_content_and_leaves_nothing_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        // A folder in its place makes every write fail.
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        write(&path, b"newer").unwrap_err();
        assert!(path.is_dir());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_an_own_file_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (path, theirs) = (dir.path().join("file"), dir.path().join("theirs"));
        fs::write(&theirs, "theirs").unwrap();
        std::os::unix::fs::symlink(&theirs, &path).unwrap();
        write(&path, b"own").unwrap();
        assert_eq!(fs::read(&theirs).unwrap(), b"theirs");
        assert_eq!(fs::read(&path).unwrap(), b"own");
        assert!(!fs::symlink_metadata(&path).unwrap().is_symlink());
        let error = write_synced(&path, b"new").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn only_files_are_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let error = replace(dir.path(), b"bytes").unwrap_err();
        assert_eq!(error.to_string(), "it is no regular file but a folder");
        let error = replace(&dir.path().join("no/where"), b"bytes").unwrap_err();
        // The drawn name is nobody's.
        assert!(!error.to_string().contains("aside"), "{error}");
        assert!(error.raw_os_error().is_some(), "{error}");
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
