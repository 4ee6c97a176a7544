//! Files whose container is damaged.

mod common;

use common::parts::{Pieces, rejects, with_header};
use common::wide;
use runtime::Model;
use runtime::format::{Container, MAX_HEADER};

fn good() -> Vec<u8> {
    wide(1, [1, 4, 4], 2, 1, 2)
        .model()
        .unwrap()
        .write()
        .unwrap()
}

#[test]
fn every_truncation() {
    let file = good();
    for length in 0..file.len() {
        rejects(
            &format!("{length} bytes"),
            &file[..length],
            &["header: expected", "found"],
        );
    }
    rejects(
        "nothing",
        &[],
        &["8 bytes with its length", "0 bytes in all"],
    );
}

#[test]
fn bytes_after_the_end() {
    let mut file = good();
    file.push(0);
    rejects(
        "a byte more",
        &file,
        &["bytes of tensors after it", "found"],
    );
}

#[test]
fn lengths_that_lie() {
    for length in [u64::MAX, 1 << 63, 1 << 40, MAX_HEADER as u64 + 1] {
        let mut file = good();
        file[..8].copy_from_slice(&length.to_le_bytes());
        rejects(
            "length",
            &file,
            &["at most 2097152 bytes", &length.to_string()],
        );
    }
    let mut file = good();
    file[..8].copy_from_slice(&(MAX_HEADER as u64).to_le_bytes());
    rejects("length", &file, &["2097152 bytes of it", "only"]);
}

#[test]
fn headers_that_are_no_json_of_tensors() {
    let bad_utf8 = [&4u64.to_le_bytes()[..], b"{\"\xff\""].concat();
    rejects("UTF-8", &bad_utf8, &["that of a safetensors file"]);
    for header in [
        "",
        "{",
        "[]",
        "null",
        r#"{"a":1}"#,
        r#"{"a":{"dtype":"F99","shape":[],"data_offsets":[0,0]}}"#,
        r#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}"#,
        r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#,
        r#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}"#,
        r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
        r#"{"__metadata__":{"format":1}}"#,
    ] {
        rejects(
            header,
            &with_header(header, &[0]),
            &["header: expected", "safetensors"],
        );
    }
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    rejects("nested", &with_header(&deep, &[]), &["header: expected"]);
}

#[test]
fn sizes_that_overflow() {
    let side = 1u64 << 32;
    let header =
        format!(r#"{{"a":{{"dtype":"F32","shape":[{side},{side}],"data_offsets":[0,8]}}}}"#);
    rejects("product", &with_header(&header, &[0; 8]), &["overflow"]);
    // Eight tensors of 2⁶¹ − 1 bytes reach to where adding the header's length overflows.
    let each = (1u64 << 61) - 1;
    let tensors: Vec<String> = (0..8)
        .map(|i| {
            let (start, end) = (i * each, (i + 1) * each);
            format!(r#""{i}":{{"dtype":"U8","shape":[{each}],"data_offsets":[{start},{end}]}}"#)
        })
        .collect();
    let header = format!("{{{}}}", tensors.join(","));
    rejects(
        "sum",
        &with_header(&header, &[0; 8]),
        &["bytes of tensors after it", "found 8"],
    );
}

#[test]
fn another_format_or_version() {
    for (key, value) in [("format", "pt"), ("version", "3"), ("version", "")] {
        let mut pieces = Pieces::of(&good());
        *pieces.value(key) = value.to_string();
        let (key, found) = (format!("metadata `{key}`"), format!("found `{value}`"));
        rejects(&key, &pieces.file(), &[&key, &found]);
    }
    let bare = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
    rejects(
        "bare",
        &with_header(bare, &[0]),
        &["metadata `format`: expected `onebit`, found nothing"],
    );
}

#[test]
fn every_flipped_bit_is_found() {
    let good = good();
    let model = Model::read(&good).unwrap();
    for index in 0..good.len() {
        for bit in 0..8 {
            let mut file = good.clone();
            file[index] ^= 1 << bit;
            // The key of the checksum itself may become another one, which is passed over.
            if let Ok(read) = Model::read(&file) {
                assert_eq!(read, model, "byte {index}, bit {bit}");
            }
        }
    }
    let mut file = good;
    *file.last_mut().unwrap() ^= 1;
    rejects(
        "the last bits",
        &file,
        &["checksum: expected `", "the file is damaged"],
    );
}

/// Files of before have no checksum: nothing panics, and what is read can be written and read again.
#[test]
fn without_a_checksum_a_flipped_bit_is_an_error_or_another_network() {
    let good = Pieces::of(&good()).file();
    let mut read = 0;
    for index in 0..good.len() {
        for bit in 0..8 {
            let mut file = good.clone();
            file[index] ^= 1 << bit;
            if let Ok(model) = Model::read(&file) {
                read += 1;
                assert_eq!(Model::read(&model.write().unwrap()).unwrap(), model);
            }
        }
    }
    assert!(
        read > 1000,
        "flipped sign bits and mantissas still are networks: {read}"
    );
}

/// Another program of safetensors orders words and tensors as it likes, and adds words of its own.
#[test]
fn a_file_that_was_written_again_has_its_checksum() {
    let file = good();
    let mut pieces = Pieces::with_checksum(&file);
    pieces.tensors.reverse();
    pieces.metadata.reverse();
    pieces.metadata.push(("author".into(), "me".into()));
    assert_ne!(pieces.file(), file);
    assert_eq!(
        Model::read(&pieces.file()).unwrap(),
        Model::read(&file).unwrap()
    );
    *pieces.value("class_names") = r#"["a","c"]"#.into();
    rejects("a class", &pieces.file(), &["checksum"]);
    assert_eq!(
        Container::new(&file).unwrap().text("checksum"),
        Some(&*Container::new(&file).unwrap().checksum())
    );
}

#[test]
fn names_that_are_there_twice() {
    let one = r#""a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#;
    let header = format!("{{{one},{one}}}");
    rejects(
        "a tensor",
        &with_header(&header, &[0]),
        &["two entries `a`"],
    );
    let header = r#"{"__metadata__":{"format":"onebit","format":"onebit"}}"#;
    rejects(
        "a word",
        &with_header(header, &[]),
        &["two entries `format`"],
    );
    let mut pieces = Pieces::of(&good());
    *pieces.value("provenance") = r#"{"net":"a","net":"b"}"#.into();
    rejects(
        "a source",
        &pieces.file(),
        &["metadata `provenance`", "two entries `net`"],
    );
}

/// What a message quotes of a file is no longer than a few lines.
#[test]
fn messages_are_short() {
    let long = "a".repeat(1 << 20);
    let error = Model::read(&with_header(&format!("\"{long}\""), &[])).unwrap_err();
    let text = error.to_string();
    assert!(
        text.len() < 1000 && text.contains("… ("),
        "{} bytes",
        text.len()
    );
}
