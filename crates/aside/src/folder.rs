//! A folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::file::rename;
use crate::fresh;

/// Makes the folder `path` what `fill` puts into an empty one beside it. What had the name before is
/// moved aside, and its new place is returned, for the caller to remove.
///
/// `fill` syncs its files, as [`write_synced`](crate::write_synced) does.
///
/// # Errors
///
/// Those of `fill`, or when a folder cannot be made or renamed; `path` is as before, and what was
/// written is removed.
pub fn write_folder(
    path: &Path,
    fill: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<Option<PathBuf>> {
    let aside = fresh::folder(path)?;
    fill(aside.path())?;
    let Ok(_) = fs::symlink_metadata(path) else {
        rename(aside.path(), path)?;
        return Ok(None);
    };
    // An empty folder of a name that nothing has: what is moved aside takes its place.
    let old = fresh::folder(path)?.keep();
    fs::remove_dir(&old)?;
    fs::rename(path, &old)?;
    rename(aside.path(), path).inspect_err(|_| {
        // As it was; the first error is the one to tell.
        let _ = fs::rename(&old, path);
    })?;
    Ok(Some(old))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("folder");
        let fill = |name: &'static str| {
            move |folder: &Path| crate::write_synced(&folder.join(name), name.as_bytes())
        };
        assert_eq!(write_folder(&path, fill("first")).unwrap(), None);
        let failed = write_folder(&path, |folder| {
            fs::write(folder.join("half"), "")?;
            Err(io::Error::other("full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "full");
        assert!(path.join("first").exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);

        let old = write_folder(&path, fill("second")).unwrap().unwrap();
        assert!(old.join("first").exists());
        fs::remove_dir_all(&old).unwrap();
        assert!(path.join("second").exists() && !path.join("first").exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
