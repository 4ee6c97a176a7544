//! ImageNet: `imagenet/{train,val}/CLASS/*.JPEG`, a folder for each class.
//!
//! Only names are read here. The classes are the folders of `train` in alphabetical order, which
//! for ImageNet's WordNet ids is the usual order of its labels; `val` must have the same.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::photo;
use crate::images::PhotoFolders;
use crate::{DataError, Images, Splits};

/// The maximum number of photographs a split may hold, so that their names stay within memory.
pub const MAX_PHOTOS: usize = 20_000_000;
/// The maximum number of classes; a label has 16 bits.
const MAX_CLASSES: usize = 65_536;

/// Lists the folders under `dir`.
pub(crate) fn load(dir: &Path) -> Result<Splits, DataError> {
    let [train_dir, val_dir] = ["train", "val"].map(|split| dir.join(split));
    let looked_for = vec![train_dir.clone(), val_dir.clone()];
    if !train_dir.is_dir() || !val_dir.is_dir() {
        return Err(DataError::Missing {
            dataset: "imagenet",
            looked_for,
        });
    }
    let classes = class_folders(&train_dir)?;
    let found = class_folders(&val_dir)?;
    if found != classes {
        let missing = classes.iter().find(|class| !found.contains(class));
        let other = found.iter().find(|class| !classes.contains(class));
        let what = match (missing, other) {
            (Some(class), _) => format!("none called `{class}`"),
            (None, Some(class)) => format!("`{class}`, which train has not"),
            (None, None) => "others".into(),
        };
        return Err(malformed(
            &val_dir,
            "class folders",
            format!("the {} of train", classes.len()),
            what,
        ));
    }
    Ok(Splits {
        train: split(train_dir, &classes)?,
        test: split(val_dir, &classes)?,
    })
}

/// The names of the folders in `dir`, sorted.
fn class_folders(dir: &Path) -> Result<Vec<String>, DataError> {
    let mut classes = Vec::new();
    for entry in entries(dir)? {
        // Follows links: a class may live elsewhere.
        if dir.join(&entry).is_dir() {
            classes.push(text(dir, entry)?);
            if classes.len() > MAX_CLASSES {
                break;
            }
        }
    }
    classes.sort_unstable();
    if classes.is_empty() || classes.len() > MAX_CLASSES {
        let found = match classes.len() {
            0 => "none".into(),
            _ => format!("more than {MAX_CLASSES}"),
        };
        let expected = format!("1 to {MAX_CLASSES} folders, one for each class");
        return Err(malformed(dir, "class folders", expected, found));
    }
    Ok(classes)
}

/// The photographs of one split.
fn split(dir: PathBuf, classes: &[String]) -> Result<Images, DataError> {
    let (mut names, mut labels) = (Vec::new(), Vec::new());
    for (label, class) in classes.iter().enumerate() {
        let folder = dir.join(class);
        let first = names.len();
        for entry in entries(&folder)? {
            if is_photo(Path::new(&entry)) {
                names.push(text(&folder, entry)?.into_boxed_str());
            }
            if names.len() > MAX_PHOTOS {
                let expected = format!("at most {MAX_PHOTOS} photographs");
                return Err(malformed(&dir, "files", expected, "more".into()));
            }
        }
        if names.len() == first {
            let expected = "at least one .JPEG file".into();
            return Err(malformed(&folder, "files", expected, "none".into()));
        }
        names[first..].sort_unstable();
        labels.resize(names.len(), label as u16);
    }
    let shape = [3, photo::SIDE, photo::SIDE];
    Images::photos(
        shape,
        classes.to_vec(),
        PhotoFolders::new(dir, names),
        labels,
    )
}

fn is_photo(name: &Path) -> bool {
    let extension = name.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        ["jpeg", "jpg", "png"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

fn entries(dir: &Path) -> Result<impl Iterator<Item = OsString>, DataError> {
    let entries = fs::read_dir(dir).map_err(DataError::io(dir, "list"))?;
    let names: Result<Vec<OsString>, _> = entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .take(MAX_PHOTOS + 1)
        .collect();
    Ok(names.map_err(DataError::io(dir, "list"))?.into_iter())
}

fn text(dir: &Path, name: OsString) -> Result<String, DataError> {
    name.into_string().map_err(|name| {
        let found = name.to_string_lossy().into_owned();
        malformed(dir, "names", "UTF-8".into(), found)
    })
}

fn malformed(path: &Path, place: &str, expected: String, found: String) -> DataError {
    DataError::Malformed {
        path: path.into(),
        place: place.into(),
        expected,
        found,
    }
}
