//! Running the program as a user does.

#![allow(dead_code, reason = "each test binary uses a part of this")]

pub mod frozen;
pub mod inputs;
pub mod reports;
pub mod shim;
#[cfg(unix)]
pub mod terminal;

use std::path::Path;
use std::process::{Command, Output};

/// The program, with nothing of the caller's environment that could change what it does.
pub fn trainer() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onebit"));
    command.env_remove("ONEBIT_DATA");
    command
}

/// A run of `glyphs` that takes a second or so, in the folder `out`.
pub fn tiny(out: &Path, epochs: usize) -> Command {
    let mut command = trainer();
    command
        .args([
            "train",
            "--dataset",
            "glyphs",
            "--net",
            "wrn-8-1",
            "--batch-size",
            "25",
        ])
        .args([
            "--limit-train",
            "250",
            "--limit-test",
            "60",
            "--dashboard",
            "none",
        ])
        .args(["--epochs", &epochs.to_string(), "--out"])
        .arg(out);
    command
}

/// Runs a command to a successful end and returns its standard output.
pub fn success(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{command:?}\n{stdout}\n{stderr}");
    stdout
}

/// Runs a command that must end with this exit status, and returns what it says of it. An error
/// is one line, and never a panic.
pub fn failure(command: &mut Command, status: i32) -> String {
    let output = command.output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(
        output.status.code(),
        Some(status),
        "{command:?}\n{stdout}\n{stderr}"
    );
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(stderr.contains("error"), "{stderr}");
    stderr
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}
