//! Keeps what other commands write away from the files of a run.

use std::path::Path;

use crate::Error;

/// What a run's folder has; see the module's documentation.
const PARTS: [&str; 10] = [
    "config.toml",
    "metrics.jsonl",
    "metrics.csv",
    "steps.jsonl",
    "weights.jsonl",
    "events",
    "checkpoint",
    "model.bpk",
    "result.json",
    "run.lock",
];

/// Refuses to write `out` where it would replace a file of a run.
///
/// # Errors
///
/// [`Error::Usage`] when it is one.
pub fn must_spare_runs(out: &Path) -> Result<(), Error> {
    // A link is written through, so what counts is where it leads.
    let target = out.canonicalize().unwrap_or_else(|_| out.into());
    let part = |path: &Path| {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return false;
        };
        folder.join("config.toml").is_file() && PARTS.iter().any(|part| name == *part)
    };
    match target.exists() && target.ancestors().take(2).any(part) {
        true => Err(Error::Usage(format!(
            "--out {}: expected a name of its own, found a file of a run, which would be lost; choose another",
            out.display()
        ))),
        false => Ok(()),
    }
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
            fs::write(at(name), "").unwrap();
            assert!(must_spare_runs(&at(name)).is_ok(), "{name} in no run");
        }
        fs::write(at("config.toml"), "").unwrap();
        for name in ["model.bpk", "config.toml", "checkpoint/model-1.bpk"] {
            let error = must_spare_runs(&at(name)).unwrap_err().to_string();
            assert!(error.contains("a file of a run"), "{error}");
        }
        for name in ["report.html", "net.onebit"] {
            assert!(must_spare_runs(&at(name)).is_ok(), "{name}");
        }
    }
}
