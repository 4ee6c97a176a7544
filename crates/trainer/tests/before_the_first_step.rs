//! What training says, or refuses, before its first step: memory, batches, cycles.

mod common;

use common::{failure, inputs, success, tiny, trainer};
use tempfile::tempdir;

#[test]
fn epochs_that_end_amid_a_cycle_are_told_when_beginning_and_going_on() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    let said = success(&mut tiny(&out, 2));
    assert!(!said.contains("amid a cycle"), "{said}");
    let mut longer = trainer();
    longer.args(["train", "--epochs", "3", "--dashboard", "none", "--resume"]);
    let said = success(longer.arg(&out));
    let told: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("amid a cycle"))
        .collect();
    assert_eq!(told.len(), 1, "{said}");
    assert!(
        told[0].contains("2, 6, 14, 30")
            && told[0].ends_with("nearest after 2 and 6; choose with --epochs")
    );
    let said = success(&mut tiny(&dir.path().join("one"), 1));
    assert!(said.contains("1 epoch ends amid a cycle"), "{said}");
}

#[test]
fn small_sets_get_a_batch_that_fits_or_plain_words() {
    let dir = tempdir().unwrap();
    let train = |images: u32, batch: Option<&str>| {
        let root = dir.path().join(images.to_string());
        inputs::idx(&root, "mnist", [images, 20], 1);
        let mut command = trainer();
        command.args(["train", "--dataset", "mnist", "--net", "wrn-8-1"]);
        command.args(["--max-steps", "1", "--dashboard", "none"]);
        if let Some(batch) = batch {
            command.args(["--batch-size", batch]);
        }
        let out = dir.path().join(format!("run-{images}-{batch:?}"));
        command.arg("--data").arg(&root).arg("--out").arg(out);
        command
    };
    let said = success(&mut train(90, None));
    assert!(
        said.contains("batches of 18 images in place of the recipe's 125"),
        "{said}"
    );
    let said = success(&mut train(249, None));
    assert!(
        said.contains("124 of them (50 %)") && said.contains("--batch-size 62"),
        "{said}"
    );
    let message = failure(&mut train(90, Some("100")), 2);
    assert!(message.contains("do not fill one batch"), "{message}");
    let said = success(&mut train(60, Some("15")));
    assert!(!said.contains("note:"), "{said}");
}

#[test]
fn memory_is_told_before_the_first_step() {
    let dir = tempdir().unwrap();
    let said = success(&mut tiny(&dir.path().join("run"), 2));
    let line = said
        .lines()
        .find(|line| line.starts_with("memory: about "))
        .unwrap();
    assert!(line.contains("25 images at once"), "{line}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_of_memory_refuses_what_does_not_fit_and_names_the_way_out() {
    use std::process::Command;
    let dir = tempdir().unwrap();
    let within = |kibibytes: u64, more: &[&str]| {
        let program = env!("CARGO_BIN_EXE_onebit");
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\""));
        shell
            .arg(program)
            .args(["train", "--dataset", "glyphs", "--net", "wrn-20-10"]);
        shell.args([
            "--limit-train",
            "2000",
            "--limit-test",
            "20",
            "--max-steps",
            "1",
            "--dashboard",
            "none",
        ]);
        shell.arg("--out").arg(dir.path().join("run")).args(more);
        shell
    };
    let message = failure(&mut within(8_000_000, &["--batch-size", "2000"]), 1);
    for part in [
        "GiB are needed",
        "ulimit -v",
        "--accumulate ",
        "--batch-size ",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(
        !dir.path().join("run").exists(),
        "refused before a folder is made"
    );
}
