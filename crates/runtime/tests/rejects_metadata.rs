//! Files whose words are not as the format has them.

mod common;

use common::parts::{Pieces, rejects};
use common::wide;
use runtime::Model;

fn good() -> Pieces {
    let model = Model::new(wide(1, [1, 4, 4], 2, 1, 2)).unwrap();
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
    for key in [
        "format",
        "version",
        "input",
        "class_names",
        "padding",
        "structure",
        "provenance",
    ] {
        let mut pieces = good();
        pieces.metadata.retain(|(name, _)| name != key);
        let name = format!("metadata `{key}`");
        rejects(key, &pieces.file(), &[&name, "found nothing"]);
    }
}

#[test]
fn words_of_another_kind() {
    with(
        "padding",
        "same",
        &[
            "metadata `padding`",
            "`symmetric` or `bottom-right`",
            "`same`",
        ],
    );
    with("padding", "", &["metadata `padding`"]);
    with(
        "input",
        "[1,4]",
        &["metadata `input`", "[channels,height,width]", "`[1,4]`"],
    );
    with("input", "[1,-4,4]", &["metadata `input`"]);
    with("input", "[1,4.5,4]", &["metadata `input`"]);
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
    with(
        "structure",
        "{}",
        &["metadata `structure`", "missing field"],
    );
    let long = "x".repeat(10_000);
    with("structure", &long, &["metadata `structure`", "…"]);
}

#[test]
fn no_word_reaches_a_terminal_as_a_command() {
    for key in ["format", "padding", "input", "structure"] {
        let mut pieces = good();
        *pieces.value(key) = "\u{1b}[2J\u{202e}".into();
        let error = Model::read(&pieces.file()).unwrap_err().to_string();
        assert!(error.contains(r"\u{1b}[2J\u{202e}"), "{key}: {error}");
        assert!(!error.contains(['\u{1b}', '\u{202e}']), "{key}: {error}");
    }
}

#[test]
fn a_structure_that_says_something_unknown() {
    for (from, to) in [
        ("residual", "dense"),
        ("relu", "gelu"),
        ("\"stem\":\"plain\"", "\"stem\":\"7x7\""),
        ("\"weights\":\"signs\"", "\"weights\":\"ternary\""),
        ("\"temperature\":1.0", "\"temperature\":\"hot\""),
        ("\"stride\":2", "\"stride\":-2"),
        ("\"stride\":2", "\"stride\":2,\"dilation\":2"),
    ] {
        let mut pieces = good();
        let structure = pieces.value("structure");
        assert!(structure.contains(from), "{structure}");
        *structure = structure.replacen(from, to, 1);
        rejects(to, &pieces.file(), &["metadata `structure`"]);
    }
}

#[test]
fn sizes_that_no_network_has() {
    let most = usize::MAX;
    with("input", "[1,0,4]", &["model: input", "found 1 of 0 x 4"]);
    with(
        "input",
        "[1,1025,1024]",
        &["model: input", "1048576 pixels"],
    );
    let all = format!("[1,{most},{most}]");
    with("input", &all, &["model: input"]);
    // The first norm has the input's channels.
    with(
        "input",
        "[2,4,4]",
        &["tensor `norms.0.scale`: expected F32 [2], found F32 [1]"],
    );
    with(
        "class_names",
        "[\"a\"]",
        &["model: class_names: expected 2, found 1"],
    );
    with("class_names", "[]", &["model: class_names"]);
    for (from, to, words) in [
        (
            "\"kernel\":3",
            "\"kernel\":4",
            ["model: convs.0.kernel", "found 4"],
        ),
        (
            "\"out_channels\":2",
            "\"out_channels\":3",
            ["tensor `convs.0.signs`", "U8 [3, 2]"],
        ),
        (
            "\"kernel\":3",
            "\"kernel\":18446744073709551615",
            ["tensor `convs.0.signs`", "U8 [2, "],
        ),
        (
            "\"stride\":1",
            "\"stride\":3",
            ["model: convs.0.stride", "1 or 2"],
        ),
        (
            "\"temperature\":1.0",
            "\"temperature\":0.0",
            ["model: temperature", "found 0"],
        ),
        (
            "\"temperature\":1.0",
            "\"temperature\":-1",
            ["model: temperature", "found -1"],
        ),
        ("[true,true", "[true", ["metadata `structure`", "9 norms"]),
        (
            "[true,true",
            "[false,true",
            ["tensor `norms.0.", "only the tensors"],
        ),
        (
            "\"norms\":[true",
            "\"norms\":[true,true",
            ["metadata `structure`", "found 10"],
        ),
    ] {
        let mut pieces = good();
        let structure = pieces.value("structure");
        assert!(structure.contains(from), "{from}: {structure}");
        *structure = structure.replacen(from, to, 1);
        rejects(to, &pieces.file(), &words);
    }
}
