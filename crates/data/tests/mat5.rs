//! MATLAB files that scipy wrote, a big-endian one, and the published ones where they are at hand.

mod common;

use std::path::{Path, PathBuf};

use common::{fixture, json, skipped};
use data::mat5::{self, Array, Data, Numbers, Variable};
use serde_json::{Value, json};

/// An array in the form of the fixtures' JSON.
fn described(array: &Array) -> Value {
    let dims = &array.dims;
    match &array.data {
        Data::Numbers(numbers) => {
            let name = numbers.type_name();
            let numbers = numbers.to_f64s();
            json!({ "dims": dims, name: numbers })
        }
        Data::Logical(bits) => json!({ "dims": dims, "logical": bits }),
        Data::Text(text) => json!({ "dims": dims, "text": text }),
        Data::Cells(cells) => {
            let cells: Vec<Value> = cells.iter().map(described).collect();
            json!({ "dims": dims, "cells": cells })
        }
        Data::Other(kind) => json!({ "other": kind }),
    }
}

/// Every number as `f64`: JSON tells 1 from 1.0.
fn reals(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().unwrap()),
        Value::Array(values) => values.iter().map(reals).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|(key, value)| (key.clone(), reals(value)))
                .collect()
        }
        other => other.clone(),
    }
}

fn check(file: &str, expected: &str) {
    let expected = json(&format!("mat/{expected}"));
    let expected = expected.as_object().unwrap();
    let found = mat5::read(&fixture(&format!("mat/{file}")), 1 << 20).unwrap();
    for Variable { name, array } in &found {
        assert_eq!(
            reals(&described(array)),
            reals(&expected[name]),
            "{file}: {name}"
        );
    }
    assert_eq!(found.len(), expected.len(), "{file}");
}

#[test]
fn all_that_scipy_writes() {
    check("plain.mat", "scipy.json");
    check("compressed.mat", "scipy.json");
}

#[test]
fn big_endian_and_small_types() {
    check("big_endian.mat", "big_endian.json");
}

#[test]
fn only_what_is_wanted_costs_memory() {
    for file in ["plain.mat", "compressed.mat"] {
        let path = fixture(&format!("mat/{file}"));
        let read = |limit| mat5::read_some(&path, limit, |name| name == "uint8");
        // A name, an array, six bytes.
        let found = read(4096 + 128 + 6).unwrap();
        assert_eq!(found.len(), 1, "{file}");
        assert_eq!(found[0].array.dims, [3, 2]);
        let bytes = Numbers::U8(vec![0, 7, 1, 255, 9, 2]);
        assert_eq!(found[0].array.data, Data::Numbers(bytes));
        let error = read(4096 + 128 + 5).unwrap_err().to_string();
        assert!(
            error.contains(file) && error.contains("at most 4229"),
            "{error}"
        );
    }
}

/// A file of `../shared/reference`, beside the workspace.
fn reference(test: &str, name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    let path = path.join(name);
    if !path.exists() {
        skipped(test, &format!("no {}", path.display()));
        return None;
    }
    Some(path)
}

fn ones(array: &Array) -> usize {
    let Data::Logical(bits) = &array.data else {
        panic!("expected logical, found {:?}", array.dims);
    };
    bits.iter().filter(|&&bit| bit).count()
}

// The counts below are scipy's.

#[test]
fn the_published_keras_network() {
    let Some(path) = reference("mat5::the_published_keras_network", "CIFAR10_allparams.mat") else {
        return;
    };
    let found = mat5::read(&path, 1 << 27).unwrap();
    assert_eq!(found.len(), 41);
    let find = |name: &str| &found.iter().find(|v| v.name == name).unwrap().array;
    assert_eq!(find("conv2d").dims, [1, 3, 3, 3, 160]);
    assert_eq!(ones(find("conv2d")), 2121);
    assert_eq!(find("conv2d_14").dims, [1, 3, 3, 640, 640]);
    assert_eq!(ones(find("conv2d_14")), 1_787_615);
    assert_eq!(ones(find("conv2d_19")), 3420);
    assert_eq!(find("batch_normalization_v1_84").dims, [4, 3]);
    assert_eq!(find("batch_normalization_v1_104").dims, [2, 10]);
    let bits: usize = found
        .iter()
        .filter(|v| v.name.starts_with("conv2d"))
        .map(|v| {
            ones(&v.array);
            v.array.dims.iter().product::<usize>()
        })
        .sum();
    assert_eq!(bits, 26_737_120);
}

#[test]
fn the_published_matlab_network() {
    let Some(path) = reference("mat5::the_published_matlab_network", "CIFAR10_matlab.mat") else {
        return;
    };
    let found = mat5::read(&path, 1 << 27).unwrap();
    let find = |name: &str| &found.iter().find(|v| v.name == name).unwrap().array;
    let Data::Cells(weights) = &find("BinaryWeights").data else {
        panic!("BinaryWeights are cells")
    };
    assert_eq!(find("BinaryWeights").dims, [1, 20]);
    assert_eq!(weights[1].dims, [3, 3, 160, 160]);
    assert_eq!(ones(&weights[0]), 2111);
    assert_eq!(ones(&weights[17]), 1_807_931);
    let Data::Cells(types) = &find("LayerTypes").data else {
        panic!("LayerTypes are cells")
    };
    assert_eq!(types[2].data, Data::Text("Residual_sum".into()));
    let Data::Cells(moments) = &find("Moments").data else {
        panic!("Moments are cells")
    };
    let Data::Numbers(Numbers::F32(mean)) = &moments[0].data else {
        panic!("Moments are single")
    };
    assert_eq!(
        (moments[0].dims.as_slice(), mean[0]),
        (&[3, 2][..], 125.624_61)
    );
    assert_eq!(find("Training").data, Data::Other("struct"));
    assert_eq!(find("PercentCorrectTest").dims, [1, 254]);
}
