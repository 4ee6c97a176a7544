//! What a user can get wrong ends with a message that names it, and status 1 or 2.

mod common;

use std::fs;

use common::{failure, success, tiny, trainer};
use tempfile::tempdir;

#[test]
fn misuse_is_status_2() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    let cases: [(&[&str], &[&str]); 17] = [
        (&["--net", "wrn-19-1"], &["19", "6n+2"]),
        // Whatever memory the machine has.
        (
            &["--net", "wrn-602-64"],
            &["at most 1073741824 weights to train"],
        ),
        (&["--net", "resnet"], &["resnet", "wrn-20-4"]),
        (&["--weights", "2bit"], &["2bit", "1bit, 32bit"]),
        (&["--dataset", "cifar"], &["cifar", "cifar10"]),
        (&["--augment", "mirror"], &["mirror", "crop-flip"]),
        (
            &["--device", "cuda"],
            &["cuda", "not compiled in", "--features cuda"],
        ),
        (&["--device", "abacus"], &["abacus", "flex"]),
        (&["--set", "epoch=3"], &["unknown key `epoch`", "epochs"]),
        (&["--set", "epochs"], &["key=value"]),
        (&["--epochs", "0"], &["--epochs 0: ", "1 to 1000000"]),
        (
            &["--batch-size", "0"],
            &["--batch-size 0: ", "1 to 1000000"],
        ),
        (
            &["--batch-size", "1"],
            &["`batch_size` = 1, in 1 part", "every gradient"],
        ),
        (
            &["--batch-size", "6", "--accumulate", "4"],
            &["in 4 parts", "2 images or more"],
        ),
        (&["--size", "16"], &["--size 16: ", "own images"]),
        (&["--fit", "pad"], &["--fit pad: ", "own images"]),
        (&["--set", "momentum=2"], &["--set momentum=2: ", "0 to 1"]),
    ];
    for (arguments, said) in cases {
        let message = failure(tiny(&out, 1).args(arguments), 2);
        for words in said {
            assert!(message.contains(words), "{arguments:?}: {message}");
        }
        assert!(!out.exists(), "{arguments:?} left a run folder behind");
    }
}

#[test]
fn a_config_file_that_is_wrong_is_named() {
    let dir = tempdir().unwrap();
    let config = dir.path().join("a.toml");
    let train = |text: &str| {
        fs::write(&config, text).unwrap();
        failure(
            trainer()
                .args(["train", "--dashboard", "none", "--config"])
                .arg(&config),
            2,
        )
    };
    for (text, said) in [
        ("epochz = 3", "unknown key `epochz`"),
        ("epochs = \"three\"", "`epochs`"),
        ("net = \"wrn-21-1\"", "6n+2"),
        ("epochs = ", "expected TOML"),
        ("epochs = -1", "`epochs` = -1: expected 1 to 1000000"),
        ("[train]\nepochs = 3", "unknown key `train`"),
    ] {
        let message = train(text);
        assert!(
            message.contains("a.toml") && message.contains(said),
            "{text}: {message}"
        );
    }
    let missing = dir.path().join("b.toml");
    let message = failure(trainer().args(["train", "--config"]).arg(missing), 1);
    assert!(message.contains("b.toml"), "{message}");
}

#[test]
fn a_wrong_number_of_a_network_file_is_told_with_its_line() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("net.toml");
    fs::write(&file, "version = 1\n[stem]\nchannels = \"x\"\n").unwrap();
    let message = failure(trainer().args(["summary", "--net"]).arg(&file), 2);
    let said = "found in line 3: invalid type: string \"x\", expected a whole number; see";
    assert!(message.contains(said), "{message}");
}

#[test]
fn missing_data_says_how_to_get_it() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    for dataset in ["mnist", "fashion-mnist", "cifar10", "cifar100"] {
        let message = failure(
            trainer()
                .args(["train", "--dataset", dataset, "--dashboard", "none"])
                .arg("--data")
                .arg(dir.path())
                .arg("--out")
                .arg(&out),
            1,
        );
        assert!(
            message.contains(&format!("onebit fetch {dataset}")),
            "{message}"
        );
        assert!(message.contains("--data"), "{message}");
        assert!(!out.exists());
    }
}

#[test]
fn limits_that_leave_no_image_are_refused() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    // With a limit a batch is what there is; without one it has to be full.
    let whole = ["--batch-size", "20000", "--limit-train", "0"];
    let message = failure(tiny(&out, 1).args(whole), 2);
    assert!(
        message.contains("batch_size") && message.contains("10000"),
        "{message}"
    );
    let message = failure(tiny(&out, 1).args(["--validation", "250"]), 2);
    assert!(
        message.contains("--validation 250: expected 10 to 240"),
        "{message}"
    );
}

