//! Downloading a dataset: to `<file>.part`, checked from the disk, then renamed into place.
//!
//! A file under its final name has therefore always had its checksum verified. An interrupted
//! download stays as `.part`, and the next one goes on where it ended.

mod checksum;
mod http;
mod manifest;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use manifest::{Manifest, ManifestFile};

use crate::DataError;
use crate::formats::open_if_there;

/// What [`fetch`] is doing; `file` is the path below the data root.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // The variants say what the fields hold.
#[non_exhaustive]
pub enum Progress<'a> {
    /// The file is already there, with the right checksum.
    Present { file: &'a str },
    /// The download begins, or goes on after `resumed` bytes.
    Started {
        file: &'a str,
        url: &'a str,
        resumed: u64,
        total: Option<u64>,
    },
    /// `received` bytes are on disk, of `total` if that is known. Comes some hundred times a
    /// second on a fast line.
    Received {
        file: &'a str,
        received: u64,
        total: Option<u64>,
    },
    /// All bytes are there; their checksum is being computed.
    Verifying { file: &'a str },
    /// An address failed; the next one is tried, if there is one.
    Failed { file: &'a str, error: &'a DataError },
    /// The file is in place.
    Done { file: &'a str },
}

/// How long to wait for a connection, and for the next bytes.
const STALL: Duration = Duration::from_secs(60);

/// Downloads the files of `dataset` that are not yet below `root`, and returns the paths of all.
///
/// The folder is locked meanwhile, where the system can lock folders: two downloads into one
/// `.part` would spoil each other.
///
/// # Errors
///
/// - [`DataError::Name`] when the manifest has no such dataset;
/// - [`DataError::Checksum`] when a file of that name is there but is another; it is not touched;
/// - [`DataError::AllMirrorsFailed`] with the reason for each address, a wrong checksum among
///   them (the `.part` is removed then);
/// - [`DataError::Io`] when the disk fails; other addresses would not help.
pub fn fetch(
    manifest: &Manifest,
    dataset: &str,
    root: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<PathBuf>, DataError> {
    let files = manifest.files(dataset)?;
    fs::create_dir_all(root).map_err(DataError::io(root, "create the folder"))?;
    let _lock = lock(root)?;
    let client = http::Client::new(STALL);
    files
        .iter()
        .map(|file| fetch_file(&client, file, root, progress))
        .collect()
}

fn fetch_file(
    client: &http::Client,
    file: &ManifestFile,
    root: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<PathBuf, DataError> {
    let target = root.join(&file.path);
    if let Some(open) = open_if_there(&target)? {
        let hint = "another file is in its place: move it away and fetch again";
        checksum::verify(open, &target, file, hint)?;
        progress(Progress::Present { file: &file.path });
        return Ok(target);
    }
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(DataError::io(folder, "create the folder"))?;
    }
    let mut part = target.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);

    let mut attempts = Vec::new();
    for url in &file.urls {
        match deliver(client, file, url, &part, progress) {
            Ok(()) => {
                // A power cut cannot leave half a file under the final name.
                aside::sync(&part).map_err(DataError::io(&part, "sync"))?;
                aside::rename(&part, &target)
                    .map_err(DataError::io(&target, "rename the download"))?;
                progress(Progress::Done { file: &file.path });
                return Ok(target);
            }
            Err(error @ DataError::Io { .. }) => return Err(error),
            Err(error) => {
                progress(Progress::Failed {
                    file: &file.path,
                    error: &error,
                });
                attempts.push(error);
            }
        }
    }
    Err(DataError::AllMirrorsFailed {
        path: target,
        attempts,
    })
}

/// Has one address fill `part` up, and verifies it. A `part` that was begun by an earlier download
/// may itself be what is wrong, so that a mismatch then means once more from the start.
fn deliver(
    client: &http::Client,
    file: &ManifestFile,
    url: &str,
    part: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), DataError> {
    loop {
        let resumed = client.receive(file, url, part, progress)?;
        progress(Progress::Verifying { file: &file.path });
        let open = File::open(part).map_err(DataError::io(part, "open"))?;
        let hint = "what came is not the file: the download was removed, try another address";
        let Err(error) = checksum::verify(open, part, file, hint) else {
            return Ok(());
        };
        if matches!(error, DataError::Checksum { .. }) {
            fs::remove_file(part).map_err(DataError::io(part, "remove"))?;
            if resumed {
                continue;
            }
        }
        return Err(error);
    }
}

/// A lock on the data root, held until dropped; `None` where folders cannot be locked.
fn lock(root: &Path) -> Result<Option<File>, DataError> {
    let Ok(folder) = File::open(root) else {
        return Ok(None);
    };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(fs::TryLockError::WouldBlock) => Err(DataError::Busy {
            path: root.to_owned(),
        }),
        Err(fs::TryLockError::Error(_)) => Ok(None),
    }
}
