//! Files whose tensors are not those of their structure.

mod common;

use common::parts::{Pieces, Tensor, rejects};
use common::wide;

fn good() -> Pieces {
    let mut parts = wide(1, [1, 4, 4], 2, 1, 2);
    parts.activation_scales = Some(vec![1.0; parts.convs.len()]);
    let model = parts.model().unwrap();
    let model = model.with_residual_scales(Some(vec![0.5; 8])).unwrap();
    Pieces::of(&model.write().unwrap())
}

#[test]
fn each_missing_tensor_is_named() {
    let names: Vec<String> = good()
        .tensors
        .iter()
        .map(|tensor| tensor.name.clone())
        .collect();
    // 8 convolutions, 9 norms; scales of activations and of the residual map may be missing.
    assert_eq!(names.len(), 2 * 8 + 2 * 9 + 2);
    let may_miss = ["activation_scales", "residual_scales"];
    for name in names
        .iter()
        .filter(|name| !may_miss.contains(&name.as_str()))
    {
        let mut pieces = good();
        pieces.tensors.retain(|tensor| tensor.name != *name);
        let word = format!("tensor `{name}`");
        rejects(name, &pieces.file(), &[&word, "found none"]);
    }
}

#[test]
fn a_tensor_too_many_is_named() {
    for name in [
        "block.4.conv.1.signs",
        "block 1 conv 1.signs",
        "input.conv.weight",
        "convs.0.signs",
        "input.norm.mean",
        "extra",
        "",
        "convs",
        "\u{1b}[2J",
    ] {
        let mut pieces = good();
        pieces.tensors.push(Tensor {
            name: name.into(),
            dtype: "U8".into(),
            shape: vec![3],
            bytes: vec![0; 3],
        });
        let word = format!("tensor `{}`", runtime::printable(name));
        rejects(
            name,
            &pieces.file(),
            &[&word, "only the tensors of the structure", "1 besides"],
        );
    }
}

#[test]
fn other_types_and_shapes() {
    for (name, dtype, shape, words) in [
        (
            "input.conv.signs",
            "I8",
            vec![2, 2],
            "expected U8 [2, 2], found I8 [2, 2]",
        ),
        (
            "input.conv.signs",
            "U8",
            vec![4],
            "expected U8 [2, 2], found U8 [4]",
        ),
        (
            "input.conv.signs",
            "U8",
            vec![2, 2, 1, 1, 1, 1, 1, 1, 1, 1],
            "found U8 [2, 2, 1, 1, 1, 1, 1, 1]",
        ),
        (
            "input.conv.scale",
            "I32",
            vec![],
            "expected F32 [] or [2], found I32 []",
        ),
        (
            "input.conv.scale",
            "F32",
            vec![1],
            "expected F32 [] or [2], found F32 [1]",
        ),
        (
            "block.2.norm.1.offset",
            "F32",
            vec![2, 1],
            "expected F32 [2], found F32 [2, 1]",
        ),
        (
            "activation_scales",
            "F32",
            vec![2, 4],
            "expected F32 [8], found F32 [2, 4]",
        ),
        (
            "residual_scales",
            "F32",
            vec![1, 8],
            "expected F32 [8], found F32 [1, 8]",
        ),
    ] {
        let mut pieces = good();
        let tensor = pieces.tensor(name);
        tensor.dtype = dtype.into();
        tensor.shape = shape;
        rejects(name, &pieces.file(), &[&format!("tensor `{name}`"), words]);
    }
}

#[test]
fn numbers_that_are_none() {
    for (name, index, number, words) in [
        (
            "block.1.norm.1.scale",
            1,
            f32::NAN,
            "model: block 1 norm 1, scale: expected finite numbers, found NaN at 1",
        ),
        (
            "logits.norm.offset",
            0,
            f32::INFINITY,
            "model: logits norm, offset",
        ),
        (
            "block.1.conv.2.scale",
            0,
            f32::NEG_INFINITY,
            "model: block 1 conv 2, scale",
        ),
        (
            "activation_scales",
            7,
            0.0,
            "model: activation_scales[7]: expected a positive number",
        ),
        ("activation_scales", 0, -1.0, "model: activation_scales[0]"),
        ("residual_scales", 3, 0.0, "model: residual_scales[3]"),
        ("residual_scales", 7, f32::NAN, "model: residual_scales[7]"),
    ] {
        let mut pieces = good();
        let bytes = &mut pieces.tensor(name).bytes;
        bytes[4 * index..][..4].copy_from_slice(&number.to_le_bytes());
        rejects(name, &pieces.file(), &[words]);
    }
}

#[test]
fn bits_behind_the_end_of_a_row() {
    // The first convolution has rows of 9 bits: 7 of the second byte pad it.
    for bit in 1..8 {
        let mut pieces = good();
        pieces.tensor("input.conv.signs").bytes[3] |= 1 << bit;
        rejects(
            "padding",
            &pieces.file(),
            &["model: input conv, signs", "a 1 among them in row 1"],
        );
    }
}
