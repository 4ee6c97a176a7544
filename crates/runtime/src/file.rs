//! Files on disk.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::format;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::{Model, RuntimeError};

impl Model {
    /// Reads the packed file `path`.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Io`] when it cannot be read or is no regular file, and
    /// [`RuntimeError::InFile`] around what [`Model::read`] finds wrong.
    pub fn load(path: &Path) -> Result<Self, RuntimeError> {
        // Before opening, because opening a pipe waits for its other end.
        let kind = fs::metadata(path).map_err(io_error(path, "open"))?;
        if !kind.is_file() {
            let kind = io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
            return Err(io_error(path, "read")(kind));
        }
        let bytes = fs::read(path).map_err(io_error(path, "read"))?;
        Self::read(&bytes).map_err(in_file(path))
    }

    /// Writes the packed file `path`, as [`write_whole`] does.
    ///
    /// # Errors
    ///
    /// Those of [`write_whole`], and [`RuntimeError::InFile`] around what [`Model::write`] returns.
    pub fn save(&self, path: &Path) -> Result<(), RuntimeError> {
        write_whole(path, &self.write().map_err(in_file(path))?)
    }
}

/// Writes a file aside and renames it, so that at no time half a file has the name; a file that it
/// replaces hands on its permissions, a link stays one.
///
/// # Errors
///
/// [`RuntimeError::Io`] when it cannot be written, or is there and no regular file.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RuntimeError> {
    // A link stays one: what it leads to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let there = fs::metadata(&target).ok();
    if let Some(there) = there.as_ref().filter(|there| !there.is_file()) {
        let found = match there.is_dir() {
            true => "it is no regular file but a folder",
            false => "it is no regular file",
        };
        let kind = io::Error::new(io::ErrorKind::InvalidInput, found);
        return Err(io_error(path, "write")(kind));
    }
    let aside = aside(&target);
    let written = write_synced(&aside, bytes)
        .and_then(|()| match &there {
            Some(there) => fs::set_permissions(&aside, there.permissions()),
            None => Ok(()),
        })
        .and_then(|()| fs::rename(&aside, &target));
    if let Err(error) = written {
        // The first error is the one to tell.
        let _ = fs::remove_file(&aside);
        return Err(io_error(path, "write")(error));
    }
    sync_folder(&target);
    Ok(())
}

fn io_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> RuntimeError {
    move |source| RuntimeError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

fn in_file(path: &Path) -> impl FnOnce(RuntimeError) -> RuntimeError {
    move |source| RuntimeError::InFile {
        path: path.to_owned(),
        source: Box::new(source),
    }
}

/// A name in the same folder, since renaming works only within a file system.
fn aside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", process::id()))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the new name itself durable. Not every system can sync a folder, and the file is whole.
fn sync_folder(path: &Path) {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
