//! `onebit fetch` from a server on loopback, then a run with what came.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;

use common::{failure, success, trainer};
use flate2::{Compression, write::GzEncoder};
use tempfile::tempdir;

/// A gzipped IDX file of `n` images of 28×28 noise, or of their labels.
fn idx(n: u32, images: bool) -> Vec<u8> {
    let mut bytes = if images {
        vec![0, 0, 8, 3]
    } else {
        vec![0, 0, 8, 1]
    };
    bytes.extend(n.to_be_bytes());
    if images {
        bytes.extend([28u32, 28].iter().flat_map(|side| side.to_be_bytes()));
        bytes.extend((0..n * 28 * 28).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8));
    } else {
        bytes.extend((0..n).map(|i| (i % 10) as u8));
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&bytes).unwrap();
    gzip.finish().unwrap()
}

const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
];

/// Serves four files under their names; ends with the test's process.
fn serve() -> (u16, Vec<Vec<u8>>) {
    let files = vec![
        idx(100, true),
        idx(100, false),
        idx(30, true),
        idx(30, false),
    ];
    let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
    let port = server.server_addr().to_ip().unwrap().port();
    let served = files.clone();
    std::thread::spawn(move || {
        for request in server.incoming_requests() {
            let index = NAMES
                .iter()
                .position(|name| request.url() == format!("/{name}"));
            let sent = match index {
                Some(index) => {
                    request.respond(tiny_http::Response::from_data(served[index].clone()))
                }
                None => request.respond(tiny_http::Response::empty(404)),
            };
            sent.ok();
        }
    });
    (port, files)
}

fn manifest(path: &Path, port: u16, files: &[Vec<u8>], spoil: bool) {
    use md5::{Digest, Md5};
    let mut text = String::new();
    for (name, bytes) in NAMES.iter().zip(files) {
        let digest = Md5::digest(if spoil { b"other" } else { &bytes[..] });
        let md5: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        text += &format!(
            "[[mnist]]\npath = \"mnist/{name}\"\nurls = [\"http://127.0.0.1:{port}/gone\", \"http://127.0.0.1:{port}/{name}\"]\nmd5 = \"{md5}\"\n\n"
        );
    }
    fs::write(path, text).unwrap();
}

#[test]
fn what_was_fetched_can_be_trained_on() {
    let dir = tempdir().unwrap();
    let (port, files) = serve();
    let path = dir.path().join("manifest.toml");
    manifest(&path, port, &files, false);
    let data = dir.path().join("data");
    let fetch = || {
        let mut command = trainer();
        command
            .args(["fetch", "mnist", "--manifest"])
            .arg(&path)
            .arg("--data")
            .arg(&data);
        command
    };
    let said = success(&mut fetch());
    assert!(said.contains("4 files in place"), "{said}");
    assert!(
        success(&mut fetch()).contains("already there"),
        "a second time nothing is sent"
    );

    let said = success(
        trainer()
            .args([
                "train",
                "--dataset",
                "mnist",
                "--net",
                "wrn-8-1",
                "--epochs",
                "1",
            ])
            .args(["--batch-size", "50", "--dashboard", "none"])
            .env("ONEBIT_DATA", &data)
            .arg("--out")
            .arg(dir.path().join("run")),
    );
    assert!(said.contains("of 30)"), "{said}");
}

#[test]
fn a_wrong_checksum_is_an_error_and_leaves_nothing() {
    let dir = tempdir().unwrap();
    let (port, files) = serve();
    let path = dir.path().join("manifest.toml");
    manifest(&path, port, &files, true);
    let data = dir.path().join("data");
    let message = failure(
        trainer()
            .args(["fetch", "mnist", "--manifest"])
            .arg(&path)
            .arg("--data")
            .arg(&data),
        1,
    );
    assert!(message.contains("train-images-idx3-ubyte.gz"), "{message}");
    assert!(!data.join("mnist/train-images-idx3-ubyte.gz").exists());
    assert!(!data.join("mnist/train-images-idx3-ubyte.gz.part").exists());
}

#[test]
fn what_cannot_be_fetched_is_misuse() {
    let message = failure(trainer().args(["fetch", "imagenet"]), 2);
    assert!(message.contains("cifar10"), "lists what can be: {message}");
    let dir = tempdir().unwrap();
    let path = dir.path().join("manifest.toml");
    fs::write(&path, "[[mnist]]\npath = \"../outside\"\nurls = [\"http://127.0.0.1:9/x\"]\nmd5 = \"00000000000000000000000000000000\"\n").unwrap();
    let message = failure(
        trainer().args(["fetch", "mnist", "--manifest"]).arg(&path),
        2,
    );
    assert!(
        message.contains("manifest.toml") && message.contains("outside"),
        "{message}"
    );
}