#[test]
fn run_folders_are_protected() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    success(&mut tiny(&out, 1));
    let model = fs::read(out.join("model.bpk")).unwrap();

    let message = failure(&mut tiny(&out, 1), 2);
    assert!(
        message.contains("--resume") && message.contains("run"),
        "{message}"
    );
    assert_eq!(fs::read(out.join("model.bpk")).unwrap(), model);

    let resume = || {
        let mut command = trainer();
        command.args(["train", "--dashboard", "none", "--resume"]);
        command
    };
    let message = failure(resume().arg(dir.path()), 1);
    assert!(message.contains("config.toml"), "{message}");
    failure(resume().arg(&out).args(["--seed", "2"]), 2);

    let eval = |run: &std::path::Path| {
        let mut command = trainer();
        command.args(["eval", "--run"]).arg(run);
        command
    };
    let message = failure(&mut eval(dir.path()), 1);
    assert!(message.contains("config.toml"), "{message}");
    failure(eval(&out).args(["--limit", "0"]), 2);
    let message = failure(eval(&out).args(["--checkpoint", "9"]), 1);
    assert!(message.contains("model-9.bpk"), "{message}");
    let message = failure(
        eval(&out)
            .args(["--dataset", "cifar10", "--data"])
            .arg(dir.path()),
        1,
    );
    assert!(message.contains("fetch cifar10"), "{message}");
}

/// Every prefix class of damage to a checkpoint: cut, emptied, overwritten.
#[test]
fn damaged_files_of_a_run_are_named() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    success(&mut tiny(&out, 1));
    let resume = || {
        let mut command = trainer();
        command
            .args(["train", "--dashboard", "none", "--resume"])
            .arg(&out)
            .args(["--epochs", "2"]);
        command
    };
    for part in ["model", "optim", "scheduler"] {
        let path = out.join(format!("checkpoint/{part}-1.bpk"));
        let whole = fs::read(&path).unwrap();
        let mut overwritten = whole.clone();
        overwritten[..32].fill(0xff);
        // The schedule's record is 256 bytes that end in padding, which nobody misses.
        let cut = if part == "scheduler" {
            20
        } else {
            whole.len() - 1
        };
        for bytes in [&whole[..0], &whole[..20], &whole[..cut], &overwritten] {
            fs::write(&path, bytes).unwrap();
            let message = failure(&mut resume(), 1);
            assert!(message.contains(&format!("{part}-1.bpk")), "{message}");
        }
        fs::write(&path, &whole).unwrap();
    }
    fs::write(out.join("model.bpk"), b"not a model").unwrap();
    let message = failure(trainer().args(["eval", "--run"]).arg(&out), 1);
    assert!(message.contains("model.bpk"), "{message}");
    fs::write(out.join("config.toml"), b"epochs = 1").unwrap();
    let message = failure(&mut resume(), 1);
    assert!(message.contains("config.toml"), "{message}");
}

/// A folder whose config is gone may still hold somebody's weights.
#[test]
fn a_new_run_does_not_go_on_from_what_lies_in_its_folder() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    success(&mut tiny(&out, 1));
    fs::remove_file(out.join("config.toml")).unwrap();
    let message = failure(&mut tiny(&out, 2), 2);
    assert!(
        message.contains("expected a folder without a run"),
        "{message}"
    );
}

#[test]
fn a_record_of_another_kind_is_refused() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    success(&mut tiny(&out, 1));
    let checkpoint = |part: &str| out.join(format!("checkpoint/{part}-1.bpk"));
    fs::copy(checkpoint("model"), checkpoint("optim")).unwrap();
    let mut resume = trainer();
    resume
        .args(["train", "--dashboard", "none", "--epochs", "2", "--resume"])
        .arg(&out);
    let message = failure(&mut resume, 1);
    assert!(message.contains("optim-1.bpk"), "{message}");
    let config = fs::read_to_string(out.join("config.toml")).unwrap();
    assert!(
        config.contains("epochs = 1"),
        "a resume that fails changes nothing: {config}"
    );
}

