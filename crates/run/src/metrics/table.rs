//! The metrics of a run as a table that spreadsheets and data frames open: `metrics.csv`.

use std::path::Path;

use super::lines::{EpochLine, read_lines};
use crate::RunError;
use crate::files::write_aside;

/// Writes `metrics.csv` anew from the lines of `metrics.jsonl`, so that the two agree whatever
/// happened in between.
///
/// # Errors
///
/// [`RunError::Io`] when a file cannot be read or written.
pub fn write_table(jsonl: &Path) -> Result<(), RunError> {
    let path = jsonl.with_extension("csv");
    let mut table = csv::Writer::from_writer(Vec::new());
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        RunError::io("writing", &path, std::io::Error::other(error))
    };
    for line in read_lines::<EpochLine>(jsonl)? {
        table.serialize(line).map_err(|e| failed(e.into()))?;
    }
    let bytes = table.into_inner();
    let bytes = bytes.map_err(|e| failed(e.to_string().into()))?;
    write_aside(&path, &bytes)
}
