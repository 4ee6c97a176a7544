//! ImageNet: `imagenet/{train,val}/CLASS/*.JPEG`, a folder for each class.
//!
//! What is called `valid`, `validation` or `test` counts as `val` where that is not there. Folders
//! within that of a class belong to it. Only names are read here, and the first bytes of files that
//! have not the name of a picture. The classes are the folders of `train` in alphabetical order, which
//! for ImageNet's WordNet ids is the usual order of its labels; `val` must have the same.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::photo;
use crate::images::PhotoFolders;
use crate::own::passed::{Passed, leftover};
use crate::own::sniff::{Kind, claims_picture};
use crate::own::store::Store;
use crate::{DataError, Images, Splits};

/// The maximum number of photographs a split may hold, so that their names stay within memory.
pub const MAX_PHOTOS: usize = 20_000_000;
/// The maximum number of classes; a label has 16 bits.
const MAX_CLASSES: usize = 65_536;

/// Lists the folders under `root/imagenet`, or under `root` itself if `train` lies there.
pub(crate) fn load(root: &Path) -> Result<Splits, DataError> {
    let usual = root.join("imagenet");
    let dir = match !usual.exists() && root.join("train").is_dir() {
        true => root,
        false => &usual,
    };
    let train_dir = dir.join("train");
    let tests = ["val", "valid", "validation", "test"].map(|part| dir.join(part));
    let test_dir = tests.iter().find(|part| part.is_dir());
    let (true, Some(val_dir)) = (train_dir.is_dir(), test_dir) else {
        let missing = |there: bool, path: PathBuf| (!there).then_some(path);
        let there = [train_dir.is_dir(), test_dir.is_some()];
        let [val, ..] = tests;
        let looked_for = [missing(there[0], train_dir), missing(there[1], val)];
        return Err(DataError::missing(
            "imagenet",
            looked_for.into_iter().flatten().collect(),
            dir,
        ));
    };
    let val_dir = val_dir.clone();
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
        validation: None,
        test: split(val_dir, &classes)?,
    })
}

/// The names of the folders in `dir`, sorted.
fn class_folders(dir: &Path) -> Result<Vec<String>, DataError> {
    let mut classes = Vec::new();
    for entry in entries(dir)? {
        // Follows links: a class may live elsewhere.
        let leftover = entry.to_str().and_then(leftover);
        if leftover.is_none() && dir.join(&entry).is_dir() {
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
    let mut passed = Passed::default();
    for (label, class) in classes.iter().enumerate() {
        let folder = dir.join(class);
        let first = names.len();
        let above = fs::canonicalize(&dir).map_err(DataError::io(&dir, "list"))?;
        let files = Store::below(&folder, above, &mut passed)?;
        for file in 0..files.len() {
            let name = files.name(file);
            if claims_picture(name) || files.kind(file).is_ok_and(|kind| kind == Kind::Picture) {
                if files
                    .on_disk(file)
                    .is_none_or(|path| path.to_str().is_none())
                {
                    return Err(malformed(&folder, "names", "UTF-8".into(), name.into()));
                }
                names.push(Box::from(name));
            } else {
                passed.add("no picture in a format that is read", name);
            }
            if names.len() > MAX_PHOTOS {
                let expected = format!("at most {MAX_PHOTOS} photographs");
                return Err(malformed(&dir, "files", expected, "more".into()));
            }
        }
        if names.len() == first {
            let expected = "at least one picture, such as a .JPEG file".into();
            return Err(malformed(&folder, "files", expected, "none".into()));
        }
        labels.resize(names.len(), label as u16);
    }
    let shape = [3, photo::SIDE, photo::SIDE];
    Images::photos(
        shape,
        classes.to_vec(),
        PhotoFolders::new(dir, names, passed.list()),
        labels,
    )
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
