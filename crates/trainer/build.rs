//! Tells the program which commit it is built from, so that runs can say so; without git it knows its version alone.

use std::path::Path;
use std::process::Command;

fn main() {
    let version = std::env::var("CARGO_PKG_VERSION").expect("cargo sets it");
    let commit = commit().map_or_else(String::new, |commit| format!(" ({commit})"));
    println!("cargo:rustc-env=ONEBIT_VERSION={version}{commit}");
    // What the commit's name depends on, and whether the sources are the commit's.
    for path in [
        "build.rs",
        "../../crates",
        "../../Cargo.lock",
        "../../.git/logs/HEAD",
    ] {
        if Path::new(path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}

fn commit() -> Option<String> {
    // Only of the repository that this is a crate of, not of one that a copy of the sources lies in.
    if !Path::new("../../.git").exists() {
        return None;
    }
    let name = git(&["rev-parse", "--short=10", "HEAD"])?;
    let sources = ["status", "--porcelain", "--untracked-files=no", "--"];
    let sources = [
        &sources[..],
        &["../../crates", "../../Cargo.toml", "../../Cargo.lock"],
    ]
    .concat();
    let changed = git(&sources)?;
    Some(if changed.is_empty() {
        name
    } else {
        format!("{name}, changed")
    })
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
