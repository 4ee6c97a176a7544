//! What a run's folder holds as JSON is what the schemas in docs/schema/run say, of a new run and of all that are committed.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{success, tiny};
use serde_json::Value;
use tempfile::tempdir;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn schema(name: &str) -> Value {
    let path = workspace().join(format!("docs/schema/run/{name}.schema.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Compares a file, or each of its lines; how many values it held.
fn check(path: &Path, name: &str) -> usize {
    let schema = schema(name);
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let values: Vec<Value> = match path.extension().is_some_and(|end| end == "jsonl") {
        true => text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
        false => vec![serde_json::from_str(&text).unwrap()],
    };
    for value in &values {
        if let Err(error) = testkit::conforms(&schema, value) {
            panic!("{}: {error}", path.display());
        }
    }
    values.len()
}

/// The JSON files of a run, and their schemas.
const FILES: [(&str, &str); 8] = [
    ("network.json", "network"),
    ("metrics.jsonl", "metrics"),
    ("steps.jsonl", "steps"),
    ("weights.jsonl", "weights"),
    ("calibration.json", "calibration"),
    ("rejection.json", "rejection"),
    ("result.json", "result"),
    ("checkpoint/manifest-1.json", "manifest"),
];

#[test]
fn a_new_run_is_what_the_schemas_say() {
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    success(tiny(&run, 1).args(["--validation", "50"]));
    for (file, name) in FILES {
        assert!(check(&run.join(file), name) > 0, "{file}: nothing in it");
    }
    // Every JSON file of the run has a schema.
    for folder in [run.clone(), run.join("checkpoint")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let json = path
                .extension()
                .is_some_and(|end| end == "json" || end == "jsonl");
            let known = FILES.iter().any(|(file, _)| run.join(file) == path);
            assert!(!json || known, "{}: no schema", path.display());
        }
    }
}

#[test]
fn every_schema_has_a_file() {
    let folder = workspace().join("docs/schema/run");
    let page = fs::read_to_string(workspace().join("docs/runs.md")).unwrap();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".schema.json").expect("a schema");
        assert!(FILES.iter().any(|(_, known)| *known == name), "{name}");
        assert!(
            page.contains(&format!("(schema/run/{file})")),
            "docs/runs.md: {file}"
        );
        count += 1;
    }
    assert_eq!(count, FILES.len());
}

#[test]
fn the_committed_runs_are_what_the_schemas_say() {
    let mut checked = 0;
    for entry in fs::read_dir(workspace().join("experiments/results")).unwrap() {
        let run = entry.unwrap().path();
        if !run.join("config.toml").exists() {
            continue;
        }
        for (file, name) in FILES {
            let path = run.join(file);
            if path.exists() {
                check(&path, name);
                checked += 1;
            }
        }
    }
    assert!(checked > 100, "{checked} files checked");
}
