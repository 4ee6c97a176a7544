//! The folder of an export: for every compiler, under other names, and as the tools of boards read it.

#[path = "../device/board.rs"]
mod board;
#[path = "../common/mod.rs"]
mod common;

mod arduino;
mod camera;
mod cmake;
mod manifests;
mod names;
mod selftest;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use common::Case;

/// As strict as compilers are.
const STRICT: [&str; 7] = [
    "-std=c99",
    "-pedantic",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wconversion",
    "-Wshadow",
];

/// A small network for images of 1×8×8, and some images.
fn small(classes: usize) -> Case {
    Case::new("small", common::wide(81, [1, 8, 8], 8, 1, classes), 5)
}

/// The library's C files in an export.
fn sources(export: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(export.join("src")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "c"))
        .collect();
    paths.sort();
    assert_eq!(paths.len(), 4, "{paths:?}");
    paths
}
