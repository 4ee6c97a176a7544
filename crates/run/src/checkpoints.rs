//! The names of a run's checkpoints: `{model,optim,scheduler}-EPOCH.bpk`.

use std::fs;
use std::path::{Path, PathBuf};

/// The parts of a checkpoint, each a file: network, optimiser, schedule.
pub const PARTS: [&str; 3] = ["model", "optim", "scheduler"];

/// The file of one part.
pub fn path(folder: &Path, part: &str, epoch: usize) -> PathBuf {
    folder.join(format!("{part}-{epoch}.bpk"))
}

/// The newest epoch of which all three parts are there; `None` when there is no checkpoint.
pub fn newest(folder: &Path) -> Option<usize> {
    let epochs = fs::read_dir(folder).ok()?.filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        name.strip_prefix("model-")?
            .strip_suffix(".bpk")?
            .parse()
            .ok()
    });
    epochs
        .filter(|&epoch| PARTS.iter().all(|part| path(folder, part, epoch).is_file()))
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_counts_when_all_its_parts_are_there() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(newest(&dir.path().join("none")), None);
        for (epoch, parts) in [(2, &PARTS[..]), (3, &PARTS[..2]), (1, &PARTS[..])] {
            for part in parts {
                fs::write(path(dir.path(), part, epoch), "").unwrap();
            }
        }
        fs::write(dir.path().join("model-old.bpk"), "").unwrap();
        assert_eq!(newest(dir.path()), Some(2));
    }
}
