//! The C that packed files of version 1 give computes the integers that were written down for them.

#[path = "device/board.rs"]
mod board;
mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use board::CORTEX_M4;
use common::success;
use runtime::Model;
use serde_json::Value;
use tempfile::TempDir;
use testkit::ready;

/// The files, and `logits.json`; `version_1.rs` of `runtime` tells what is in it.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/tests/fixtures/v1")
}

/// Image k holds the lowest bytes of the numbers of SplitMix64 that starts from k + 1.
fn images(model: &Model) -> Vec<u8> {
    let image = |k: u64| {
        let mut random = common::Random(k + 1);
        let len = model.input().iter().product();
        (0..len).map(|_| random.next() as u8).collect::<Vec<u8>>()
    };
    (0..5).flat_map(image).collect()
}

/// Each file that integers compute, with the logits of each image.
fn entries() -> Vec<(String, Model, Vec<String>)> {
    let entries = std::fs::read(folder().join("logits.json")).unwrap();
    let entries: Value = serde_json::from_slice(&entries).unwrap();
    let entry = |(name, entry): (&String, &Value)| {
        let lines = entry["integers"].as_array()?.iter();
        let lines = lines.map(|line| line.as_str().unwrap().to_owned());
        let model = Model::load(&folder().join(format!("{name}.onebit"))).unwrap();
        Some((name.clone(), model, lines.collect()))
    };
    let entries = entries.as_object().unwrap().iter();
    let entries: Vec<_> = entries.filter_map(entry).collect();
    assert!(entries.len() >= 20, "{}", entries.len());
    entries
}

/// A folder with the C source of a network.
fn export(model: &Model) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = embed::files(model, &embed::Options::default()).unwrap();
    embed::folder::replace(&folder.path().join("c"), &files).unwrap();
    folder
}

#[test]
fn c_gives_the_same_integers() {
    let gcc = testkit::compiler("gcc", &["-std=c99", "-O0"], "install Debian's gcc");
    if !ready("the C of packed files of version 1", &[gcc]) {
        return;
    }
    for (name, model, expected) in entries() {
        let dir = export(&model);
        let program = dir.path().join("classify");
        let mut compile = Command::new("gcc");
        compile.args(["-std=c99", "-O0", "-Isrc", "examples/computer/main.c"]);
        compile.args(["src/onebit.c", "src/onebit_selftest.c", "-o"]);
        success(compile.arg(&program).current_dir(dir.path().join("c")), &[]);
        let printed = success(&mut Command::new(&program), &images(&model));
        // `class name: logits`; a name may have a colon in it.
        let found: Vec<&str> = printed
            .lines()
            .map(|line| line.rsplit_once(": ").unwrap().1)
            .collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_microcontroller_gives_the_same_integers() {
    let test = "packed files of version 1 on an emulated Cortex-M4";
    if !board::tools(test, &[CORTEX_M4]) {
        return;
    }
    for (name, model, expected) in entries() {
        let dir = export(&model);
        let outcome = board::run(&dir.path().join("c"), &images(&model), CORTEX_M4, &[]);
        let line = |(_, logits): &(usize, Vec<i32>)| {
            let words: Vec<String> = logits.iter().map(i32::to_string).collect();
            words.join(" ")
        };
        let found: Vec<String> = outcome.answers.iter().map(line).collect();
        assert_eq!(found, expected, "{name}");
    }
}
