//! Names for the classes of a network whose file has none: from a file, or from a dataset.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use data::Source;
use run::TrainConfig;
use runtime::Model;
use word_list::Counted;

use crate::{Error, images};

/// The largest file of names.
const MAX_BYTES: u64 = 16 << 20;

/// Where the names of classes come from.
#[derive(clap::Args)]
pub struct ClassNames {
    /// Take the names of the classes from a file: one per line, or a JSON list, in the order of the
    /// outputs
    #[arg(long, value_name = "FILE")]
    classes: Option<PathBuf>,
    /// Take the names of the classes from this dataset
    #[arg(long, value_name = "NAME|PATH", conflicts_with = "classes")]
    dataset: Option<String>,
}

impl ClassNames {
    /// Whether a flag names a place of names.
    pub fn are_given(&self) -> bool {
        self.classes.is_some() || self.dataset.is_some()
    }

    /// The network with the names that are asked for, if any; `root` is the folder of all datasets.
    ///
    /// # Errors
    ///
    /// When the names cannot be read, or are not as many as the network's classes.
    pub fn put_on(&self, model: Model, root: &Path) -> Result<Model, Error> {
        let (place, names) = match (&self.classes, &self.dataset) {
            (Some(path), _) => (format!("--classes {}", path.display()), read(path)?),
            (None, Some(word)) => {
                let source: Source = word
                    .parse()
                    .map_err(|e: data::DataError| Error::Usage(e.to_string()))?;
                (
                    format!("--dataset {word}"),
                    of_dataset(source, &model, root)?,
                )
            }
            (None, None) => return Ok(model),
        };
        if names.len() != model.classes() {
            let last = names.last().map_or(String::new(), |last| {
                format!(", the last of them `{}`", runtime::brief(last))
            });
            return Err(Error::Usage(format!(
                "{place}: expected {}, one for each class of the network, found {}{last}",
                Counted(model.classes(), "name"),
                names.len()
            )));
        }
        named(model, names)
    }
}

/// The same network, its classes called so.
///
/// # Errors
///
/// When there are not as many names as classes.
pub fn named(model: Model, names: Vec<String>) -> Result<Model, Error> {
    let mut parts = model.into_parts();
    parts.class_names = names;
    Ok(Model::new(parts)?)
}

/// The names that a dataset has for its classes.
fn of_dataset(source: Source, model: &Model, root: &Path) -> Result<Vec<String>, Error> {
    let config = images::as_seen_by(model, source);
    // Names come with the images; of those that the program draws, one will do.
    let config = TrainConfig {
        limit_train: 1,
        limit_test: 1,
        ..config
    };
    let splits = images::load(&config, root)?;
    Ok(splits.test.class_names().to_vec())
}

/// The names of a file.
fn read(path: &Path) -> Result<Vec<String>, Error> {
    let io = |e| Error::io("reading", path, &e);
    let wrong = |found: &str| {
        Error::Usage(format!(
            "--classes {}: expected names of classes, one per line or as a JSON list of texts, found {found}",
            path.display()
        ))
    };
    let text = aside::read_given_text(path, MAX_BYTES).map_err(io)?;
    parse(&text).map_err(|found| wrong(&found))
}

/// The names of a text, or what was found in their place.
fn parse(text: &str) -> Result<Vec<String>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let names: Vec<String> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text).map_err(|e| e.to_string())?,
        // Empty lines at the end are none.
        false => text
            .trim_end()
            .lines()
            .map(|line| line.trim().into())
            .collect(),
    };
    if let Some(at) = names.iter().position(String::is_empty) {
        return Err(format!("nothing in the place of name {}", at + 1));
    }
    let mut seen = HashSet::new();
    match names.iter().position(|name| !seen.insert(name)) {
        Some(at) => Err(format!(
            "`{}` once more as name {}",
            runtime::brief(&names[at]),
            at + 1
        )),
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_one_a_line_or_in_a_list() {
        for text in [
            "cat\nbig dog\n",
            "\u{feff}cat\r\nbig dog\r\n\r\n",
            "  cat\nbig dog",
            "[\"cat\", \"big dog\"]\n",
        ] {
            assert_eq!(parse(text).unwrap(), ["cat", "big dog"], "{text:?}");
        }
        assert_eq!(parse("").unwrap(), Vec::<String>::new());
        for (text, found) in [
            ("cat\n\ndog\n", "name 2"),
            ("[\"cat\", \"\"]", "name 2"),
            ("[1, 2]", "line 1"),
            ("cat\ndog\ncat\n", "`cat` once more as name 3"),
            ("[\"cat\"", "EOF"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(found), "{text:?}: {error}");
        }
    }
}
