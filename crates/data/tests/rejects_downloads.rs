//! Downloads that must not end well, and what they leave behind.

mod common;

use std::fs;
use std::net::TcpListener;

use common::server::{Habit, Server, content, fetch, manifest};
use common::{put, skipped};
use data::{DataError, Manifest};

#[test]
fn a_wrong_checksum_is_named_and_the_part_removed() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    let mut wrong = bytes.clone();
    wrong[7] ^= 1;
    let server = Server::start(Habit::Ranges(wrong));
    let (result, events) = fetch(&manifest(&bytes, &[server.url()], true), root.path());
    let error = result.unwrap_err().to_string();
    assert!(error.contains("MD5") && error.contains("expected") && error.contains("found"));
    assert_eq!(events, ["started at 0", "verifying", "failed"]);
    assert_eq!(fs::read_dir(root.path().join("d")).unwrap().count(), 0);
}

#[test]
fn when_all_addresses_fail_each_is_named() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    let gone = Server::start(Habit::Status(404));
    let ill = Server::start(Habit::Status(503));
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/f", listener.local_addr().unwrap())
    };
    let urls = [gone.url(), nobody, ill.url()];
    let (result, events) = fetch(&manifest(&bytes, &urls, true), root.path());
    let error = result.unwrap_err();
    assert!(matches!(&error, DataError::AllMirrorsFailed { attempts, .. } if attempts.len() == 3));
    let text = error.to_string();
    assert!(urls.iter().all(|url| text.contains(url)), "{text}");
    assert!(
        text.contains("404") && text.contains("503") && text.contains("3 addresses"),
        "{text}"
    );
    assert_eq!(events, ["failed"; 3]);
}

#[test]
fn no_more_than_the_expected_size_is_written() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    let longer = [&bytes[..], &[0; 1_000_000]].concat();
    // Announced, the excess is refused before it is read; unannounced, when it comes.
    for (habit, word) in [
        (Habit::Whole(longer.clone()), "1200000 announced"),
        (Habit::Chunked(longer), "at most 200000 bytes"),
    ] {
        let server = Server::start(habit);
        let (result, _) = fetch(&manifest(&bytes, &[server.url()], true), root.path());
        let error = result.unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        assert_eq!(fs::read_dir(root.path().join("d")).unwrap().count(), 0);
    }
}

#[test]
fn a_shorter_file_than_expected_is_refused() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    for habit in [
        Habit::Whole(bytes[..999].to_vec()),
        Habit::Chunked(bytes[..999].to_vec()),
    ] {
        let server = Server::start(habit);
        let (result, _) = fetch(&manifest(&bytes, &[server.url()], true), root.path());
        let error = result.unwrap_err().to_string();
        assert!(
            error.contains("200000 bytes") && error.contains("999"),
            "{error}"
        );
        assert!(!root.path().join("d/f").exists());
    }
}

#[test]
fn another_file_under_the_name_is_not_touched() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    put(root.path(), "d/f", b"mine");
    let server = Server::start(Habit::Ranges(bytes.clone()));
    let (result, events) = fetch(&manifest(&bytes, &[server.url()], true), root.path());
    let error = result.unwrap_err().to_string();
    assert!(error.contains("move it away"), "{error}");
    assert!(events.is_empty());
    assert_eq!(fs::read(root.path().join("d/f")).unwrap(), b"mine");
}

#[test]
fn an_endless_redirect_ends() {
    let root = tempfile::tempdir().unwrap();
    let last = Server::start(Habit::Status(404));
    let mut chain = vec![Server::start(Habit::Redirect(last.url()))];
    for _ in 0..12 {
        chain.push(Server::start(Habit::Redirect(chain.last().unwrap().url())));
    }
    let (result, _) = fetch(
        &manifest(b"abc", &[chain.last().unwrap().url()], true),
        root.path(),
    );
    let error = result.unwrap_err().to_string();
    assert!(error.contains("redirect"), "{error}");
}

#[test]
fn a_second_download_into_the_folder_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let Ok(folder) = fs::File::open(root.path()) else {
        skipped(
            "a_second_download_into_the_folder_is_refused",
            "folders cannot be locked here",
        );
        return;
    };
    folder.lock().unwrap();
    let (result, _) = fetch(
        &manifest(b"abc", &["http://127.0.0.1:1/f".into()], true),
        root.path(),
    );
    assert!(matches!(result, Err(DataError::Busy { .. })), "{result:?}");
}

#[test]
fn an_unknown_dataset_is_named_with_the_known_ones() {
    let root = tempfile::tempdir().unwrap();
    let error =
        data::fetch(&Manifest::embedded(), "imagenet", root.path(), &mut |_| ()).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("cifar10, cifar100, fashion-mnist, mnist, svhn"),
        "{error}"
    );
    assert!(error.contains("`imagenet`"), "{error}");
}

#[test]
fn a_root_that_cannot_be_made_is_named() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "file", b"");
    let (result, _) = fetch(
        &manifest(b"abc", &["http://127.0.0.1:1/f".into()], true),
        &root.path().join("file"),
    );
    assert!(matches!(result, Err(DataError::Io { .. })), "{result:?}");
}
