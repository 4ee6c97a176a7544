//! Parquet as Hugging Face stores images: a column of structs of the encoded `bytes` and a `path`
//! (or of the bytes alone), and a column of labels, whole numbers or texts.
//!
//! What the files hold is taken into memory, within a bound; pictures are decoded when wanted. Names
//! of classes come from the metadata that Hugging Face writes.

mod pages;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use ::parquet::basic::Type;
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use ::parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};

use super::arrays::part;
use super::found::{Found, OwnFiles, Parts, Pictures};
use super::layout::MAX_CLASSES;
use super::passed::Passed;
use super::sniff::{Kind, no_picture};
use super::store::{Blocks, Span, Store};
use crate::DataError;
use crate::caught::caught;
use crate::formats::Budget;

/// Rows that are read at once.
const ROWS: usize = 64;
/// The columns of labels, the first that is there.
const LABELS: [&str; 7] = [
    "label",
    "labels",
    "fine_label",
    "class",
    "target",
    "character",
    "coarse_label",
];
/// The columns of pictures, the first that is there.
const IMAGES: [&str; 6] = ["image", "img", "images", "picture", "pixel_values", "data"];

/// A label as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Number(i64),
    Text(String),
}

/// What the files of all parts hold.
struct All {
    blocks: Blocks,
    /// Name and place of each picture.
    places: Vec<(String, Span)>,
    parts: [Vec<(usize, Label)>; 3],
    names: Option<Vec<String>>,
    budget: Budget,
}

/// Finds the pictures of parquet files; `None` where there are none.
pub(super) fn find(
    store: &Store,
    files: &[(usize, Kind)],
    memory: u64,
    passed: &mut Passed,
) -> Result<Option<Found>, DataError> {
    if !files.iter().any(|(_, kind)| *kind == Kind::Parquet) {
        return Ok(None);
    }
    let mut all = All {
        blocks: Blocks::default(),
        places: Vec::new(),
        parts: Default::default(),
        names: None,
        budget: Budget::new(memory),
    };
    for &(file, kind) in files {
        if kind != Kind::Parquet {
            passed.add(no_picture(store.name(file)), store.name(file));
            continue;
        }
        let path = store.path(file);
        // The crate asserts some of what files claim. What it panics about is damage.
        let read = if store.on_disk(file).is_some() {
            let input = File::open(&path).map_err(DataError::io(&path, "open"))?;
            let again = input.try_clone().map_err(DataError::io(&path, "open"))?;
            caught(|| all.read(store, file, input, &again))
        } else {
            let bytes = store.read(file, all.budget.left())?;
            all.budget.charge(&path, bytes.len() as u64)?;
            let bytes = bytes::Bytes::from(bytes);
            caught(|| all.read(store, file, bytes.clone(), &bytes))
        };
        read.unwrap_or_else(|| Err(damaged(&path, "claims that contradict each other".into())))?;
    }
    all.found(store, memory, passed).map(Some)
}

