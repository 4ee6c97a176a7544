//! Whether the files of runs that a page tells of have changed.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use run::RunDir;

/// What a page reads of a run that may come or grow while the run trains.
const FILES: [&str; 7] = [
    "config.toml",
    "network.json",
    "metrics.jsonl",
    "weights.jsonl",
    "augmented.png",
    "predictions.csv",
    "result.json",
];

/// The lengths and times of the files of some runs, and which of the runs a process trains. It equals another one where
/// a page would say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(Vec<OfRun>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct OfRun {
    folder: PathBuf,
    files: Vec<Option<(u64, Option<SystemTime>)>>,
    is_training: bool,
}

impl Stamp {
    /// That of the runs in these folders now.
    #[must_use]
    pub fn of(folders: &[PathBuf]) -> Self {
        let file = |path: PathBuf| {
            let found = path.metadata().ok()?;
            Some((found.len(), found.modified().ok()))
        };
        let of_run = |folder: &PathBuf| OfRun {
            folder: folder.clone(),
            files: FILES.iter().map(|name| file(folder.join(name))).collect(),
            is_training: is_training(folder),
        };
        Self(folders.iter().map(of_run).collect())
    }
}

fn is_training(folder: &Path) -> bool {
    RunDir::must_be_idle(folder).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_reads_changes_its_stamp_and_nothing_else_does() {
        let dir = tempfile::tempdir().unwrap();
        let folders = [dir.path().to_owned()];
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("metrics.jsonl", "1\n");
        let first = Stamp::of(&folders);
        assert_eq!(Stamp::of(&folders), first);
        write("steps.jsonl", "1\n");
        assert_eq!(Stamp::of(&folders), first);
        write("metrics.jsonl", "1\n2\n");
        let longer = Stamp::of(&folders);
        assert_ne!(longer, first);
        write("result.json", "{}");
        assert_ne!(Stamp::of(&folders), longer);
        assert_ne!(Stamp::of(&[]), longer);
    }
}
