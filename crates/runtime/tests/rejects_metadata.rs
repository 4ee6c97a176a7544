//! Files whose words are not as the format has them.

mod common;

use common::parts::{Pieces, rejects};
use common::wide;
use runtime::Model;

fn good() -> Pieces {
    let model = wide(1, [1, 4, 4], 2, 1, 2).model().unwrap();
    let pieces = Pieces::of(&model.write().unwrap());
    assert_eq!(
        Model::read(&pieces.file()).unwrap(),
        model,
        "the pieces fit together"
    );
    pieces
}

fn with(key: &str, value: &str, words: &[&str]) {
    let mut pieces = good();
    *pieces.value(key) = value.to_string();
    rejects(&format!("{key} = {value}"), &pieces.file(), words);
}

#[test]
fn a_missing_word() {
    for key in ["format", "version", "graph", "class_names", "provenance"] {
        let mut pieces = good();
        pieces.metadata.retain(|(name, _)| name != key);
        let name = format!("metadata `{key}`");
        rejects(key, &pieces.file(), &[&name, "found nothing"]);
    }
}

/// A word that files without it lack.
fn with_more(key: &str, value: &str, words: &[&str]) {
    let mut pieces = good();
    pieces.metadata.push((key.to_string(), value.to_string()));
    rejects(&format!("{key} = {value}"), &pieces.file(), words);
}

#[test]
fn a_preprocessing_that_is_none() {
    let key = "metadata `preprocessing`";
    let long = "crop".repeat(5_000);
    for word in [
        "none", "", "Crop", " crop", "\"crop\"", "zoom", "null", &long,
    ] {
        with_more("preprocessing", word, &[key, "`crop`, `pad`, `stretch`"]);
    }
    // The network's input is 1 x 4 x 4.
    let words = ["preprocessing centre-crop", "3 x 224 x 224", "1 x 4 x 4"];
    with_more("preprocessing", "centre-crop", &words);
}

#[test]
fn a_rejection_that_is_none() {
    let key = "metadata `rejection`";
    for (value, words) in [
        ("", key),
        ("0.5", key),
        ("null", key),
        ("[]", key),
        (r#"{"threshold":0.5,"kept":0.9}"#, "missing field"),
        (
            r#"{"threshold":0.5,"kept":0.9,"images":7,"more":1}"#,
            "unknown field",
        ),
        (
            r#"{"threshold":"0.5","kept":0.9,"images":7}"#,
            "invalid type",
        ),
        (
            r#"{"threshold":0.5,"kept":0.9,"images":-7}"#,
            "invalid value",
        ),
        (r#"{"threshold":0.5,"kept":0.9,"images":1e99}"#, key),
        (r#"{"threshold":NaN,"kept":0.9,"images":7}"#, key),
        (r#"{"threshold":1e39,"kept":0.9,"images":7}"#, "threshold"),
        (
            r#"{"threshold":-0.5,"kept":0.9,"images":7}"#,
            "threshold: expected 0 or more",
        ),
        (
            r#"{"threshold":0.5,"kept":1.5,"images":7}"#,
            "kept: expected a share",
        ),
        (
            r#"{"threshold":0.5,"kept":-0.1,"images":7}"#,
            "kept: expected a share",
        ),
        (
            r#"{"threshold":0.5,"kept":0.9,"images":0}"#,
            "images: expected 1 or more",
        ),
    ] {
        with_more("rejection", value, &["rejection", words]);
    }
    with_more("rejection", &"[".repeat(100_000), &[key]);
}

#[test]
fn words_of_another_kind() {
    with(
        "class_names",
        "a, b",
        &["metadata `class_names`", "a JSON list of texts"],
    );
    with("class_names", "[1,2]", &["metadata `class_names`"]);
    with(
        "provenance",
        "[]",
        &["metadata `provenance`", "a JSON object of texts"],
    );
    with("graph", "{}", &["metadata `graph`", "missing field"]);
    let long = "x".repeat(10_000);
    with("graph", &long, &["metadata `graph`", "…"]);
}

#[test]
fn no_word_reaches_a_terminal_as_a_command() {
    for key in ["format", "version", "graph"] {
        let mut pieces = good();
        *pieces.value(key) = "\u{1b}[2J\u{202e}".into();
        let error = Model::read(&pieces.file()).unwrap_err().to_string();
        assert!(error.contains(r"\u{1b}[2J\u{202e}"), "{key}: {error}");
        assert!(!error.contains(['\u{1b}', '\u{202e}']), "{key}: {error}");
    }
}

#[test]
fn a_graph_that_says_something_unknown_or_impossible() {
    let max = usize::MAX;
    for (from, to, words) in [
        ("global-mean", "twist", "`twist`"),
        ("\"1bit\"", "\"3bit\"", "expected weights: one of 1bit"),
        ("\"stride\":2", "\"stride\":-2", "invalid value"),
        (
            "\"stride\":2",
            "\"stride\":2,\"dilation\":2",
            "unknown field",
        ),
        (
            "\"stride\":1",
            "\"stride\":3",
            "node `input conv`: expected stride 1 or 2, found 3",
        ),
        ("\"kernel\":3", "\"kernel\":4", "an odd kernel"),
        ("[1,4,4]", "[1,4]", "invalid length"),
        ("[1,4,4]", "[1,-4,4]", "invalid value"),
        ("[1,4,4]", "[1,0,4]", "found 1 channels of 0 x 4"),
        ("[1,4,4]", &format!("[1,{max},{max}]"), "input: expected"),
        ("\"from\":[", "\"from\":[\"nobody\",", "`nobody`"),
    ] {
        let mut pieces = good();
        let graph = pieces.value("graph");
        assert!(graph.contains(from), "{from}: {graph}");
        *graph = graph.replacen(from, to, 1);
        rejects(to, &pieces.file(), &["metadata `graph`", words]);
    }
}

#[test]
fn a_graph_that_is_not_that_of_the_tensors() {
    for (from, to, words) in [
        (
            "[1,4,4]",
            "[2,4,4]",
            "tensor `input.conv.signs`: expected U8 [2, 3], found U8 [2, 2]",
        ),
        (
            "\"1bit\"",
            "\"8bit\"",
            "tensor `input.conv.integers`: expected I8 [2, 1, 3, 3], found none",
        ),
        (
            "\"1bit\"",
            "\"ternary\"",
            "tensor `input.conv.nonzero`: expected U8 [2, 2], found none",
        ),
        (
            "input norm",
            "input name",
            "tensor `input.name.scale`: expected F32 [1], found none",
        ),
    ] {
        let mut pieces = good();
        let graph = pieces.value("graph");
        assert!(graph.contains(from), "{from}: {graph}");
        *graph = graph.replacen(from, to, 1);
        rejects(to, &pieces.file(), &[words]);
    }
    let mut large = good();
    let graph = large.value("graph");
    *graph = graph.replacen("[1,4,4]", "[1,1025,1024]", 1);
    rejects(
        "large",
        &large.file(),
        &["model: input: expected at most 1048576 pixels"],
    );
    with(
        "class_names",
        "[\"a\"]",
        &["model: class_names: expected 2, found 1"],
    );
    with("class_names", "[]", &["model: class_names"]);
}
