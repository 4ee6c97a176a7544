//! The C that packed files of version 1 give computes the integers that were written down for them.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::success;
use runtime::Model;
use serde_json::Value;
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

#[test]
fn c_gives_the_same_integers() {
    let gcc = testkit::compiler("gcc", &["-std=c99", "-O0"], "install Debian's gcc");
    if !ready("the C of packed files of version 1", &[gcc]) {
        return;
    }
    let entries = std::fs::read(folder().join("logits.json")).unwrap();
    let entries: Value = serde_json::from_slice(&entries).unwrap();
    let mut compared = 0;
    for (name, entry) in entries.as_object().unwrap() {
        let Some(expected) = entry["integers"].as_array() else {
            continue;
        };
        let model = Model::load(&folder().join(format!("{name}.onebit"))).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("c");
        let (files, _) = embed::files(&model).unwrap();
        embed::folder::replace(&source, &files).unwrap();
        let program = dir.path().join("classify");
        let mut compile = Command::new("gcc");
        compile.args(["-std=c99", "-O0", "main.c", "onebit.c", "-o"]);
        success(compile.arg(&program).current_dir(&source), &[]);
        let printed = success(&mut Command::new(&program), &images(&model));
        // `class name: logits`; a name may have a colon in it.
        let found: Vec<&str> = printed
            .lines()
            .map(|line| line.rsplit_once(": ").unwrap().1)
            .collect();
        let expected: Vec<&str> = expected.iter().map(|line| line.as_str().unwrap()).collect();
        assert_eq!(found, expected, "{name}");
        compared += 1;
    }
    assert!(compared >= 20, "{compared}");
}
