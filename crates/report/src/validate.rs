//! Which numbers and files a run can have.

use std::path::Path;

use run::metrics::EpochLine;
use run::{RunError, RunResult};

use crate::{ReportError, lines};

/// No run has more epochs.
pub const MAX_EPOCH: usize = 1_000_000;
/// The largest `config.toml`, in bytes.
pub const MAX_CONFIG: u64 = 1 << 20;
/// The largest `result.json`, which tells of each of 65,536 classes.
pub const MAX_RESULT: u64 = 32 << 20;

/// Whether a result's numbers can be those of a test, and fit each other.
pub fn is_score(result: &RunResult) -> bool {
    result.is_possible()
}

/// Whether a line's numbers are ones that a run can have.
pub fn possible(line: &EpochLine) -> bool {
    // Less than the least that a chart's scale can divide by is no measurement.
    let within = |value: f64, max: f64| value == 0.0 || (1e-30..=max).contains(&value);
    let rate = |rate: Option<f64>, max: f64| rate.is_none_or(|rate| within(rate, max));
    (1..=MAX_EPOCH).contains(&line.epoch)
        && within(line.loss, 1e9)
        && within(line.error_percent, 100.0)
        && rate(line.images_per_second, 1e12)
        && rate(line.learning_rate, 1e3)
}

/// Refuses a file of more than `max` bytes, which no run writes.
///
/// # Errors
///
/// [`ReportError::TooLarge`], or another when it cannot be looked at.
pub fn must_be_small(path: &Path, max: u64) -> Result<(), ReportError> {
    if !lines::is_file(path)? {
        return Ok(());
    }
    let found = path
        .metadata()
        .map_err(|e| RunError::io("reading", path, e))?;
    if found.len() > max {
        return Err(ReportError::TooLarge {
            path: path.into(),
            max,
            found: found.len(),
        });
    }
    Ok(())
}
