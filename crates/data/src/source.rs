//! Where images come from: a dataset by name, or a path of the user's.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{DataError, Dataset};

/// Where images come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// One of the datasets that have a name.
    Named(Dataset),
    /// A folder or file of the user's own, as it was given.
    Own(PathBuf),
}

impl Source {
    /// What the images are called outside of this machine: the dataset's word, or the last part of
    /// the path without its extensions, with what a folder can be called.
    pub fn name(&self) -> String {
        match self {
            Self::Named(dataset) => dataset.name().into(),
            Self::Own(path) => own_name(path),
        }
    }

    /// The dataset, where it is one that has a name.
    pub fn named(&self) -> Option<Dataset> {
        match self {
            Self::Named(dataset) => Some(*dataset),
            Self::Own(_) => None,
        }
    }

    /// The same with the whole path of a user's own, which does not depend on the folder that a
    /// process works in.
    #[must_use]
    pub fn absolute(&self) -> Self {
        match self {
            Self::Named(_) => self.clone(),
            Self::Own(path) => {
                let whole = path.canonicalize().or_else(|_| std::path::absolute(path));
                Self::Own(whole.unwrap_or_else(|_| path.clone()))
            }
        }
    }

    /// The path, where it is a user's own.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Named(_) => None,
            Self::Own(path) => Some(path),
        }
    }
}

/// The longest name of own data, in characters.
const MAX_NAME: usize = 64;

fn own_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.into());
    let last = whole.file_name().unwrap_or_default().to_string_lossy();
    let mut stem: &str = &last;
    for extension in [".gz", ".tar", ".tgz", ".zip", ".npz", ".parquet"] {
        let cut = stem.len().saturating_sub(extension.len());
        if cut > 0 && stem.is_char_boundary(cut) && stem[cut..].eq_ignore_ascii_case(extension) {
            stem = &stem[..cut];
        }
    }
    let part = |c: char| match c.is_alphanumeric() || "_.".contains(c) {
        true => c,
        false => '-',
    };
    let name: String = stem.chars().map(part).take(MAX_NAME).collect();
    match name.trim_matches(|c: char| !c.is_alphanumeric()) {
        "" => "own".into(),
        name => name.into(),
    }
}

impl Default for Source {
    fn default() -> Self {
        Self::Named(Dataset::default())
    }
}

impl From<Dataset> for Source {
    fn from(dataset: Dataset) -> Self {
        Self::Named(dataset)
    }
}

impl PartialEq<Dataset> for Source {
    fn eq(&self, dataset: &Dataset) -> bool {
        self.named() == Some(*dataset)
    }
}

/// The word of a dataset, or the path as it was given.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(dataset) => dataset.fmt(f),
            Self::Own(path) => path.display().fmt(f),
        }
    }
}

/// A listed name wins; anything with a separator is a path.
impl FromStr for Source {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        match text.parse::<Dataset>() {
            Ok(dataset) => Ok(Self::Named(dataset)),
            Err(_) if is_path(text) => Ok(Self::Own(text.into())),
            Err(_) if Path::new(text).exists() => Err(DataError::Name {
                what: "dataset",
                known: format!("{}, or a path with a separator", Dataset::WORDS.join(", ")),
                found: format!("{text}`, which is there as a path: `./{text}"),
                nearest: None,
            }),
            Err(error) => Err(error),
        }
    }
}

fn is_path(text: &str) -> bool {
    text.contains(std::path::is_separator) || matches!(text, "." | "..")
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(dataset) => dataset.serialize(serializer),
            Self::Own(path) => match path.to_str() {
                Some(text) => serializer.serialize_str(text),
                None => Err(serde::ser::Error::custom(format!(
                    "{}: expected a path in UTF-8",
                    path.display()
                ))),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_win_and_separators_make_paths() {
        let named: Source = "mnist".parse().unwrap();
        assert_eq!(named, Dataset::Mnist);
        for text in ["./mnist", "a/b.zip", "..", "/data/my photos"] {
            let own: Source = text.parse().unwrap();
            assert_eq!(own.path(), Some(Path::new(text)));
            assert_eq!(own.to_string(), text);
        }
        let error = "photos".parse::<Source>().unwrap_err().to_string();
        assert!(
            error.contains("`photos`") && error.contains("cifar10"),
            "{error}"
        );
        let error = "src".parse::<Source>().unwrap_err().to_string();
        assert!(error.contains("`./src`"), "{error}");
    }

    #[test]
    fn a_whole_path_means_the_same_from_anywhere() {
        let here: Source = "./src".parse().unwrap();
        let whole = here.absolute();
        assert!(whole.path().unwrap().is_absolute() && whole.path().unwrap().is_dir());
        assert_eq!(whole, "../data/src/".parse::<Source>().unwrap().absolute());
        assert_eq!(whole.absolute(), whole);
        let none: Source = "./none".parse().unwrap();
        assert!(none.absolute().path().unwrap().ends_with("none"));
        let named = Source::from(Dataset::Mnist);
        assert_eq!(named.absolute(), named);
    }

    #[test]
    fn what_own_data_are_called_names_no_folder_above() {
        for (path, name) in [
            ("../x/sign-digits", "sign-digits"),
            ("/data/Meine Fotos/", "Meine-Fotos"),
            ("a/cats.tar.gz", "cats"),
            ("a/cats.ZIP", "cats"),
            ("/", "own"),
        ] {
            assert_eq!(Source::Own(path.into()).name(), name, "{path}");
        }
    }
}
