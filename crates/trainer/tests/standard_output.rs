//! `--out -`: what is one file goes to the standard output, and lines to the standard error.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{failure, success, tiny, trainer};

/// A command in a folder, and that it leaves no file called `-`.
fn there(command: &mut Command, dir: &Path) -> Output {
    let output = command.current_dir(dir).output().unwrap();
    assert!(!dir.join("-").exists(), "{command:?}");
    output
}

#[test]
fn one_file_goes_to_the_standard_output() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    success(tiny(&root.join("run"), 1).args(["--validation", "20"]));
    let command = |words: &[&str], out: &str| {
        let mut command = trainer();
        command.args(words).args(["--out", out]).current_dir(root);
        command
    };
    let forms = [
        &["export", "--run", "run", "--to", "onebit"][..],
        // It says of its own that classes are called as the images'.
        &[
            "export",
            "--run",
            "run",
            "--to",
            "onebit",
            "--calibrate",
            "glyphs",
        ],
        &["export", "--run", "run", "--to", "onnx"],
        &["export", "--run", "run", "--to", "safetensors"],
        &["import", "file-3", "--from", "safetensors"],
        &["report", "run"],
    ];
    for (number, words) in forms.iter().enumerate() {
        let file = format!("file-{number}");
        success(&mut command(words, &file));
        let output = there(&mut command(words, "-"), root);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {said}");
        assert!(said.contains("standard output: "), "{said}");
        let written = fs::read(root.join(file)).unwrap();
        assert!(!written.is_empty() && output.stdout == written, "{words:?}");
    }
    let mut c = command(&["export", "--run", "run", "--to", "c"], "-");
    let message = failure(&mut c, 2);
    assert!(
        message.contains("--out -: expected the name of a folder"),
        "{message}"
    );
    let mut figures = command(&["report", "run", "--figures", "-"], "page.html");
    let message = failure(&mut figures, 2);
    assert!(message.contains("--figures -"), "{message}");
    assert!(!root.join("-").exists() && !root.join("page.html").exists());
    // The line of --json is alone on the standard output.
    for words in [forms[0], forms[4], forms[5]] {
        let message = failure(command(words, "-").arg("--json"), 2);
        assert!(
            message.contains("--out -: expected the name of a file beside --json"),
            "{message}"
        );
    }
    // A file of this name can be named all the same.
    success(&mut command(forms[0], "./-"));
    assert!(root.join("-").is_file());
}

/// The program by a shell that does this with its outputs.
#[cfg(unix)]
fn redirected(dir: &Path, redirection: &str, words: &str) -> Output {
    let script = format!("exec \"$0\" {words} {redirection}");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_onebit")]);
    command.current_dir(dir).output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_closed_or_full_is_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    success(tiny(&root.join("run"), 1).args(["--validation", "20"]));
    let train = "train --dataset glyphs --net wrn-8-0.25 --limit-train 50 --limit-test 20 --batch-size 25 --epochs 1 \
        --checkpoint-minutes 0 --dashboard plain";
    let commands = [
        (train, 0),
        ("train --resume run --dashboard none", 0),
        ("eval --run run --limit 20", 0),
        ("export --run run --to onebit --out net", 0),
        ("predict --run run run/augmented.png --json", 0),
        ("runs run", 0),
        ("report run --out page.html", 0),
        ("summary --net wrn-8-1", 0),
        ("train --resume nothing", 1),
        ("train --no-such-flag", 2),
        ("--help", 0),
    ];
    for (words, status) in commands {
        for (redirection, may_fail) in [
            ("2>&-", false),
            ("2>/dev/full", false),
            (">&-", false),
            (">/dev/full", true),
            (">/dev/full 2>/dev/full", true),
            ("<&- >&- 2>&-", false),
        ] {
            let output = redirected(root, redirection, words);
            let code = output.status.code();
            let said = String::from_utf8_lossy(&output.stderr);
            let expected = code == Some(status) || (may_fail && code == Some(1));
            assert!(expected, "{words} {redirection}: {} {said}", output.status);
            assert!(!said.contains("panicked"), "{words} {redirection}: {said}");
        }
    }
}

/// A reader that went away has not the whole file.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_nobody_reads_to_its_end_is_a_loss() {
    let dir = tempfile::tempdir().unwrap();
    for to in ["onebit", "onnx", "safetensors"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut export = trainer();
        export.args([
            "export",
            "--model",
            "cifar10-20-1",
            "--to",
            to,
            "--out",
            "-",
        ]);
        export.current_dir(dir.path()).stdout(writer);
        let output = export.stderr(std::process::Stdio::piped()).spawn().unwrap();
        let output = output.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{to}: {said}");
        let losses = said.matches("error: standard output: Broken pipe").count();
        assert_eq!(losses, 1, "{to}: {said}");
        // Closed before it began, it is refused before anything is computed.
        let words = format!("export --model cifar10-20-1 --to {to} --out -");
        let output = redirected(dir.path(), ">&-", &words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{to}: {said}");
        assert!(
            said.contains("expected the standard output to be open"),
            "{said}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_full_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    success(&mut tiny(&dir.path().join("run"), 1));
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut export = trainer();
    export.args(["export", "--to", "onebit", "--out", "-", "--run", "run"]);
    let message = failure(export.current_dir(dir.path()).stdout(full), 1);
    assert_eq!(message.matches("error: ").count(), 1, "{message}");
}
