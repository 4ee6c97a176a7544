//! MATLAB files that hold no network, each wrong in one place.

mod common;

use std::path::Path;

use common::nets::{keras, matlab};
use common::{Value, mat};
use convert::{ConvertError, Options, mcdonnell};
use runtime::Model;

fn import(file: &[u8]) -> Result<Model, ConvertError> {
    mcdonnell::import_from(Path::new("net.mat"), &mut &file[..], &Options::default())
}

fn rejects(what: &str, variables: &[(String, Value)], words: &[&str]) {
    let error = match import(&mat(variables)) {
        Ok(_) => panic!("{what}: was imported"),
        Err(error) => error.to_string(),
    };
    for word in ["net.mat"].iter().chain(words) {
        assert!(error.contains(word), "{what}: no `{word}` in: {error}");
    }
}

/// `variables` with one of them changed.
fn with(variables: Vec<(String, Value)>, name: &str, value: Value) -> Vec<(String, Value)> {
    let mut variables = variables;
    variables
        .iter_mut()
        .find(|(other, _)| other == name)
        .expect(name)
        .1 = value;
    variables
}

fn without(variables: Vec<(String, Value)>, name: &str) -> Vec<(String, Value)> {
    let count = variables.len();
    let left: Vec<_> = variables
        .into_iter()
        .filter(|(other, _)| other != name)
        .collect();
    assert_eq!(left.len(), count - 1, "{name}");
    left
}

#[test]
fn the_untouched_ones_are_networks() {
    for variables in [keras(), matlab()] {
        let model = import(&mat(&variables)).unwrap();
        assert_eq!((model.convs().len(), model.input()), (8, [1, 28, 28]));
    }
}

#[test]
fn other_files() {
    let names = |names: &[&str]| -> Vec<(String, Value)> {
        names
            .iter()
            .map(|name| (name.to_string(), Value::column(&[1.0])))
            .collect()
    };
    rejects(
        "nothing",
        &[],
        &["`conv2d_N`, or one of `BinaryWeights`", "none of these"],
    );
    rejects("images", &names(&["X", "y"]), &["found `X`, `y`"]);
    // Nobody's terminal is cleared by a name.
    rejects(
        "an escape",
        &names(&["X\u{1b}[2J"]),
        &["found `X\\u{1b}[2J`"],
    );
    let error = import(b"\x89HDF").unwrap_err().to_string();
    assert!(error.contains("net.mat"), "{error}");
    for length in (0..mat(&keras()).len()).step_by(7) {
        let error = import(&mat(&keras())[..length])
            .expect_err("cut short")
            .to_string();
        assert!(error.contains("net.mat"), "{error}");
    }
}

#[test]
fn layers_of_keras_that_are_not_known() {
    for name in [
        "conv2d_transpose_1",
        "dense_1",
        "conv2d_x",
        "depthwise_conv2d",
    ] {
        let mut variables = keras();
        variables.push((name.into(), Value::column(&[1.0])));
        rejects(
            name,
            &variables,
            &[&format!("`{name}`"), "only convolutions `conv2d_N`"],
        );
    }
    let mut twice = keras();
    twice.push(("binary_conv2d_5".into(), Value::trues(&[1, 3, 3, 2, 2])));
    rejects(
        "one number twice",
        &twice,
        &["each number once", "conv2d_5"],
    );
}

#[test]
fn keras_layers_that_are_missing() {
    rejects(
        "a norm",
        &without(keras(), "batch_normalization_2"),
        &[
            "`batch_normalization_3`: expected number 2, the next after `batch_normalization_1`",
            "found 3",
        ],
    );
    // Two of equal width, with their norms: what is left would be a network too.
    let mut shorter = keras();
    for name in [
        "conv2d_4",
        "conv2d_5",
        "batch_normalization_2",
        "batch_normalization_3",
    ] {
        shorter = without(shorter, name);
    }
    rejects(
        "a block",
        &shorter,
        &[
            "`conv2d_6`: expected number 4, the next after `conv2d_3`",
            "found 6",
        ],
    );
}

/// A file that is cut between two layers holds a smaller network, whose classes are feature maps.
#[test]
fn keras_files_that_end_early() {
    let mut cut = keras();
    for layer in ["conv2d", "batch"] {
        let mut names = keras().into_iter().map(|(name, _)| name);
        let last = names.rfind(|name| name.starts_with(layer)).unwrap();
        cut = without(cut, &last);
    }
    rejects(
        "without its head",
        &cut,
        &[
            "a last convolution of 1x1, whose outputs are the classes",
            "is the file cut short?",
        ],
    );
}

