//! What a run tells of its memory at the start is near what it takes at its peak: at most 10 % less, and 30 % more.
//!
//! The images are noise in the files of CIFAR-10, all 60,000. With `ONEBIT_LONG=1` wide networks too, which take minutes.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Noise under the labels 0 to 9 in turn.
fn cifar(root: &Path) {
    let folder = root.join("cifar-10-batches-bin");
    fs::create_dir(&folder).unwrap();
    let names = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
    fs::write(folder.join("batches.meta.txt"), names).unwrap();
    let mut state = 1u32;
    let files = (1..=5).map(|part| format!("data_batch_{part}.bin"));
    for file in files.chain(["test_batch.bin".into()]) {
        let mut bytes = vec![0; 10_000 * 3073];
        for (index, record) in bytes.chunks_exact_mut(3073).enumerate() {
            record[0] = (index % 10) as u8;
            for pixel in &mut record[1..] {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *pixel = (state >> 24) as u8;
            }
        }
        fs::write(folder.join(file), bytes).unwrap();
    }
}

/// The total that is told and the peak, in MiB, and the line that tells it.
fn told_and_taken(root: &Path, net: &str, batch: usize) -> (f64, f64, String) {
    let run = root.join(format!("{net}-{batch}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_onebit"));
    command.args(["train", "--dataset", "cifar10", "--dashboard", "none"]);
    command.args(["--net", net, "--batch-size", &batch.to_string()]);
    command.args(["--max-steps", "3", "--limit-test", "250"]);
    command.arg("--data").arg(root).arg("--out").arg(&run);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut kibibytes = 0u64;
    // The peak only grows: that of the last look is the peak of all but the last milliseconds.
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        kibibytes = kibibytes.max(now.unwrap_or(0));
        thread::sleep(Duration::from_millis(5));
    }
    let mut text = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    let line = text.lines().find(|line| line.starts_with("memory: about "));
    let line = line.unwrap().to_owned();
    let total = line["memory: about ".len()..].split(':').next().unwrap();
    let (number, unit) = total.split_once(' ').unwrap();
    let number: f64 = number.parse().unwrap();
    let told = match unit {
        "GiB" => 1024.0 * number,
        unit => {
            assert_eq!(unit, "MiB");
            number
        }
    };
    (told, kibibytes as f64 / 1024.0, line)
}

fn check(nets: &[&str]) {
    let root = tempfile::tempdir().unwrap();
    cifar(root.path());
    let mut wrong = Vec::new();
    for net in nets {
        for batch in [50, 125] {
            let (told, taken, line) = told_and_taken(root.path(), net, batch);
            let ratio = told / taken;
            println!("{net} {batch}: told {told:.0} MiB, taken {taken:.0}, {ratio:.2}; {line}");
            if !(0.9..=1.3).contains(&ratio) {
                wrong.push(format!("{net} {batch}: told {told:.0}, taken {taken:.0}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_narrow_network() {
    check(&["wrn-20-1"]);
}

#[test]
fn wide_networks() {
    if std::env::var_os("ONEBIT_LONG").is_none_or(|value| value != "1") {
        testkit::skipped(
            "the memory of wide networks",
            "it takes minutes; set ONEBIT_LONG=1",
        );
        return;
    }
    check(&["wrn-20-4", "wrn-20-10"]);
}
