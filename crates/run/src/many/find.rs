//! The folders of runs below a folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::RunError;

/// How far below a folder runs are looked for: those of a sweep stand in a folder of their own.
const MAX_DEPTH: usize = 4;

/// The folders that hold a run: `folder` itself, or those below it, by name. What is hidden is passed over.
///
/// # Errors
///
/// [`RunError::Io`] when `folder` itself cannot be looked into.
pub fn find(folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    let mut found = Vec::new();
    look(folder, MAX_DEPTH, &mut found)?;
    found.sort_by_cached_key(|path| natural(path));
    Ok(found)
}

fn look(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), RunError> {
    if folder.join("config.toml").is_file() {
        found.push(folder.into());
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|e| RunError::io("reading", folder, e))?;
    for entry in entries.filter_map(Result::ok) {
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let path = entry.path();
        if !hidden && depth > 0 && path.is_dir() {
            // What may not be looked into below is not a run that anybody could read.
            let _ = look(&path, depth - 1, found);
        }
    }
    Ok(())
}

/// A path in an order in which `run-10` comes after `run-9`, and `rate=0.1` after `rate=0.05`.
fn natural(path: &Path) -> Vec<(String, u64)> {
    let text = path.to_string_lossy();
    let mut parts: Vec<(String, u64)> = vec![(String::new(), 0)];
    let mut in_number = false;
    for c in text.chars() {
        let is_first = parts.len() == 1;
        let (word, number) = parts.last_mut().expect("never empty");
        // Behind a number and a point, digits are a fraction: in order as letters are.
        let is_fraction = !is_first
            && word.starts_with('.')
            && !word[1..].contains(|c: char| !c.is_ascii_digit());
        match c.to_digit(10).filter(|_| !is_fraction) {
            Some(digit) => {
                *number = number.saturating_mul(10).saturating_add(digit.into());
                in_number = true;
            }
            None if in_number => {
                parts.push((c.into(), 0));
                in_number = false;
            }
            None => word.push(c),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_at_any_depth_and_in_the_order_of_their_numbers() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b-10", "b-9", "a/x/1", ".hidden/r"] {
            let folder = dir.path().join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("config.toml"), "").unwrap();
        }
        fs::create_dir_all(dir.path().join("empty")).unwrap();
        // Within a run nothing is looked for.
        fs::create_dir_all(dir.path().join("b-9/inner")).unwrap();
        fs::write(dir.path().join("b-9/inner/config.toml"), "").unwrap();
        let found = find(dir.path()).unwrap();
        let expected = ["a/x/1", "b-9", "b-10"].map(|name| dir.path().join(name));
        assert_eq!(found, expected);
        let mut rates = ["rate=0.1", "rate=0.05", "rate=10.5", "rate=2"].map(Path::new);
        rates.sort_by_cached_key(|path| natural(path));
        assert_eq!(
            rates,
            ["rate=0.05", "rate=0.1", "rate=2", "rate=10.5"].map(Path::new)
        );
        assert_eq!(find(&expected[1]).unwrap(), expected[1..2]);
        assert!(find(&dir.path().join("none")).is_err());
    }
}
