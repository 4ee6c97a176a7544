//! Training on devices that another process serves, on loopback.

#![cfg(feature = "remote")]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{failure, success, tiny, trainer};

/// A server on a free port, stopped when dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Serves these devices, to holders of `token` where there is one.
    fn start(devices: &str, token: Option<&str>) -> Self {
        let mut command = trainer();
        command.args(["serve", "--listen", "127.0.0.1:0", "--devices", devices]);
        set_token(&mut command, token);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let (_, address) = line.trim_end().split_once(" at ").expect(&line);
        let address = format!("remote:{address}");
        Self { process, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn set_token(command: &mut Command, token: Option<&str>) {
    match token {
        Some(token) => command.env("ONEBIT_TOKEN", token),
        None => command.env_remove("ONEBIT_TOKEN"),
    };
}

/// Loss and error of each step.
fn steps(run: &Path) -> Vec<[f64; 2]> {
    let text = std::fs::read_to_string(run.join("steps.jsonl")).unwrap();
    text.lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            ["loss", "learning_rate"].map(|key| line[key].as_f64().unwrap())
        })
        .collect()
}

/// A run of some steps on `devices`.
fn train(out: &Path, devices: &str, token: Option<&str>) -> Command {
    let mut command = tiny(out, 1);
    command.args(["--max-steps", "4", "--devices", devices]);
    set_token(&mut command, token);
    command
}

#[test]
fn a_remote_device_trains_as_a_local_one() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start("flex", Some("secret"));
    let local = dir.path().join("local");
    success(&mut train(&local, "flex", None));
    let remote = dir.path().join("remote");
    success(&mut train(&remote, &server.address, Some("secret")));
    let (local, remote) = (steps(&local), steps(&remote));
    assert_eq!((local.len(), remote.len()), (4, 4));
    for (step, (a, b)) in local.iter().zip(&remote).enumerate() {
        assert_eq!(a[1], b[1], "the same rates");
        // Other kernels there: rounding grows with each step, as in backends.rs.
        assert!(
            (a[0] - b[0]).abs() < 1e-3 * f64::from(1 << step),
            "{step}: {a:?} {b:?}"
        );
    }

    for token in [None, Some("wrong")] {
        let refused = dir.path().join("refused");
        let message = failure(&mut train(&refused, &server.address, token), 1);
        assert!(message.contains("ONEBIT_TOKEN"), "{message}");
        assert!(!refused.exists());
    }
}

/// A server's devices can share a run only where its backend has collective operations, which
/// the plain CPU has not: the steps themselves need a CUDA server, the refusal does not.
#[test]
fn devices_without_collectives_say_what_they_lack() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start("flex,flex", None);
    let two = format!("{0}#0,{0}#1", server.address);
    let mut command = train(&dir.path().join("two"), &two, None);
    // Not `failure`, which allows no panic: what Burn says of its own comes first.
    let output = command.args(["--batch-size", "24"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("CUDA"), "{message}");

    let elsewhere = format!("{0}#0,{0}1#0", server.address);
    let message = failure(&mut train(&dir.path().join("other"), &elsewhere, None), 2);
    assert!(message.contains("one server"), "{message}");
}

#[test]
fn bad_addresses_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    for (device, status, word) in [
        ("remote", 2, "remote:ws://HOST:PORT"),
        ("remote:http://127.0.0.1:1", 2, "remote:ws://HOST:PORT"),
        ("remote:ws://127.0.0.1:1#x", 2, "remote:ws://HOST:PORT"),
        ("remote:ws://127.0.0.1:1", 1, "onebit serve"),
    ] {
        let message = failure(&mut train(&out, device, None), status);
        assert!(message.contains(word), "{device}: {message}");
    }
    let message = failure(trainer().args(["serve", "--devices", "nothing"]), 2);
    assert!(message.contains("unknown backend"), "{message}");
}
