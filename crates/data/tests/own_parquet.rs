//! Parquet files as Hugging Face stores images.

#![cfg(feature = "parquet")]

mod common;

use std::sync::Arc;

use common::pictures::{Shade, draw};
use data::{OwnOptions, load_own, survey};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

const NAMES: &str = r#"{"info": {"features": {"image": {"_type": "Image"},
    "label": {"names": ["ant", "bee", "cow"], "_type": "ClassLabel"}}}}"#;

fn png(seed: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    draw([3, 4], Shade::of("", 1, seed))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// A file of pictures with labels 0, 1, 0, 1 …, the last of which has no picture if `hole`.
fn file(count: usize, first: u32, names: bool, hole: bool) -> Vec<u8> {
    let schema = "message schema {
        optional group image { optional binary bytes; optional binary path (UTF8); }
        optional int64 label;
    }";
    let names = names.then(|| vec![KeyValue::new("huggingface".into(), NAMES.to_owned())]);
    let properties = WriterProperties::builder()
        .set_key_value_metadata(names)
        .build();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let there = if hole { count - 1 } else { count };
    let level = |index: usize, max: i16| if index < there { max } else { 1 };
    for column in 0..3 {
        let mut writer = group.next_column().unwrap().unwrap();
        let levels: Vec<i16> = (0..count).map(|index| level(index, 2)).collect();
        match column {
            0 => {
                let values: Vec<ByteArray> =
                    (0..there).map(|i| png(first + i as u32).into()).collect();
                writer
                    .typed::<ByteArrayType>()
                    .write_batch(&values, Some(&levels), None)
                    .unwrap();
            }
            1 => {
                writer
                    .typed::<ByteArrayType>()
                    .write_batch(&[], Some(&vec![1; count]), None)
                    .unwrap();
            }
            _ => {
                let values: Vec<i64> = (0..count as i64).map(|i| i % 2).collect();
                writer
                    .typed::<Int64Type>()
                    .write_batch(&values, Some(&vec![1; count]), None)
                    .unwrap();
            }
        }
        writer.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn parts_names_and_pictures() {
    let root = tempfile::tempdir().unwrap();
    common::put(
        root.path(),
        "data/train-00000-of-00002.parquet",
        &file(6, 0, true, false),
    );
    common::put(
        root.path(),
        "data/train-00001-of-00002.parquet",
        &file(70, 6, true, false),
    );
    common::put(
        root.path(),
        "data/test-00000-of-00001.parquet",
        &file(4, 90, true, false),
    );
    common::put(root.path(), "README.md", b"about");
    let (splits, found) = load_own(root.path(), &OwnOptions::default()).unwrap();
    assert_eq!(splits.train.class_names(), ["ant", "bee", "cow"]);
    assert_eq!(
        (splits.train.counts(), splits.test.counts()),
        (vec![38, 38, 0], vec![2, 2, 0])
    );
    assert_eq!(
        (splits.train.shape(), &*found.format),
        ([3, 3, 4], "parquet")
    );
    assert_eq!(found.passed_over.len(), 1);
    // The first image is that of the first row.
    let mut expected = vec![0; 36];
    let preprocessing = pixels::Preprocessing::new(3, 3, 4, pixels::Fit::Crop).unwrap();
    preprocessing.apply(
        &data::photo::Decoded::decode(&png(0)).unwrap().picture(),
        &mut expected,
    );
    assert_eq!(splits.train.image(0), expected);
}

#[test]
fn a_file_alone_without_names_and_with_a_row_without_a_picture() {
    let root = tempfile::tempdir().unwrap();
    common::put(root.path(), "all.parquet", &file(11, 0, false, true));
    let path = root.path().join("all.parquet");
    let found = survey(&path, &OwnOptions::default()).unwrap();
    assert_eq!(found.bad.len(), 1);
    assert_eq!(
        (&*found.bad[0].path, &*found.bad[0].reason),
        ("all.parquet, image 11", "an empty file")
    );
    let splits = load_own(&path, &OwnOptions::default().with_skip_bad(true))
        .unwrap()
        .0;
    assert_eq!(splits.train.class_names(), ["0", "1"]);
    assert_eq!(splits.train.len() + splits.test.len(), 10);
    let small = OwnOptions::default().with_max_memory(Some(500));
    let error = survey(&path, &small).unwrap_err().to_string();
    assert!(error.contains("all.parquet"), "{error}");
}

#[test]
fn damage_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let whole = file(6, 0, true, false);
    for length in (4..whole.len()).step_by(7) {
        common::put(root.path(), "x.parquet", &whole[..length]);
        assert!(
            survey(&root.path().join("x.parquet"), &OwnOptions::default()).is_err(),
            "{length}"
        );
    }
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x41;
        common::put(root.path(), "x.parquet", &changed);
        let options = OwnOptions::default()
            .with_threads(1)
            .with_max_memory(Some(1 << 20));
        let _ = survey(&root.path().join("x.parquet"), &options);
    }
}

/// A search of what the reader of others panics about: `PARQUET_OUT` names a file for a well-formed one.
#[test]
#[ignore = "writes a file for attacks from outside"]
fn a_file_for_attacks() {
    if let Ok(path) = std::env::var("PARQUET_OUT") {
        std::fs::write(path, file(6, 0, true, true)).unwrap();
    }
}
