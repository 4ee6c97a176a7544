//! What a finished run leaves, without the times in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use prost::{Message, Oneof};
use serde_json::Value;

/// Everything in a run's folder: of files their bytes, of events and of lines with times what they say.
pub fn records(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in ["", "checkpoint"] {
        for entry in fs::read_dir(run.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(run).unwrap().display().to_string();
            // The number of the process that held it.
            if path.is_dir() || name == "run.lock" {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let bytes = match name.as_str() {
                "metrics.jsonl" => lines(&bytes).into_bytes(),
                "metrics.csv" => table(&bytes).into_bytes(),
                "result.json" => without(&bytes, "machine").into_bytes(),
                _ => bytes,
            };
            found.insert(name, bytes);
        }
    }
    found.insert("events".into(), events(&run.join("events")).into_bytes());
    found
}

/// Fails with the names of what differs.
pub fn must_be(
    found: &BTreeMap<String, Vec<u8>>,
    expected: &BTreeMap<String, Vec<u8>>,
    moment: &str,
) {
    let names: Vec<&String> = found.keys().chain(expected.keys()).collect();
    let differs = names
        .into_iter()
        .filter(|&name| found.get(name) != expected.get(name));
    let differs: Vec<&String> = differs.collect();
    let text = |records: &BTreeMap<String, Vec<u8>>, name: &str| {
        let Some(bytes) = records.get(name) else {
            return "none".to_owned();
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => text.chars().take(2000).collect(),
            Err(_) => format!("{} bytes", bytes.len()),
        }
    };
    assert!(
        differs.is_empty(),
        "{moment}: {differs:?} differ; {}\nexpected {}",
        text(found, differs[0]),
        text(expected, differs[0])
    );
}

fn without(json: &[u8], key: &str) -> String {
    let mut value: Value = serde_json::from_slice(json).unwrap();
    value.as_object_mut().unwrap().remove(key);
    format!("{value}\n")
}

fn lines(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    let line = |line: &str| without(line.as_bytes(), "images_per_second");
    text.lines().map(line).collect()
}

fn table(bytes: &[u8]) -> String {
    let mut rows = csv::Reader::from_reader(bytes);
    let speed = rows
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "images_per_second");
    let row = |row: csv::StringRecord| {
        let cells = row.iter().enumerate().filter(|(at, _)| Some(*at) != speed);
        let cells: Vec<&str> = cells.map(|(_, cell)| cell).collect();
        cells.join(",") + "\n"
    };
    rows.records().map(|record| row(record.unwrap())).collect()
}

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(oneof = "What", tags = "5, 7")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, Oneof)]
enum What {
    #[prost(message, tag = "5")]
    Summary(Summary),
    #[prost(message, tag = "7")]
    Start(Start),
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Number>,
}

#[derive(Clone, PartialEq, Message)]
struct Number {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, tag = "2")]
    value: f32,
}

#[derive(Clone, PartialEq, Message)]
struct Start {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// What TensorBoard shows of a folder: files in the order of their names, of which each beginning drops what came after its
/// step; a file ends where an event is cut.
fn events(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut points: Vec<(i64, String, f32)> = Vec::new();
    for file in files {
        let bytes = fs::read(file).unwrap();
        let mut rest = &bytes[..];
        while rest.len() >= 16 {
            let count = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            if rest.len() < count + 16 {
                break;
            }
            let event = Event::decode(&rest[12..12 + count]).unwrap();
            rest = &rest[count + 16..];
            match event.what {
                Some(What::Start(_)) => points.retain(|(step, ..)| *step < event.step),
                Some(What::Summary(summary)) => points.extend(
                    summary
                        .value
                        .into_iter()
                        .filter(|number| !number.tag.starts_with("images_per_second"))
                        .map(|number| (event.step, number.tag, number.value)),
                ),
                None => {}
            }
        }
    }
    points.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    // What was written anew from the lines may have another last bit.
    let line = |(step, tag, value): &(i64, String, f32)| format!("{step} {tag} {value:.4e}\n");
    points.iter().map(line).collect()
}