#[test]
fn keras_layers_of_another_shape() {
    let conv = |value, words: &[&str]| rejects("conv", &with(keras(), "conv2d_4", value), words);
    conv(
        Value::trues(&[1, 3, 2, 2, 2]),
        &["`conv2d_4`", "square kernel", "1x3x2x2x2"],
    );
    conv(
        Value::trues(&[2, 3, 3, 2, 2]),
        &["`conv2d_4`", "1 x kernel x kernel x in x out"],
    );
    conv(Value::trues(&[1, 3, 3, 0, 2]), &["`conv2d_4`", "1x3x3x0x2"]);
    conv(
        Value::trues(&[1, 3, 3, 3, 2]),
        &[
            "block 1 conv 1, weights: expected 2 x 2 x 3 x 3",
            "found 2 x 3 x 3 x 3",
        ],
    );
    conv(
        Value::trues(&[1, 2, 2, 2, 2]),
        &["`block 1 conv 1`: expected an odd kernel"],
    );
    conv(
        Value::Double(vec![1, 3, 3, 2, 2], vec![0.5; 36]),
        &["`conv2d_4`", "truth values", "f64"],
    );
    conv(Value::Text("bits"), &["`conv2d_4`", "text"]);
    conv(Value::Cells(vec![]), &["`conv2d_4`", "cells"]);
    // Numbers that are all 0 or 1 are truth values too.
    let numbers = Value::Double(vec![1, 3, 3, 2, 2], vec![1.0; 36]);
    import(&mat(&with(keras(), "conv2d_4", numbers))).unwrap();

    let name = "batch_normalization_2";
    let norm = |value, words: &[&str]| rejects("norm", &with(keras(), name, value), words);
    norm(
        Value::Double(vec![3, 2], vec![1.0; 6]),
        &[name, "4 or 2 rows", "3x2"],
    );
    norm(
        Value::Double(vec![2, 3], vec![1.0; 6]),
        &["block 1 norm 2, scale: expected 2, found 3"],
    );
    norm(
        Value::Double(vec![2, 2], vec![1.0, -1.0, 1.0, 1.0]),
        &[name, "a positive deviation"],
    );
    norm(
        Value::Double(vec![2, 2], vec![f64::NAN; 4]),
        &[name, "finite scale"],
    );
    norm(Value::Text("ab"), &[name, "text"]);
    rejects(
        "one less",
        &without(keras(), "batch_normalization_8"),
        &["9 batch norms for 8 convolutions", "found 8"],
    );
    let weights = keras()
        .into_iter()
        .filter(|(name, _)| name.starts_with("conv2d"));
    rejects(
        "weights alone",
        &weights.collect::<Vec<_>>(),
        &["found 0", "_01weights.mat"],
    );
    let norms = keras()
        .into_iter()
        .filter(|(name, _)| name.starts_with("batch"));
    rejects(
        "norms alone",
        &norms.collect::<Vec<_>>(),
        &["1 batch norms for 0 convolutions"],
    );
}

#[test]
fn matlab_variables_that_are_missing() {
    for (name, words) in [
        ("LayerWeights", "`LayerWeights` or `LayerScales`"),
        ("Moments", "`Moments` or `BN_Moments` or `AllMoments`"),
        ("BNG", "`BNG` or `BN_Scales` or `Scales`"),
        ("BNB", "`BNB` or `BN_Offsets` or `Offsets`"),
        ("Stride", "`Stride`"),
        ("Padding", "`Padding`"),
    ] {
        rejects(name, &without(matlab(), name), &[words, "found none"]);
    }
    let mut twice = matlab();
    twice.push(("BN_Moments".into(), Value::Cells(vec![])));
    rejects(
        "two names",
        &twice,
        &["`Moments`: expected one name for it, found `BN_Moments` too"],
    );
}

#[test]
fn matlab_variables_of_another_shape() {
    let change = |name, value, words: &[&str]| rejects(name, &with(matlab(), name, value), words);
    change(
        "BinaryWeights",
        Value::column(&[1.0]),
        &["`BinaryWeights`: expected cells"],
    );
    change(
        "BinaryWeights",
        Value::Cells(vec![]),
        &["`LayerWeights`: expected 0 numbers"],
    );
    let cells = Value::Cells(vec![Value::Text("x"); 8]);
    change("BinaryWeights", cells, &["`BinaryWeights{1}`"]);
    change(
        "LayerWeights",
        Value::column(&[1.0; 7]),
        &["`LayerWeights`: expected 8 numbers"],
    );
    change(
        "LayerWeights",
        Value::column(&[f64::NAN; 8]),
        &["input conv, scale: expected finite"],
    );
    change(
        "Stride",
        Value::column(&[3.0; 8]),
        &["`Stride(1)`: expected 1 or 2, found 3"],
    );
    change("Stride", Value::column(&[1.5; 8]), &["`Stride(1)`"]);
    change(
        "Stride",
        Value::column(&[1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        &["node `block 1 add`: expected two maps"],
    );
    change(
        "Padding",
        Value::column(&[0.0; 8]),
        &["`Padding(1)`: expected 1, half of the kernel"],
    );
    change(
        "Moments",
        Value::Cells(vec![]),
        &["`Moments`: expected 9 cells", "found 0"],
    );
    change("BNB", Value::column(&[1.0]), &["`BNB`: expected cells"]);
    let columns = Value::Cells(vec![Value::column(&[1.0, 1.0]); 9]);
    change("Moments", columns, &["`Moments{1}`: expected channels x 2"]);
    let zeros = Value::Cells(vec![Value::Double(vec![1, 2], vec![0.0; 2]); 9]);
    change("Moments", zeros, &["`Moments{1}`", "a positive deviation"]);
    let two = Value::Cells(vec![Value::column(&[1.0, 1.0]); 9]);
    change(
        "BNG",
        two,
        &["`Moments{1}`: expected 1 scales and 1 offsets for it, found 2 and 1"],
    );
}
