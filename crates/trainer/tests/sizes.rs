//! What networks take of a microcontroller is what it was: `fixtures/sizes.json`.
//!
//! Where a difference is wanted, as with a new board, `ONEBIT_RECORD=1` writes what is found; the part of instructions that this
//! machine lacks, on one that has them.

mod common;

use std::fs;
use std::path::Path;

use common::frozen::{check, digest, place, trainer_on};
use common::{success, trainer};
use serde_json::{Value, json};
use tempfile::tempdir;

const EXPECTED: &str = "sizes.json";

/// Networks, and the images that they take.
const NETWORKS: [(&str, &str); 9] = [
    ("wrn-20-1", "3x32x32"),
    ("wrn-20-4", "3x32x32"),
    ("wrn-20-10", "3x32x32"),
    ("plain-20-1", "3x32x32"),
    ("srelu-20-1", "3x32x32"),
    ("wrn-8-1", "1x28x28"),
    ("plain-8-1", "1x28x28"),
    ("srelu-8-1", "1x28x28"),
    ("resnet-18-0.5", "3x64x64"),
];

#[test]
fn flash_and_ram_are_those_of_before() {
    for (net, input) in NETWORKS {
        let mut summary = trainer();
        summary.args(["summary", "--net", net, "--input", input, "--classes", "10"]);
        let line: Value = serde_json::from_str(&success(summary.arg("--json"))).unwrap();
        let integers = &line["integers"];
        let boards = integers["boards"].as_array().unwrap().iter();
        let fits = boards.filter(|board| board["fits"] == true);
        let found = json!({
            "flash_bytes": integers["flash_bytes"],
            "ram_bytes": integers["ram_bytes"],
            "fits": fits.map(|board| board["name"].clone()).collect::<Vec<_>>(),
        });
        check(EXPECTED, &format!("/summary/{net}"), &found);
    }
}

/// The arrays of C source, each as its numbers with spaces between, in the order of their digests.
fn arrays(source: &str) -> Vec<String> {
    let arrays = source.split("] = {").skip(1);
    let numbers = arrays.filter_map(|rest| {
        let (inside, _) = rest.split_once("};")?;
        let words: Vec<&str> = inside
            .split(',')
            .map(str::trim)
            .filter(|w| !w.is_empty())
            .collect();
        let plain = words.iter().all(|word| word.parse::<i64>().is_ok());
        plain.then(|| digest(words.join(" ").as_bytes()))
    });
    let mut digests: Vec<String> = numbers.collect();
    digests.sort();
    digests
}

/// A network of two steps, as C: the sizes that are printed, and the numbers in the header.
#[test]
fn the_numbers_in_c_are_those_of_before() {
    let Some(place) = place(EXPECTED, "portable") else {
        return;
    };
    let dir = tempdir().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/tests/fixtures");
    let (run, folder) = (dir.path().join("run"), dir.path().join("c"));
    let mut train = trainer_on("portable");
    train.args("train --dataset cifar10 --net wrn-20-1 --dashboard none --max-steps 2".split(' '));
    train.args("--batch-size 2 --limit-train 4 --limit-test 2 --data".split(' '));
    success(train.arg(&data).arg("--out").arg(&run));
    let mut export = trainer();
    export
        .args(["export", "--to", "c", "--run"])
        .arg(&run)
        .arg("--data")
        .arg(&data);
    let said = success(export.arg("--out").arg(&folder));
    let sizes = said.lines().find(|line| line.starts_with("in integers: "));
    let header = fs::read_to_string(folder.join("src/onebit_model.h")).unwrap();
    let arrays = arrays(&header);
    let found = json!({
        "said": sizes.unwrap(),
        "arrays": arrays.len(),
        "numbers": digest(arrays.join(" ").as_bytes()),
    });
    check(EXPECTED, &format!("{place}/wrn-20-1"), &found);
}
