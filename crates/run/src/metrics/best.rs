//! Which epoch of a run was the best, and which the last.

use std::path::Path;

use super::lines::{EpochLine, SplitName, read_lines};
use crate::RunError;

/// The epoch with the least error on the validation part, of equal ones the first, among those that are `there`. None
/// when `metrics.jsonl` has none of them.
///
/// # Errors
///
/// [`RunError::Io`] when the file cannot be read.
pub fn best_epoch(jsonl: &Path, there: impl Fn(usize) -> bool) -> Result<Option<usize>, RunError> {
    let lines = read_lines::<EpochLine>(jsonl)?.into_iter();
    let scored = lines.filter(|line| line.split == SplitName::Validation && there(line.epoch));
    let best = scored.min_by(|a, b| a.error_percent.total_cmp(&b.error_percent));
    Ok(best.map(|line| line.epoch))
}

/// The last epoch that is recorded; none where there is no `metrics.jsonl` yet.
///
/// # Errors
///
/// [`RunError::Io`] when the file cannot be read.
pub fn last_epoch(jsonl: &Path) -> Result<Option<usize>, RunError> {
    let lines = read_lines::<EpochLine>(jsonl)?;
    Ok(lines.into_iter().map(|line| line.epoch).max())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_errors_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("metrics.jsonl");
        let line = |epoch: usize, split: &str, error: f64| {
            format!(
                "{{\"epoch\":{epoch},\"split\":\"{split}\",\"loss\":1.0,\"error_percent\":{error},\"images_per_second\":null,\"learning_rate\":null}}\n"
            )
        };
        let errors = [9.0, 3.0, 4.0, 3.0];
        let text: String = (1..)
            .zip(errors)
            .map(|(epoch, error)| line(epoch, "train", 0.0) + &line(epoch, "validation", error))
            .collect();
        assert_eq!(last_epoch(&path).unwrap(), None);
        std::fs::write(&path, text).unwrap();
        assert_eq!(last_epoch(&path).unwrap(), Some(4));
        assert_eq!(best_epoch(&path, |_| true).unwrap(), Some(2));
        assert_eq!(best_epoch(&path, |epoch| epoch != 2).unwrap(), Some(4));
        assert_eq!(best_epoch(&path, |_| false).unwrap(), None);
        std::fs::write(&path, line(1, "test", 1.0)).unwrap();
        assert_eq!(
            best_epoch(&path, |_| true).unwrap(),
            None,
            "no validation part"
        );
    }
}
