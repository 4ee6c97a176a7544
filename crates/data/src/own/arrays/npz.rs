//! Archives of numpy, with Keras' names (`x_train`), MedMNIST's (`train_images`) or `images` and
//! `labels`.

use std::collections::HashMap;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use super::fault::Wrong;
use super::names::Names;
use super::{ArrayFault, ArrayPart, Arrays, BLOCK, Given, Layout, images, shape_of};
use crate::DataError;
use crate::formats::{byte_len, npz, words};
use crate::own::sniff::Kind;

const IMAGES: [&str; 6] = ["x", "images", "image", "imgs", "data", "arr_0"];
const LABELS: [&str; 7] = [
    "y", "labels", "label", "targets", "target", "classes", "arr_1",
];
const PARTS: [&[&str]; 3] = [
    &["train", "training"],
    &["val", "valid", "validation"],
    &["test", "testing"],
];

pub(super) fn read(given: &mut Given) -> Result<Option<Arrays>, DataError> {
    let archives = given.of(|kind| kind == Kind::Zip);
    for &file in &archives {
        let path = given.store.path(file);
        let bytes = match given.store.on_disk(file) {
            Some(_) => None,
            None => Some(given.read(file)?),
        };
        let arrays = match bytes {
            Some(bytes) => read_from(given, file, &path, Cursor::new(bytes))?,
            None => {
                let opened = std::fs::File::open(&path).map_err(DataError::io(&path, "open"))?;
                read_from(given, file, &path, BufReader::new(opened))?
            }
        };
        if arrays.is_some() {
            return Ok(arrays);
        }
    }
    Ok(None)
}

fn read_from(
    given: &mut Given,
    file: usize,
    path: &Path,
    mut reader: impl Read + Seek,
) -> Result<Option<Arrays>, DataError> {
    let Ok(names) = npz::names(&mut reader) else {
        // Another zip archive.
        return Ok(None);
    };
    for words in PARTS.iter().chain([&[][..]].iter()) {
        if let Err(odd) = must_be_clear(&names, words) {
            let [expected, found] = odd;
            return Err(given.wrong(file, "arrays", &expected, found));
        }
    }
    let mut parts = [None, None, None];
    for (part, words) in PARTS.iter().enumerate() {
        if let Some((images, labels)) = pair(&names, words) {
            parts[part] = Some(read_part(given, file, path, &mut reader, images, labels)?);
        }
    }
    if parts.iter().all(Option::is_none) {
        let Some((images, labels)) = pair(&names, &[]) else {
            let expected =
                "arrays x_train and y_train, images and labels, x and y, or data and labels";
            return Err(given.wrong(file, "arrays", expected, names.join(", ")));
        };
        parts[0] = Some(read_part(given, file, path, &mut reader, images, labels)?);
    }
    Ok(Some(Arrays {
        format: "an archive of numpy",
        parts,
        names: Names::None,
        used: vec![file],
    }))
}

/// The names of images and labels of a part.
fn pair<'a>(names: &'a [String], part: &[&str]) -> Option<(&'a str, &'a str)> {
    let first = |words: &[&str]| called(names, part, words).first().copied();
    Some((first(&IMAGES)?, first(&LABELS)?))
}

/// The arrays of a part that are called by one of these words, in the words' order; without a part those that name none.
fn called<'a>(names: &'a [String], part: &[&str], words: &[&str]) -> Vec<&'a str> {
    // What each word may stand in, with the word's number.
    let forms = words.iter().enumerate().flat_map(|(number, word)| {
        let both = |part: &&str| [format!("{word}_{part}"), format!("{part}_{word}")];
        let forms: Vec<String> = match part {
            [] => vec![(*word).to_owned()],
            _ => part.iter().flat_map(both).collect(),
        };
        forms.into_iter().map(move |form| (form, number))
    });
    let forms: HashMap<String, usize> = forms.collect();
    let mut found = vec![None; words.len()];
    // There may be many names: each is looked up once.
    for name in names {
        if let Some(&number) = forms.get(&name.to_lowercase()) {
            found[number].get_or_insert(name.as_str());
        }
    }
    found.into_iter().flatten().collect()
}

/// Refuses a part that has images without labels, labels without images, or images twice: what was expected, and what
/// was found.
fn must_be_clear(names: &[String], part: &[&str]) -> Result<(), [String; 2]> {
    let [images, labels] = [&IMAGES[..], &LABELS[..]].map(|words| called(names, part, words));
    // Arrays that name no part may be anything, beside those that do.
    let others = part.is_empty() && PARTS.iter().any(|part| pair(names, part).is_some());
    match (&images[..], &labels[..]) {
        ([_, _, ..], [_, ..]) if !others => Err([
            "one array of images for each part".into(),
            images.join(" and "),
        ]),
        ([image, ..], []) if !others && !part.is_empty() => Err([
            format!("labels beside {image}"),
            format!("none among {}", names.join(", ")),
        ]),
        ([], [label, ..]) if !others && !part.is_empty() => Err([
            format!("images beside {label}"),
            format!("none among {}", names.join(", ")),
        ]),
        _ => Ok(()),
    }
}

