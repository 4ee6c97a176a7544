//! Folders from elsewhere: what somebody has put in the place of the program's own files is neither written
//! through nor waited for, and no file is read without bound.
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use common::{failure, success, tiny, trainer};
use tempfile::tempdir;

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

/// Replaces a file by a link to one that must stay as it is, and returns that.
fn plant(path: &Path, theirs: &Path) {
    let _ = fs::remove_file(path);
    fs::write(theirs, "theirs").unwrap();
    symlink(theirs, path).unwrap();
}

fn untouched(theirs: &Path) {
    assert_eq!(fs::read_to_string(theirs).unwrap(), "theirs");
}

#[test]
fn logs_of_a_sweep_are_its_own() {
    let dir = tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let text = "seeds = \"1\"\n[settings]\ndataset = \"glyphs\"\nnet = \"wrn-8-1\"\nlimit_train = 50\n\
                limit_test = 20\nbatch_size = 25\nepochs = 1\n";
    fs::write(at("s.toml"), text).unwrap();
    let sweep = |out: &str| {
        let mut sweep = trainer();
        sweep
            .arg("sweep")
            .arg(at("s.toml"))
            .arg("--out")
            .arg(at(out));
        sweep
    };
    fs::create_dir_all(at("link/logs")).unwrap();
    plant(&at("link/logs/seed=1.log"), &at("theirs"));
    let message = failure(&mut sweep("link"), 1);
    assert!(message.contains("it is a link"), "{message}");
    untouched(&at("theirs"));

    fs::create_dir_all(at("pipe/logs")).unwrap();
    pipe(&at("pipe/logs/seed=1.log"));
    let message = failure(&mut sweep("pipe"), 1);
    assert!(message.contains("no regular file"), "{message}");

    for folder in ["folder", "elsewhere"] {
        fs::create_dir(at(folder)).unwrap();
    }
    symlink(at("elsewhere"), at("folder/logs")).unwrap();
    let message = failure(&mut sweep("folder"), 1);
    assert!(
        message.contains("logs") && message.contains("it is a link"),
        "{message}"
    );
    assert_eq!(fs::read_dir(at("elsewhere")).unwrap().count(), 0);
}

/// Before hours of training, whatever is in the place of a file or folder of its own.
#[test]
fn a_search_writes_through_nothing() {
    let dir = tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let search = |out: &Path| {
        let mut fit = trainer();
        fit.args([
            "fit",
            "--flash",
            "18K",
            "--ram",
            "12K",
            "--dataset",
            "glyphs",
        ]);
        for set in ["limit_train=250", "limit_test=60", "batch_size=25"] {
            fit.args(["--set", set]);
        }
        fit.args(["--candidates", "3", "--epochs", "6"]);
        fit.arg("--out").arg(out);
        fit
    };
    for file in ["fit.html", "winner.onebit"] {
        let out = at(&format!("out-{file}"));
        fs::create_dir_all(out.join("logs")).unwrap();
        plant(&out.join(file), &at("theirs"));
        let message = failure(&mut search(&out), 1);
        assert!(
            message.contains(file) && message.contains("it is a link"),
            "{message}"
        );
        untouched(&at("theirs"));
        fs::remove_file(out.join(file)).unwrap();
        pipe(&out.join(file));
        let message = failure(&mut search(&out), 1);
        assert!(message.contains("no regular file"), "{message}");
    }
    for folder in ["candidates", "logs", "winner"] {
        let (out, elsewhere) = (
            at(&format!("out-{folder}")),
            at(&format!("elsewhere-{folder}")),
        );
        fs::create_dir_all(&out).unwrap();
        fs::create_dir_all(&elsewhere).unwrap();
        symlink(&elsewhere, out.join(folder)).unwrap();
        let message = failure(&mut search(&out), 1);
        assert!(
            message.contains(folder) && message.contains("it is a link"),
            "{message}"
        );
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    }
}

