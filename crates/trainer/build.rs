//! Tells the program which commit it is built from, so that runs can say so; without git it knows its version alone.

use std::path::Path;
use std::process::Command;

/// The sources of the program: what is under test folders or only read by people changes nothing in it.
const SOURCES: [&str; 5] = [
    "../*/src/*",
    "../zoo/models/*",
    "../*/Cargo.toml",
    "../../Cargo.toml",
    "../../Cargo.lock",
];

fn main() {
    let version = std::env::var("CARGO_PKG_VERSION").expect("cargo sets it");
    let commit = commit().map_or_else(String::new, |commit| format!(" ({commit})"));
    println!("cargo:rustc-env=ONEBIT_VERSION={version}{commit}");
    println!("cargo:rerun-if-changed=build.rs");
    for path in ["../../Cargo.toml", "../../Cargo.lock"] {
        println!("cargo:rerun-if-changed={path}");
    }
    for krate in std::fs::read_dir("..").into_iter().flatten().flatten() {
        for part in ["src", "models", "Cargo.toml"] {
            let path = krate.path().join(part);
            if path.exists() {
                println!("cargo:rerun-if-changed={}", path.display());
            }
        }
    }
    // What tells of a new commit, which in a worktree lies elsewhere: the log of HEAD, or HEAD and its branch.
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["logs/HEAD", "HEAD", branch.as_deref().unwrap_or("HEAD")] {
        if let Some(path) = git(&["rev-parse", "--git-path", name])
            && Path::new(&path).exists()
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}

fn commit() -> Option<String> {
    // Only of the repository that this is a crate of, not of one that a copy of the sources lies in.
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let root = Path::new("../..").canonicalize().ok()?;
    if Path::new(&top).canonicalize().ok()? != root {
        return None;
    }
    let name = git(&["rev-parse", "--short=10", "HEAD"])?;
    let status = ["status", "--porcelain", "--untracked-files=no", "--"];
    let changed = git(&[&status[..], &SOURCES[..]].concat())?;
    Some(if changed.is_empty() {
        name
    } else {
        format!("{name}, changed")
    })
}

/// What git prints, asked about this folder and without a lock that a commit might be waiting for.
fn git(arguments: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("--no-optional-locks").args(arguments);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    let output = git.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