fn read_part(
    given: &mut Given,
    file: usize,
    path: &Path,
    reader: &mut (impl Read + Seek),
    images_name: &str,
    labels_name: &str,
) -> Result<ArrayPart, DataError> {
    // Whether they fit is asked of their shape.
    let sizes = [u64::MAX, BLOCK];
    let pixels =
        npz::read_pieces(
            path,
            &mut *reader,
            images_name,
            sizes,
            |dtype, shape| match Layout::of(dtype, shape, false) {
                Ok(_) => {
                    given.plan(file, shape[0])?;
                    given.must_fit(path, byte_len(dtype, shape))
                }
                Err(wrong) => Err(given.fault(file, images_name, wrong)),
            },
        )?;
    let bytes: usize = pixels.iter().map(|piece| piece.bytes.len()).sum();
    given.budget.charge(path, bytes as u64)?;
    let count = shape_of(&pixels).first().copied().unwrap_or(0);
    let wrong = |found: String, fault| Wrong {
        expected: format!("{count} whole numbers, one for each image"),
        found,
        fault,
    };
    let whole = [u64::MAX; 2];
    let labels =
        npz::read_pieces(
            path,
            &mut *reader,
            labels_name,
            whole,
            |dtype, shape| match *shape {
                [labels] | [labels, 1] if labels == count => {
                    given.must_fit(path, byte_len(dtype, shape))
                }
                [labels] | [labels, 1] => Err(given.wrong(
                    file,
                    &format!("arrays {images_name} and {labels_name}"),
                    "as many images as labels",
                    format!("{count} images and {labels} labels"),
                )),
                _ => {
                    let found = words(dtype, shape);
                    Err(given.fault(file, labels_name, wrong(found, ArrayFault::OneHot)))
                }
            },
        )?;
    let mut part = images(pixels, false).map_err(|wrong| given.fault(file, images_name, wrong))?;
    for labels in labels {
        given.budget.charge(path, labels.bytes.len() as u64)?;
        let Some(numbers) = labels.integers() else {
            let wrong = match labels.dtype.kind {
                // Whole numbers that no class has.
                'i' | 'u' => {
                    let found = format!("{} with numbers of 2^63 or more", labels.words());
                    wrong(found, ArrayFault::Large)
                }
                _ => wrong(labels.words(), ArrayFault::Labels),
            };
            return Err(given.fault(file, labels_name, wrong));
        };
        part.labels = numbers;
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_names() {
        let names = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        let keras = names("x_test x_train y_train y_test");
        assert_eq!(pair(&keras, PARTS[0]), Some(("x_train", "y_train")));
        assert_eq!(pair(&keras, PARTS[2]), Some(("x_test", "y_test")));
        assert_eq!(pair(&keras, PARTS[1]), None);
        let med = names("train_images train_labels val_images val_labels");
        assert_eq!(pair(&med, PARTS[1]), Some(("val_images", "val_labels")));
        assert_eq!(pair(&names("Y X"), &[]), Some(("X", "Y")));
        assert_eq!(pair(&names("data labels"), &[]), Some(("data", "labels")));
        assert_eq!(pair(&names("images weights"), &[]), None);
    }

    #[test]
    fn what_is_meant_has_to_be_clear() {
        let names = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        let clear = |text: &str, part: &[&str]| must_be_clear(&names(text), part);
        assert_eq!(clear("x_train y_train x_test y_test", PARTS[2]), Ok(()));
        assert_eq!(clear("x_train y_train", PARTS[2]), Ok(()));
        assert_eq!(clear("x_train y_train x classes", &[]), Ok(()));
        assert_eq!(clear("images labels classes", &[]), Ok(()));
        for (text, part, expected, found) in [
            (
                "x_train y_train x_test",
                PARTS[2],
                "labels beside x_test",
                "none among x_train, y_train, x_test",
            ),
            (
                "x_train y_train val_labels",
                PARTS[1],
                "images beside val_labels",
                "none among x_train, y_train, val_labels",
            ),
            (
                "x y images labels",
                &[],
                "one array of images for each part",
                "x and images",
            ),
        ] {
            assert_eq!(
                clear(text, part),
                Err([expected.into(), found.into()]),
                "{text}"
            );
        }
    }
}
