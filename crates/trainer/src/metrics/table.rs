//! The metrics of a run as a table that spreadsheets and data frames open: `metrics.csv`.

use std::path::Path;

use super::EpochLine;
use crate::Error;
use crate::run::{read_bytes, write_aside};

/// Writes `metrics.csv` anew from the lines of `metrics.jsonl`, so that the two agree whatever
/// happened in between.
///
/// # Errors
///
/// [`Error::Failed`] when a file cannot be read or written.
pub fn write(jsonl: &Path) -> Result<(), Error> {
    let path = jsonl.with_extension("csv");
    let mut table = csv::Writer::from_writer(Vec::new());
    let failed = |error: &dyn std::fmt::Display| {
        Error::Failed(format!("{}: writing: {error}", path.display()))
    };
    for line in read_bytes(jsonl)?.split(|&byte| byte == b'\n') {
        if let Ok(line) = serde_json::from_slice::<EpochLine>(line) {
            table.serialize(line).map_err(|e| failed(&e))?;
        }
    }
    write_aside(&path, &table.into_inner().map_err(|e| failed(&e))?)
}
