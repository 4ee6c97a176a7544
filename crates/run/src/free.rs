//! Whether a folder may become that of a run.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use data::Source;

use crate::{RunError, lock};

/// How many names of a folder a message has.
const SHOWN: usize = 5;

/// Refuses a folder that holds a run, or anything else that a run's files would be mixed with. Hidden
/// files are no obstacle.
pub fn must_be_free(path: &Path) -> Result<(), RunError> {
    let parts = ["config.toml", "checkpoint", "model.bpk", "result.json"];
    if parts.iter().any(|part| path.join(part).exists()) {
        return Err(RunError::Occupied { path: path.into() });
    }
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(RunError::io("reading", path, error)),
    };
    let names = entries.flatten().map(|entry| entry.file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    // A run that was about to begin leaves its lock.
    let others = names.filter(|name| !name.starts_with('.') && name != lock::NAME);
    let mut found: Vec<String> = others.take(SHOWN).collect();
    found.sort_unstable();
    match found.is_empty() {
        true => Ok(()),
        false => Err(RunError::NotEmpty {
            path: path.into(),
            found,
        }),
    }
}

/// Refuses a folder that cannot be made, or in which nothing can. A folder of another name is made above it for an
/// instant: permissions alone do not tell of a disk that is read only, or of what the system keeps there.
pub fn must_be_makeable(path: &Path) -> Result<(), RunError> {
    let failed = |at: &Path, error| Err(RunError::io("creating", at, error));
    for above in path.ancestors() {
        let here = match above.as_os_str().is_empty() {
            true => Path::new("."),
            false => above,
        };
        match here.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return failed(path, error),
            Ok(_) => {}
        }
        match here.metadata() {
            Ok(there) if there.is_dir() => {}
            Ok(_) => return failed(path, io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = format!("{} is a link to what is not there", here.display());
                return failed(path, io::Error::other(text));
            }
            Err(error) => return failed(path, error),
        }
        let probe = here.join(format!(".onebit-{}", std::process::id()));
        return match fs::create_dir(&probe) {
            Ok(()) => {
                let _ = fs::remove_dir(&probe);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => failed(path, error),
        };
    }
    Ok(())
}

/// Refuses a folder that is that of a user's own images, or lies in it: the next look at them would
/// find the run's pictures.
///
/// # Errors
///
/// [`RunError::WithinImages`] that names both.
pub fn must_be_apart(path: &Path, images: &Source) -> Result<(), RunError> {
    let Some(folder) = images.path().and_then(|path| path.canonicalize().ok()) else {
        return Ok(());
    };
    match folder.is_dir() && whole(path).starts_with(&folder) {
        true => Err(RunError::WithinImages {
            path: path.into(),
            images: folder,
        }),
        false => Ok(()),
    }
}

/// The whole path of what may not be there yet.
fn whole(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let there = absolute.ancestors().find_map(|above| {
        let whole = above.canonicalize().ok()?;
        Some(joined(whole, absolute.strip_prefix(above).ok()?))
    });
    there.unwrap_or(absolute)
}

/// A path below a whole one, of which nothing is there yet: no link leads elsewhere.
fn joined(mut whole: PathBuf, below: &Path) -> PathBuf {
    for part in below.components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            part => whole.push(part),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_folder_or_none_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        must_be_free(path).unwrap();
        must_be_free(&path.join("none/yet")).unwrap();
        fs::write(path.join(".hidden"), "").unwrap();
        fs::write(path.join(lock::NAME), "").unwrap();
        must_be_free(path).unwrap();
        fs::create_dir(path.join("cats")).unwrap();
        let error = must_be_free(path).unwrap_err().to_string();
        assert!(error.ends_with("found cats in it"), "{error}");
        let error = must_be_free(&path.join(".hidden")).unwrap_err();
        assert!(matches!(error, RunError::Io { .. }), "a file: {error}");
        fs::write(path.join("config.toml"), "").unwrap();
        let error = must_be_free(path).unwrap_err();
        assert!(matches!(error, RunError::Occupied { .. }), "{error}");
    }

    #[test]
    fn what_cannot_be_made_is_refused_and_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "").unwrap();
        for makeable in ["", "a", "a/b/c"] {
            must_be_makeable(&at(makeable)).unwrap();
        }
        must_be_makeable(Path::new("none-yet")).unwrap();
        assert!(!Path::new("none-yet").exists());
        let long = "long".repeat(100);
        for not in ["file", "file/a", long.as_str()] {
            must_be_makeable(&at(not)).unwrap_err();
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("none"), at("dangling")).unwrap();
            let error = must_be_makeable(&at("dangling/run")).unwrap_err();
            assert!(error.to_string().contains("is a link to"), "{error}");
        }
        #[cfg(target_os = "linux")]
        must_be_makeable(Path::new("/proc/x")).unwrap_err();
    }

    #[test]
    fn a_run_within_its_images_is_refused_however_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("images/cat")).unwrap();
        fs::create_dir(at("images of runs")).unwrap();
        let images = Source::Own(at("images"));
        for within in ["images", "images/run", "images/cat/a/b", "x/../images/run"] {
            let error = must_be_apart(&at(within), &images);
            assert!(
                matches!(error, Err(RunError::WithinImages { .. })),
                "{within}"
            );
        }
        for apart in ["run", "images of runs/1", "images-2"] {
            must_be_apart(&at(apart), &images).unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("images"), at("link")).unwrap();
            assert!(must_be_apart(&at("link/run"), &images).is_err());
        }
        // An archive has no inside to write to.
        fs::write(at("images/a.zip"), "").unwrap();
        must_be_apart(&at("images/run"), &Source::Own(at("images/a.zip"))).unwrap();
        must_be_apart(&at("run"), &Source::default()).unwrap();
    }
}
