//! Keeps what other commands write away from the files of a run, and from what they read.

use std::path::{Path, PathBuf};

use crate::RunError;

/// The files of a run's folder, and its folders; see the crate's documentation.
const FILES: [&str; 12] = [
    "config.toml",
    "network.json",
    "metrics.jsonl",
    "metrics.csv",
    "steps.jsonl",
    "weights.jsonl",
    "augmented.png",
    "model.bpk",
    "result.json",
    "calibration.json",
    "predictions.csv",
    "run.lock",
];
const FOLDERS: [&str; 2] = ["events", "checkpoint"];

/// Refuses to write `out` where it would stand for a file of a run, there or yet to come.
///
/// # Errors
///
/// [`RunError::FileOfRun`] when it would.
pub fn must_protect_runs(out: &Path) -> Result<(), RunError> {
    let target = target(out);
    let part = |path: &Path, parts: &[&str]| {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return false;
        };
        folder.join("config.toml").is_file() && parts.iter().any(|part| name == *part)
    };
    let inside = target.parent().is_some_and(|folder| part(folder, &FOLDERS));
    match part(&target, &FILES) || part(&target, &FOLDERS) || inside {
        true => Err(RunError::FileOfRun { path: out.into() }),
        false => Ok(()),
    }
}

/// Refuses to write `out` over the file that is read.
///
/// # Errors
///
/// [`RunError::SourceFile`] when both are the same.
pub fn must_protect_source(out: &Path, source: &Path) -> Result<(), RunError> {
    match target(out) == target(source) {
        true => Err(RunError::SourceFile { path: out.into() }),
        false => Ok(()),
    }
}

/// Where a file will be: a link is written through, so what counts is where it leads.
fn target(path: &Path) -> PathBuf {
    let real = |path: &Path| path.canonicalize().ok();
    let beside = || {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        Some(real(folder.unwrap_or(Path::new(".")))?.join(path.file_name()?))
    };
    real(path).or_else(beside).unwrap_or_else(|| path.into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_files_of_runs_are_spared() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("checkpoint")).unwrap();
        for name in ["model.bpk", "report.html", "checkpoint/model-1.bpk"] {
            assert!(must_protect_runs(&at(name)).is_ok(), "{name} in no run");
        }
        fs::write(at("config.toml"), "").unwrap();
        // Whether it is there already or not.
        for name in [
            "model.bpk",
            "config.toml",
            "network.json",
            "calibration.json",
            "predictions.csv",
            "checkpoint",
            "checkpoint/new.html",
        ] {
            let error = must_protect_runs(&at(name)).unwrap_err().to_string();
            assert!(error.contains("a run's file"), "{error}");
        }
        for name in ["report.html", "net.onebit"] {
            assert!(must_protect_runs(&at(name)).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_source_is_known_by_another_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("net");
        fs::write(&file, "").unwrap();
        let other = dir.path().join(".").join("net");
        assert!(must_protect_source(&other, &file).is_err());
        assert!(must_protect_source(&dir.path().join("new"), &file).is_ok());
    }
}
