//! Downloads that end well, from servers of all kinds.

mod common;

use std::fs;

use common::put;
use common::server::{Habit, Server, content, cut_off, fetch, manifest};

#[test]
fn a_whole_download() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    for (habit, with_size) in [
        (Habit::Ranges(bytes.clone()), true),
        (Habit::Whole(bytes.clone()), false),
        (Habit::Chunked(bytes.clone()), true),
        (Habit::Chunked(bytes.clone()), false),
    ] {
        let server = Server::start(habit);
        let (result, events) = fetch(&manifest(&bytes, &[server.url()], with_size), root.path());
        result.unwrap();
        assert_eq!(events, ["started at 0", "verifying", "done"]);
        assert_eq!(fs::read(root.path().join("d/f")).unwrap(), bytes);
        assert!(!root.path().join("d/f.part").exists());
        fs::remove_file(root.path().join("d/f")).unwrap();
    }
}

#[test]
fn a_file_with_the_right_checksum_is_left_alone() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    put(root.path(), "d/f", &bytes);
    let server = Server::start(Habit::Status(500));
    let (result, events) = fetch(&manifest(&bytes, &[server.url()], true), root.path());
    result.unwrap();
    assert_eq!(events, ["present"]);
    assert!(server.ranges().is_empty(), "nobody was asked");
}

#[test]
fn a_cut_download_goes_on_where_it_ended() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    let (url, hung_up) = cut_off(&bytes, 60_000);
    let (result, events) = fetch(&manifest(&bytes, &[url], true), root.path());
    let error = result.unwrap_err().to_string();
    assert!(
        error.contains("200000 bytes") && error.contains("60000"),
        "{error}"
    );
    assert_eq!(events, ["started at 0", "failed"]);
    hung_up.join().unwrap();
    assert_eq!(
        fs::read(root.path().join("d/f.part")).unwrap(),
        bytes[..60_000]
    );

    let server = Server::start(Habit::Ranges(bytes.clone()));
    let (result, events) = fetch(&manifest(&bytes, &[server.url()], true), root.path());
    result.unwrap();
    assert_eq!(events, ["started at 60000", "verifying", "done"]);
    assert_eq!(server.ranges(), [Some("bytes=60000-".to_owned())]);
    assert_eq!(fs::read(root.path().join("d/f")).unwrap(), bytes);
}

#[test]
fn a_server_without_ranges_sends_it_all_again() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    put(root.path(), "d/f.part", &bytes[..777]);
    let server = Server::start(Habit::Whole(bytes.clone()));
    let (result, events) = fetch(&manifest(&bytes, &[server.url()], true), root.path());
    result.unwrap();
    assert_eq!(events, ["started at 0", "verifying", "done"]);
    assert_eq!(fs::read(root.path().join("d/f")).unwrap(), bytes);
}

#[test]
fn a_part_longer_than_the_file_is_begun_anew() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    let longer = [&bytes[..], b"more"].concat();
    // With its size known, the part is seen to be too long; without, the server's 416 tells.
    for (with_size, requests) in [(true, 1), (false, 2)] {
        put(root.path(), "d/f.part", &longer);
        let server = Server::start(Habit::Ranges(bytes.clone()));
        let (result, events) = fetch(&manifest(&bytes, &[server.url()], with_size), root.path());
        result.unwrap();
        assert_eq!(events, ["started at 0", "verifying", "done"]);
        assert_eq!(server.ranges().len(), requests);
        fs::remove_file(root.path().join("d/f")).unwrap();
    }
}

#[test]
fn a_complete_part_needs_no_server() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    put(root.path(), "d/f.part", &bytes);
    let server = Server::start(Habit::Status(500));
    let (result, events) = fetch(&manifest(&bytes, &[server.url()], true), root.path());
    result.unwrap();
    assert_eq!(events, ["verifying", "done"]);
    assert!(server.ranges().is_empty());
}

#[test]
fn a_part_of_something_else_is_begun_anew() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    put(root.path(), "d/f.part", &[0; 5000]);
    let server = Server::start(Habit::Ranges(bytes.clone()));
    let (result, events) = fetch(&manifest(&bytes, &[server.url()], true), root.path());
    result.unwrap();
    assert_eq!(
        events,
        [
            "started at 5000",
            "verifying",
            "started at 0",
            "verifying",
            "done"
        ]
    );
    assert_eq!(fs::read(root.path().join("d/f")).unwrap(), bytes);
}

#[test]
fn redirects_and_mirrors_are_followed() {
    let (bytes, root) = (content(), tempfile::tempdir().unwrap());
    let gone = Server::start(Habit::Status(404));
    let last = Server::start(Habit::Ranges(bytes.clone()));
    let here = Server::start(Habit::Redirect(last.url()));
    let urls = [gone.url(), here.url()];
    let (result, events) = fetch(&manifest(&bytes, &urls, true), root.path());
    result.unwrap();
    assert_eq!(events, ["failed", "started at 0", "verifying", "done"]);
    assert_eq!(fs::read(root.path().join("d/f")).unwrap(), bytes);
}