#[test]
fn another_network_s_file_says_so_and_asks_for_nothing_to_be_deleted() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    success(&mut tiny(&out, 1));
    let config = fs::read_to_string(out.join("config.toml")).unwrap();
    fs::write(
        out.join("config.toml"),
        config.replace("wrn-8-1", "wrn-8-2"),
    )
    .unwrap();
    // A run of an earlier version, which has no record of its network.
    fs::remove_file(out.join("network.json")).unwrap();
    for more in [&[][..], &["--checkpoint", "1"]] {
        let message = failure(trainer().args(["eval", "--run"]).arg(&out).args(more), 1);
        assert!(
            message.contains("not the one that config and dataset describe"),
            "{message}"
        );
        assert!(!message.contains("delete"), "{message}");
    }
}

#[test]
fn numbers_beyond_reason_are_refused() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    for key in ["epochs", "first_cycle", "batch_size", "keep_checkpoints"] {
        let set = format!("{key}=4611686018427387904");
        // A flag of `tiny` would win over --set.
        let mut train = trainer();
        train
            .args(["train", "--dashboard", "none", "--set", &set, "--out"])
            .arg(&out);
        let message = failure(&mut train, 2);
        assert!(
            message.contains(&format!("--set {set}: expected")),
            "{message}"
        );
    }
    success(
        tiny(&out, 1)
            .env("ONEBIT_ISA", "")
            .args(["--max-steps", "1"]),
    );
    fs::remove_dir_all(&out).unwrap();
    let message = failure(tiny(&out, 1).env("ONEBIT_ISA", "abacus"), 2);
    assert!(
        message.contains("abacus") && message.contains("portable"),
        "{message}"
    );
}

#[test]
fn a_training_that_diverges_ends_and_says_so() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("run");
    // With 32-bit weights a rate of 1000 overflows within a few steps.
    let message = failure(
        tiny(&out, 40).args([
            "--weights",
            "32bit",
            "--set",
            "learning_rate=1000",
            "--set",
            "weight_decay=1",
        ]),
        1,
    );
    assert!(
        message.contains("diverged") && message.contains("learning_rate"),
        "{message}"
    );
}

#[test]
fn names_do_not_steer_the_terminal() {
    let mut command = trainer();
    command.args("train --dataset mnist --dashboard none --data".split(' '));
    command.arg("/no\u{1b}[2Jwhere");
    let message = failure(&mut command, 1);
    assert!(message.contains(r"/no\u{1b}[2Jwhere"), "{message}");
    assert!(!message.contains('\u{1b}'), "{message}");
}

/// On the standard output as in errors, whatever command names them.
#[cfg(unix)]
#[test]
fn folders_of_runs_do_not_steer_the_terminal() {
    let dir = tempdir().unwrap();
    let plain = dir.path().join("plain");
    success(&mut tiny(&plain, 1));
    let name = "\u{1b}[2Jrun";
    common::inputs::copy(&plain, &dir.path().join(name));
    for words in [
        "eval --limit 20 --run",
        "runs plain",
        "runs --json",
        "inspect",
        "report --out page.html",
        "train --resume",
        "train --dashboard plain --epochs 2 --resume",
        "train --json --epochs 3 --resume",
        "export --to onebit --out net --run",
        "export --to c --out c --json --run",
        "train --dataset glyphs --net wrn-8-1 --limit-train 250 --limit-test 20 --epochs 1 --dashboard plain \
            --out begun --init",
    ] {
        let mut command = trainer();
        let output = command.args(words.split_whitespace()).arg(name);
        let output = output.current_dir(dir.path()).output().unwrap();
        let text = [&output.stdout[..], &output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(output.status.success(), "{words}: {text}");
        assert!(!text.contains('\u{1b}'), "{words}: {text:?}");
    }
}

/// A limit on the size of files, and a standard error that is closed or full: a message where there is room for it, and
/// an exit status, no signal and no panic.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_ends_the_program_in_order() {
    use std::fs::File;
    use std::process::{Command, Stdio};

    let dir = tempdir().unwrap();
    let shell = |words: &str| {
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_onebit");
        command.args(["-c", &format!("{words} exec \"{program}\" \"$@\""), "sh"]);
        command.current_dir(dir.path());
        command
    };
    // Blocks of 512 bytes: a checkpoint does not fit.
    let mut limited = shell("ulimit -f 40;");
    limited.args([
        "train",
        "--net",
        "wrn-8-1",
        "--epochs",
        "2",
        "--dashboard",
        "none",
    ]);
    limited.args(["--limit-train", "250", "--limit-test", "20", "--out", "run"]);
    let output = limited.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("File too large"), "{said}");

    let mut closed = shell("exec 2>&-;");
    let output = closed.args(["inspect", "nothing"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = shell("");
    let status = command
        .args(["inspect", "nothing"])
        .stderr(Stdio::from(full))
        .status();
    assert_eq!(status.unwrap().code(), Some(1));
}
