//! The networks of a run: that of a checkpoint, and the trained one.

use std::path::Path;

use burn::module::Module;
use model::Network;
use run::checkpoints::Position;
use run::{RunDir, read_record, sha256, write_aside};

use super::{bytes_of, load};
use crate::Error;

/// Loads the network of a run's checkpoint into `net`, which has its structure.
///
/// # Errors
///
/// [`Error::Failed`] when there is no such checkpoint, or it is damaged or of another network.
pub fn load_checkpoint<M: Module>(run: &RunDir, net: M, at: Position) -> Result<M, Error> {
    let checkpoints = run.checkpoints()?;
    let path = checkpoints.path("model", at);
    if !path.is_file() {
        let newest = run
            .newest_checkpoint()
            .map_or("none".into(), |n| format!("up to {n}"));
        return Err(Error::Failed(format!(
            "{}: not there; the run has checkpoints {newest}, of which the last few are kept",
            path.display()
        )));
    }
    checkpoints.verify(at)?;
    net.try_load_record(load(&path)?)
        .map_err(|e| does_not_fit(&path, &e))
}

/// Loads a run's trained network into `net`, which has its structure.
///
/// # Errors
///
/// [`Error::Failed`] when the run is not finished, the file is damaged or another than the one that was scored.
pub fn load_model(run: &RunDir, net: Network) -> Result<Network, Error> {
    let path = run.model();
    if !path.is_file() {
        return Err(Error::Failed(format!(
            "{}: expected the trained network, found none, because the run is not finished; finish it with `onebit train --resume {}` (its checkpoints are for `onebit eval --checkpoint`)",
            path.display(),
            crate::shell::folder(run.path())
        )));
    }
    run.must_be_model(&read_record(&path)?)?;
    net.try_load_record(load(&path)?)
        .map_err(|e| does_not_fit(&path, &e))
}

/// Saves a run's trained network, whole or not at all, and returns its digest for the run's result.
///
/// # Errors
///
/// [`Error::Failed`] when the file cannot be written, or a number of the network is not finite.
pub fn save_model(run: &RunDir, net: Network) -> Result<String, Error> {
    let path = run.model();
    let bytes = bytes_of(&path, net.into_record())?;
    write_aside(&path, &bytes)?;
    Ok(sha256(&bytes))
}

/// A record that is whole, but of a network other than the one asked for.
fn does_not_fit(path: &Path, error: &impl std::fmt::Display) -> Error {
    let error = error.to_string();
    let reason: String = error
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    Error::Failed(format!(
        "{}: the network in it is not the one that config and dataset describe: {reason}; use the run's own config and dataset",
        path.display()
    ))
}
