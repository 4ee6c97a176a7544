//! CIFAR's Python version with names and classes of one's own: pickles of a dictionary of `data`
//! and `labels` (or `fine_labels`), and `batches.meta` or `meta` with the names.

use std::io::BufReader;

use super::names::Names;
use super::{ArrayPart, Arrays, Given, images, part};
use crate::DataError;
use crate::formats::pickle::{self, Pickle};
use crate::own::sniff::Kind;

pub(super) fn read(given: &mut Given) -> Result<Option<Arrays>, DataError> {
    let files = given.of(|kind| kind == Kind::Pickle);
    let (meta, data): (Vec<usize>, Vec<usize>) = files.iter().partition(|&&file| {
        let name = given.store.name(file);
        name.rsplit('/')
            .next()
            .unwrap_or(name)
            .to_lowercase()
            .contains("meta")
    });
    if data.is_empty() {
        return Ok(None);
    }
    let mut parts: [Option<ArrayPart>; 3] = [None, None, None];
    for &file in &data {
        let read = read_part(given, file)?;
        let slot = &mut parts[part(given.store.name(file)) as usize];
        match slot {
            None => *slot = Some(read),
            Some(all)
                if (all.channels, all.height, all.width)
                    == (read.channels, read.height, read.width) =>
            {
                all.pixels.extend(read.pixels);
                all.labels.extend_from_slice(&read.labels);
            }
            Some(all) => {
                let expected = format!(
                    "images of {}x{} pixels, as in the files before",
                    all.height, all.width
                );
                let found = format!("{}x{}", read.height, read.width);
                return Err(given.wrong(file, "data", &expected, found));
            }
        }
    }
    let names = match meta.first() {
        Some(&file) => {
            let meta = open(given, file)?;
            let names = meta
                .texts("fine_label_names")
                .or_else(|_| meta.texts("label_names"));
            names.map_or(Names::None, Names::Lines)
        }
        None => Names::None,
    };
    Ok(Some(Arrays {
        format: "CIFAR's Python files",
        parts,
        names,
        used: files,
    }))
}

fn open(given: &mut Given, file: usize) -> Result<Pickle, DataError> {
    let (path, left) = (given.store.path(file), given.budget.left());
    // What goes wrong within is told as it is.
    given.store.with(file, |reader, len| {
        let reader = &mut BufReader::new(reader);
        Ok(pickle::read_of(&path, reader, len, left))
    })?
}

fn read_part(given: &mut Given, file: usize) -> Result<ArrayPart, DataError> {
    let mut pickle = open(given, file)?;
    let array = pickle.take_array("data")?;
    given
        .budget
        .charge(&given.store.path(file), array.bytes.len() as u64)?;
    let count = array.shape.first().copied().unwrap_or(0);
    given.plan(file, count)?;
    let counts = ["fine_labels", "labels"].map(|key| pickle.count(key));
    let unlike = |labels: usize| {
        given.wrong(
            file,
            "data and labels",
            "as many images as labels",
            format!("{count} images and {labels} labels"),
        )
    };
    // Before they are numbers of eight bytes.
    if let Some(labels) = counts[0].or(counts[1]).filter(|&labels| labels != count) {
        return Err(unlike(labels));
    }
    let labels = pickle
        .integers("fine_labels")
        .or_else(|_| pickle.integers("labels"))?;
    let mut part = images(vec![array], true).map_err(|wrong| given.fault(file, "data", wrong))?;
    if labels.len() != count {
        return Err(unlike(labels.len()));
    }
    part.labels = labels;
    Ok(part)
}
