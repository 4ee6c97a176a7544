//! The records of a run that goes on: `metrics.jsonl` is what counts, and `metrics.csv` follows from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::lines::{EpochLine, SplitName, keep_up_to, read_lines};
use super::table::write_table;
use crate::RunError;
use crate::checkpoints::Position;
use crate::files::{read_bytes, write_aside};

/// Drops the lines of `metrics.jsonl` that come after a place, takes lines that it should have and has not from the
/// table, and writes the table anew. Returns the epochs whose lines are in neither.
///
/// # Errors
///
/// [`RunError::Io`] when a file cannot be read or written.
pub fn restore(jsonl: &Path, at: Position) -> Result<Vec<usize>, RunError> {
    let table = jsonl.with_extension("csv");
    if keep_up_to(jsonl, at)?.is_none() && !table.exists() {
        return Ok((1..=at.epoch).collect());
    }
    let mut lines: BTreeMap<(usize, bool), EpochLine> = BTreeMap::new();
    // Of an epoch the training images come first.
    let key = |line: &EpochLine| (line.epoch, line.split != SplitName::Train);
    for line in read_lines::<EpochLine>(jsonl)? {
        lines.insert(key(&line), line);
    }
    let whole = lines.len();
    for line in rows(&table)? {
        if (1..=at.epoch).contains(&line.epoch) {
            lines.entry(key(&line)).or_insert(line);
        }
    }
    if lines.len() > whole {
        let text = lines.values().map(|line| {
            let line = serde_json::to_string(line).expect("a line of numbers is JSON");
            line + "\n"
        });
        write_aside(jsonl, text.collect::<String>().as_bytes())?;
    }
    if fs::symlink_metadata(jsonl).is_ok() {
        write_table(jsonl)?;
    }
    let has = |epoch: usize| [false, true].map(|held_out| lines.contains_key(&(epoch, held_out)));
    Ok((1..=at.epoch)
        .filter(|&epoch| has(epoch) != [true; 2])
        .collect())
}

/// No run writes a larger table: an epoch has some 200 bytes.
const MAX_TABLE: u64 = 64 << 20;

/// The rows of a table that are whole.
fn rows(table: &Path) -> Result<Vec<EpochLine>, RunError> {
    if !table.exists() {
        return Ok(Vec::new());
    }
    let bytes = read_bytes(table, MAX_TABLE)?;
    let rows = csv::Reader::from_reader(&bytes[..]).into_deserialize();
    Ok(rows.filter_map(Result::ok).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(epoch: usize, split: SplitName) -> EpochLine {
        EpochLine {
            epoch,
            split,
            loss: 0.1 + 0.2 / epoch as f64,
            error_percent: 100.0 / 3.0,
            images_per_second: None,
            learning_rate: (split == SplitName::Train).then_some(0.05),
        }
    }

    fn text(epochs: impl Iterator<Item = usize>) -> String {
        let splits = [SplitName::Train, SplitName::Validation];
        let lines = epochs.flat_map(|epoch| splits.map(|split| line(epoch, split)));
        lines
            .map(|line| serde_json::to_string(&line).unwrap() + "\n")
            .collect()
    }

    #[test]
    fn each_of_the_two_files_comes_back_from_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let jsonl = dir.path().join("metrics.jsonl");
        let csv = jsonl.with_extension("csv");
        assert_eq!(restore(&jsonl, Position::default()).unwrap(), [0; 0]);
        assert!(!csv.exists(), "a new run has none yet");
        let whole = text(1..=3);
        fs::write(&jsonl, &whole).unwrap();
        let at = Position { epoch: 3, step: 2 };
        assert_eq!(restore(&jsonl, at).unwrap(), [0; 0]);
        let table = fs::read_to_string(&csv).unwrap();
        assert_eq!(table.lines().count(), 7);
        for (short, torn) in [
            (&whole[..whole.len() / 2], &table[..]),
            ("", &table[..]),
            (&whole[..], &table[..table.len() / 2]),
            (&whole[..], ""),
        ] {
            fs::write(&jsonl, short).unwrap();
            fs::write(&csv, torn).unwrap();
            assert_eq!(restore(&jsonl, at).unwrap(), [0; 0]);
            assert_eq!(fs::read_to_string(&jsonl).unwrap(), whole);
            assert_eq!(fs::read_to_string(&csv).unwrap(), table);
        }
        // What comes later does not come back.
        assert_eq!(restore(&jsonl, Position::end_of(1)).unwrap(), [0; 0]);
        assert_eq!(fs::read_to_string(&jsonl).unwrap(), text(1..=1));
        assert_eq!(fs::read_to_string(&csv).unwrap().lines().count(), 3);
        // What is in neither is told.
        assert_eq!(restore(&jsonl, at).unwrap(), [2, 3]);
        for file in [&jsonl, &csv] {
            fs::remove_file(file).unwrap();
        }
        assert_eq!(restore(&jsonl, Position::end_of(2)).unwrap(), [1, 2]);
    }
}