impl All {
    /// Reads one file.
    fn read(
        &mut self,
        store: &Store,
        file: usize,
        input: impl ChunkReader + 'static,
        again: &impl ChunkReader,
    ) -> Result<(), DataError> {
        let path = store.path(file);
        let failed = |error: ParquetError| {
            damaged(
                &path,
                error.to_string().lines().collect::<Vec<_>>().join(" "),
            )
        };
        let size = input.len();
        let reader = SerializedFileReader::new(input).map_err(failed)?;
        for column in reader
            .metadata()
            .row_groups()
            .iter()
            .flat_map(|group| group.columns())
        {
            let start = column
                .dictionary_page_offset()
                .unwrap_or(column.data_page_offset());
            let end = start.checked_add(column.compressed_size());
            let inside = start >= 0 && column.compressed_size() >= 0 && column.num_values() >= 0;
            if !inside || end.is_none_or(|end| end as u64 > size) {
                return Err(damaged(&path, "a column that lies outside of it".into()));
            }
        }
        let about = reader.metadata().file_metadata();
        let schema = about.schema_descr();
        let columns = columns(schema).ok_or_else(|| {
            let there = schema.columns().iter().map(|column| column.path().string());
            DataError::Malformed {
                path: path.clone(),
                place: "columns".into(),
                expected: "image.bytes, or image of bytes, and label".into(),
                found: there.collect::<Vec<_>>().join(", "),
            }
        })?;
        for entry in about.key_value_metadata().into_iter().flatten() {
            if entry.key == "huggingface" && self.names.is_none() {
                let text = entry.value.as_deref().unwrap_or_default();
                self.names = names(text, &columns.label_name);
            }
        }
        let (slot, name) = (part(store.name(file)) as usize, store.name(file));
        let levels = |column: usize| schema.column(column).max_def_level();
        for group in 0..reader.num_row_groups() {
            let about = reader.metadata().row_group(group);
            for column in [columns.label, columns.image] {
                let column = about.column(column);
                let start = column.dictionary_page_offset();
                let start = start.unwrap_or(column.data_page_offset()) as u64;
                let end = start + column.compressed_size() as u64;
                pages::check(again, start, end).map_err(|found| damaged(&path, found))?;
            }
            let group = reader.get_row_group(group).map_err(failed)?;
            let mut labels: Vec<Option<Label>> = Vec::new();
            let column = group.get_column_reader(columns.label).map_err(failed)?;
            let level = levels(columns.label);
            let budget = &mut self.budget;
            match column {
                ColumnReader::Int32ColumnReader(column) => {
                    values(column, level, &failed, |value| {
                        labels.push(value.map(|&value| Label::Number(value.into())));
                        budget.charge(&path, 32)
                    })
                }
                ColumnReader::Int64ColumnReader(column) => {
                    values(column, level, &failed, |value| {
                        labels.push(value.map(|&value| Label::Number(value)));
                        budget.charge(&path, 32)
                    })
                }
                ColumnReader::ByteArrayColumnReader(column) => {
                    values(column, level, &failed, |value| {
                        budget.charge(&path, 32 + value.map_or(0, |text| text.len() as u64))?;
                        labels.push(value.map(|text| {
                            Label::Text(String::from_utf8_lossy(text.data()).into_owned())
                        }));
                        Ok(())
                    })
                }
                _ => unreachable!("a column of labels is of numbers or texts"),
            }?;
            let column = group.get_column_reader(columns.image).map_err(failed)?;
            let ColumnReader::ByteArrayColumnReader(column) = column else {
                unreachable!("a column of pictures is of bytes")
            };
            let mut labels = labels.into_iter();
            values(column, levels(columns.image), &failed, |value| {
                // A row without a label is none to learn from.
                let Some(Some(label)) = labels.next() else {
                    return Ok(());
                };
                let bytes = value.map_or(&[][..], ByteArray::data);
                self.budget.charge(&path, bytes.len() as u64 + 128)?;
                self.parts[slot].push((self.places.len(), label));
                let row = self.parts[slot].len();
                let span = self.blocks.push(bytes);
                let span = span.map_err(DataError::io(&path, "hold"))?;
                self.places.push((format!("{name}, image {row}"), span));
                Ok(())
            })?;
        }
        Ok(())
    }

