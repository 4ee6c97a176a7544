//! A run whose checkpoints are gone does not begin anew without a word.

mod common;

use std::fs;
use std::process::Command;

use common::{failure, success, tiny, trainer};
use tempfile::tempdir;

fn resume(run: &std::path::Path) -> Command {
    let mut resume = trainer();
    resume.args(["train", "--dashboard", "none", "--epochs", "3", "--resume"]);
    resume.arg(run);
    resume
}

#[test]
fn lost_checkpoints_of_a_trained_run_are_told_and_nothing_is_replaced() {
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    success(&mut tiny(&run, 2));
    let model = fs::read(run.join("model.bpk")).unwrap();
    let folder = run.join("checkpoint");
    let manifest = |epoch: usize| folder.join(format!("manifest-{epoch}.json"));
    let first = fs::read(manifest(1)).unwrap();

    // One that cannot be read.
    fs::write(manifest(1), "{").unwrap();
    fs::write(manifest(2), "{").unwrap();
    let message = failure(&mut resume(&run), 1);
    assert!(message.contains("manifest-2.json"), "{message}");
    // None at all.
    fs::remove_file(manifest(1)).unwrap();
    fs::remove_file(manifest(2)).unwrap();
    let message = failure(&mut resume(&run), 1);
    assert!(
        message.contains("no checkpoint of this run is whole"),
        "{message}"
    );
    // Of one checkpoint alone.
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        if path.to_string_lossy().contains("-2.") {
            fs::rename(&path, dir.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let message = failure(&mut resume(&run), 1);
    assert!(
        message.contains("that has trained 2 epochs, found none that is whole"),
        "{message}"
    );
    // And of none.
    let aside = dir.path().join("aside");
    fs::rename(&folder, &aside).unwrap();
    let message = failure(&mut resume(&run), 1);
    assert!(message.contains("put one back"), "{message}");
    // A folder that cannot be listed.
    fs::write(&folder, "").unwrap();
    let message = failure(&mut resume(&run), 1);
    assert!(message.contains("checkpoint: reading failed"), "{message}");
    fs::remove_file(&folder).unwrap();
    assert_eq!(fs::read(run.join("model.bpk")).unwrap(), model);

    fs::rename(&aside, &folder).unwrap();
    fs::write(manifest(1), first).unwrap();
    let said = success(&mut resume(&run));
    assert!(said.contains("continuing after epoch 1"), "{said}");
}

#[test]
fn a_first_checkpoint_that_was_broken_off_is_told() {
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    success(&mut tiny(&run, 1));
    fs::remove_file(run.join("result.json")).unwrap();
    fs::remove_file(run.join("checkpoint/manifest-1.json")).unwrap();
    let said = success(&mut resume(&run));
    assert!(
        said.contains("manifest-1.json") && said.contains("is passed over"),
        "{said}"
    );
    assert!(said.contains("starting anew"), "{said}");
}