#[test]
fn a_run_with_planted_files_is_refused() {
    let dir = tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let run = at("run");
    success(&mut tiny(&run, 1));
    let resume = || {
        let mut resume = trainer();
        resume.args(["train", "--dashboard", "none", "--epochs", "2", "--resume"]);
        resume.arg(at("run"));
        resume
    };
    for file in ["metrics.jsonl", "steps.jsonl", "weights.jsonl"] {
        let path = run.join(file);
        let kept = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        pipe(&path);
        let message = failure(&mut resume(), 1);
        assert!(
            message.contains(file) && message.contains("no regular file"),
            "{message}"
        );
        fs::remove_file(&path).unwrap();
        symlink("/dev/zero", &path).unwrap();
        let message = failure(&mut resume(), 1);
        assert!(
            message.contains(file) && message.contains("no regular file"),
            "{message}"
        );
        fs::remove_file(&path).unwrap();
        fs::write(&path, kept).unwrap();
    }

    // Files of holes: they take no room on the disk.
    let config = run.join("config.toml");
    let kept = fs::read(&config).unwrap();
    fs::File::create(&config).unwrap().set_len(1 << 40).unwrap();
    let mut eval = trainer();
    eval.arg("eval").arg("--run").arg(&run);
    let mut export = trainer();
    export.args(["export", "--to", "onebit", "--run"]).arg(&run);
    export.arg("--out").arg(at("x.onebit"));
    for command in [&mut eval, &mut export, &mut resume()] {
        let message = failure(command, 1);
        let expected = "expected at most 1048576 bytes, found 1099511627776 bytes";
        assert!(
            message.contains("config.toml") && message.contains(expected),
            "{message}"
        );
    }
    fs::write(&config, kept).unwrap();
    success(&mut resume());
}

#[test]
fn files_that_the_program_names_do_not_follow_links() {
    let dir = tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    success(&mut tiny(&at("run"), 1));
    let report = || {
        let mut report = trainer();
        report
            .arg("report")
            .arg(at("run"))
            .arg("--out")
            .arg(at("page.html"));
        report.arg("--figures").arg(at("figures"));
        report
    };
    let hub = || {
        let mut hub = trainer();
        hub.args(["export", "--to", "hub", "--run"]).arg(at("run"));
        hub.arg("--out").arg(at("hub"));
        hub
    };
    let man = || {
        let mut man = trainer();
        man.args(["man", "--out"]).arg(at("man"));
        man
    };
    for (folder, command) in [
        ("figures", &report as &dyn Fn() -> Command),
        ("hub", &hub),
        ("man", &man),
    ] {
        success(&mut command());
        // Over what it wrote before.
        success(&mut command());
        let mut names = fs::read_dir(at(folder)).unwrap();
        let file = match folder {
            "hub" => at("hub/model.onebit"),
            _ => names.next().unwrap().unwrap().path(),
        };
        plant(&file, &at("theirs"));
        let message = failure(&mut command(), 1);
        assert!(message.contains("it is a link"), "{message}");
        untouched(&at("theirs"));
    }
    // What a user names may be a link.
    plant(&at("page.html"), &at("theirs"));
    let mut report = trainer();
    report
        .arg("report")
        .arg(at("run"))
        .arg("--out")
        .arg(at("page.html"));
    success(&mut report);
    assert!(fs::read_to_string(at("theirs")).unwrap().contains("<html"));
}

#[test]
fn what_has_no_end_is_refused() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("pipe");
    pipe(&path);
    let mut inspect = trainer();
    let message = failure(inspect.arg("inspect").arg(&path), 1);
    assert!(message.contains("no regular file"), "{message}");
    if !Path::new("/dev/zero").exists() {
        eprintln!("SKIPPED: no /dev/zero");
        return;
    }
    for words in [
        "summary --net /dev/zero",
        "train --dataset glyphs --config /dev/zero",
        "sweep /dev/zero",
        "fetch mnist --manifest /dev/zero",
    ] {
        let mut command = trainer();
        let output = command.args(words.split(' ')).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{words}: {said}");
        assert!(said.contains("bytes, found more"), "{words}: {said}");
    }
}