    fn found(self, store: &Store, memory: u64, passed: &Passed) -> Result<Found, DataError> {
        let wrong = |expected: &str, found: String| DataError::Malformed {
            path: store.root().to_owned(),
            place: "labels".into(),
            expected: expected.into(),
            found,
        };
        let [train, validation, test] = self.parts;
        let occurring: BTreeSet<&Label> = train.iter().map(|(_, label)| label).collect();
        let fits = |names: &Vec<String>| {
            let fits = |label: &&Label| matches!(label, Label::Number(n) if usize::try_from(*n).is_ok_and(|n| n < names.len()));
            occurring.iter().all(fits)
        };
        let classes: Vec<(Label, String)> = match self.names.filter(fits) {
            Some(names) => (0..).map(Label::Number).zip(names).collect(),
            None => {
                let name = |label: &&Label| match label {
                    Label::Number(number) => ((*label).clone(), number.to_string()),
                    Label::Text(text) => ((*label).clone(), text.clone()),
                };
                occurring.iter().map(name).collect()
            }
        };
        if classes.is_empty() || classes.len() > MAX_CLASSES {
            return Err(wrong(
                &format!("1 to {MAX_CLASSES} classes to train on"),
                classes.len().to_string(),
            ));
        }
        let label_of: BTreeMap<&Label, u16> = classes
            .iter()
            .enumerate()
            .map(|(index, (label, _))| (label, index as u16))
            .collect();
        let items = |part: Vec<(usize, Label)>| -> Result<Vec<(usize, u16)>, DataError> {
            let item = |(picture, label): (usize, Label)| match label_of.get(&label) {
                Some(&class) => Ok((picture, class)),
                None => Err(wrong(
                    "those of the images to train with",
                    format!("{label:?} in another part"),
                )),
            };
            part.into_iter().map(item).collect()
        };
        let some = |part: Vec<(usize, Label)>| (!part.is_empty()).then(|| items(part)).transpose();
        let parts = Parts {
            train: items(train)?,
            validation: some(validation)?,
            test: some(test)?,
        };
        let within = store.within;
        let pictures = Store::memory(
            store.root().to_owned(),
            within,
            self.blocks,
            self.places.into_iter(),
        );
        Ok(Found {
            root: store.root().to_owned(),
            format: format!("parquet{within}"),
            classes: classes.into_iter().map(|(_, name)| name).collect(),
            parts,
            pictures: Pictures::Files(OwnFiles::new(pictures, memory)),
            passed: passed.list(),
            notes: Vec::new(),
        })
    }
}

fn damaged(path: &Path, found: String) -> DataError {
    DataError::Malformed {
        path: path.to_owned(),
        place: "parquet".into(),
        expected: "a whole file".into(),
        found,
    }
}

/// Hands each value of a column to `take`, or `None` where there is none: where the level is below
/// the greatest.
fn values<T: DataType>(
    mut column: ColumnReaderImpl<T>,
    max_level: i16,
    failed: &impl Fn(ParquetError) -> DataError,
    mut take: impl FnMut(Option<&T::T>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    loop {
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let read = column.read_records(ROWS, Some(&mut levels), None, &mut values);
        let (records, ..) = read.map_err(failed)?;
        if records == 0 {
            return Ok(());
        }
        let mut values = values.iter();
        for index in 0..records {
            let is_there = max_level == 0 || levels.get(index) == Some(&max_level);
            take(if is_there { values.next() } else { None })?;
        }
    }
}

/// The numbers of the columns of pictures and labels.
struct Columns {
    image: usize,
    label: usize,
    label_name: String,
}

fn columns(schema: &SchemaDescriptor) -> Option<Columns> {
    let find = |path: &str, types: &[Type]| {
        let fits = |column: &ColumnDescPtr| {
            column.max_rep_level() == 0
                && types.contains(&column.physical_type())
                && column.path().string() == path
        };
        schema.columns().iter().position(fits)
    };
    let image = IMAGES.iter().find_map(|name| {
        find(&format!("{name}.bytes"), &[Type::BYTE_ARRAY])
            .or_else(|| find(name, &[Type::BYTE_ARRAY]))
    })?;
    let types = [Type::INT32, Type::INT64, Type::BYTE_ARRAY];
    let (label, name) = LABELS
        .iter()
        .find_map(|name| Some((find(name, &types)?, name)))?;
    Some(Columns {
        image,
        label,
        label_name: (*name).to_owned(),
    })
}

/// The names of classes in the metadata that Hugging Face writes.
fn names(text: &str, label: &str) -> Option<Vec<String>> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let names = value
        .get("info")?
        .get("features")?
        .get(label)?
        .get("names")?
        .as_array()?;
    names
        .iter()
        .map(|name| name.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hugging_face() {
        let text = r#"{"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}"#;
        assert_eq!(names(text, "label").unwrap(), ["cat", "dog"]);
        assert_eq!(names(text, "labels"), None);
        assert_eq!(names("{", "label"), None);
    }
}
