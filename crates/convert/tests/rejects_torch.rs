//! State dicts that hold no network, each wrong in one place.

mod common;

use std::path::Path;

use common::nets::torch;
use common::safetensors;
use convert::{ConvertError, Note, Options, torch_float, torch_packed};
use runtime::{Model, Scale};

type Tensor = (String, &'static str, Vec<usize>, Vec<u8>);

fn import(file: &[u8]) -> Result<Model, ConvertError> {
    torch_packed::import_from(Path::new("dict.st"), file, &Options::default())
}

fn rejects(what: &str, file: &[u8], words: &[&str]) {
    let error = match import(file) {
        Ok(_) => panic!("{what}: was imported"),
        Err(error) => error.to_string(),
    };
    for word in ["dict.st"].iter().chain(words) {
        assert!(error.contains(word), "{what}: no `{word}` in: {error}");
    }
}

fn with(name: &str, dtype: &'static str, shape: &[usize], bytes: usize) -> Vec<u8> {
    let mut tensors = torch();
    let tensor = tensors
        .iter_mut()
        .find(|tensor| tensor.0 == name)
        .expect(name);
    *tensor = (name.into(), dtype, shape.to_vec(), vec![0x3f; bytes]);
    safetensors(&tensors)
}

#[test]
fn the_untouched_one_is_a_network() {
    let model = import(&safetensors(&torch())).unwrap();
    assert_eq!((model.convs().len(), model.input()), (8, [3, 32, 32]));
    // Without the prefix of `DataParallel` too.
    let strip = |(name, dtype, shape, bytes): Tensor| (name[7..].to_string(), dtype, shape, bytes);
    let bare: Vec<Tensor> = torch().into_iter().map(strip).collect();
    assert_eq!(import(&safetensors(&bare)).unwrap(), model);
}

#[test]
fn each_missing_tensor_is_named() {
    for (missing, ..) in torch() {
        let left: Vec<Tensor> = torch()
            .into_iter()
            .filter(|(name, ..)| *name != missing)
            .collect();
        rejects(&missing, &safetensors(&left), &[&missing, "found none"]);
    }
    // A whole block, a whole group.
    for (part, words) in [
        ("group0", "group0.block0"),
        ("group1", "group1.block0"),
        ("group2", "group2.block0"),
        ("group", "group0.block0"),
    ] {
        let left: Vec<Tensor> = torch()
            .into_iter()
            .filter(|(name, ..)| !name.contains(part))
            .collect();
        rejects(part, &safetensors(&left), &[words]);
    }
}

#[test]
fn tensors_that_are_not_known() {
    for name in [
        "module.fc.weight",
        "module.conv1",
        "module.group0.block0.conv2",
        "module.group00.block0.conv0",
        "module.group0.block-1.conv0",
        "module.group99999999999999999999.block0.conv0",
        "conv0",
        "module.",
        "module.bn.running_median",
    ] {
        let mut tensors = torch();
        tensors.push((name.into(), "U8", vec![1], vec![0]));
        rejects(
            name,
            &safetensors(&tensors),
            &[&format!("`{name}`"), "another tensor"],
        );
    }
    let mut tensors = torch();
    let (_, dtype, shape, bytes) = tensors[1].clone();
    tensors.push(("module.group0.block2.conv0".into(), dtype, shape, bytes));
    rejects(
        "a gap",
        &safetensors(&tensors),
        &["group0.block1.conv0", "counted from 0"],
    );
}

#[test]
fn latent_weights_are_not_taken_for_real_ones() {
    let name = "module.group1.block0.conv1";
    let mut tensors = torch();
    let tensor = tensors.iter_mut().find(|tensor| tensor.0 == name).unwrap();
    let numbers = (0..144).flat_map(|i| (i as f32 - 70.5).to_le_bytes());
    *tensor = (name.into(), "F32", vec![4, 4, 3, 3], numbers.collect());
    let file = safetensors(&tensors);
    rejects("latent", &file, &[name, "before packing"]);
    // Asked for as numbers, their signs count, and that is told: the weights −70.5, −69.5, …, 72.5.
    let imported = torch_float::import_from(Path::new("dict.st"), &file, &Options::default());
    let imported = imported.unwrap();
    let [note] = imported.notes[..] else {
        panic!("{:?}", imported.notes)
    };
    let (convs, of, weights) = (1, 8, 144);
    assert_eq!(note, Note::SignsOnly { convs, of, weights });
    let text = note.to_string();
    assert!(
        text.starts_with("1 of 8 convolutions") && text.contains("144"),
        "{text}"
    );
    let model = imported.model;
    let conv = &model.convs()[4];
    let (scale, _) = conv.signs().unwrap();
    assert_eq!(*scale, Scale::Layer((2.0f64 / 36.0).sqrt() as f32));
    let positive = (0..144).map(|at| conv.is_positive(at / 36, at % 36));
    assert_eq!(
        positive.collect::<Vec<_>>(),
        (0..144).map(|at| at > 70).collect::<Vec<_>>()
    );
    // Or, when the network was trained without binary weights, they count themselves.
    let options = Options::default().with_real_weights(true);
    let imported = torch_float::import_from(Path::new("dict.st"), &file, &options).unwrap();
    assert_eq!(imported.notes, [Note::RealKept { convs, of, weights }]);
    let conv = &imported.model.convs()[4];
    assert_eq!(conv.row(0).next(), Some(-70.5));
    assert_eq!(imported.model.provenance()["weights"], "1bit and 32bit");
    // Where all is bits, there is nothing to tell.
    let file = safetensors(&torch());
    let imported = torch_float::import_from(Path::new("dict.st"), &file, &options).unwrap();
    assert_eq!(imported.notes, []);
}

#[test]
fn a_norm_has_both_of_scale_and_offset_or_none() {
    let mut tensors = torch();
    tensors.retain(|tensor| tensor.0 != "module.bn_last.bias");
    let classes = tensors
        .iter()
        .find(|tensor| tensor.0 == "module.bn_last.running_mean")
        .map(|tensor| tensor.2[0])
        .unwrap();
    tensors.retain(|tensor| tensor.0 != "module.bn_last.weight");
    tensors.push((
        "module.bn_last.weight".into(),
        "F32",
        vec![classes],
        vec![0; 4 * classes],
    ));
    rejects(
        "half a norm",
        &safetensors(&tensors),
        &["module.bn_last.bias", "beside weight"],
    );
}

#[test]
fn other_types_and_shapes() {
    let conv = "module.group1.block0.conv1";
    for (dtype, shape, bytes) in [
        ("U8", vec![4, 2, 3, 3], 72),
        ("U8", vec![4, 1, 3, 1], 12),
        ("U8", vec![0, 1, 3, 3], 0),
        ("U8", vec![4, 1, 0, 0], 0),
        ("U8", vec![36], 36),
        ("I8", vec![4, 1, 3, 3], 36),
        ("F32", vec![4, 1, 3, 3], 144),
        ("I16", vec![4, 4, 3, 3], 288),
    ] {
        let found = format!("found {dtype} {shape:?}");
        let words = [conv, "U8 [out, 1, k, k] or F32 [out, 4, k, k]", &found];
        rejects(&found, &with(conv, dtype, &shape, bytes), &words);
    }
    let norm = "module.bn.running_mean";
    for (dtype, shape, bytes) in [
        ("F32", vec![4], 16),
        ("F32", vec![8, 1], 32),
        ("I32", vec![8], 32),
    ] {
        let found = format!("found {dtype} {shape:?}");
        rejects(
            &found,
            &with(norm, dtype, &shape, bytes),
            &[norm, "F32 [8]", &found],
        );
    }
    // Four channels where two are read by the next.
    let first = with("module.conv0", "U8", &[4, 1, 3, 3], 36);
    rejects(
        "chain",
        &first,
        &["group0.block0.bn0.running_mean", "F32 [4]"],
    );
}

#[test]
fn numbers_that_are_none() {
    for (name, number, words) in [
        (
            "module.bn.running_var",
            -1.0f32,
            "no negative number, found -1",
        ),
        (
            "module.bn.running_var",
            f32::NAN,
            "`module.bn.running_var`: expected finite numbers, found NaN at 0",
        ),
        // Divided by it, the channel would be silent.
        (
            "module.bn.running_var",
            f32::INFINITY,
            "`module.bn.running_var`: expected finite numbers, found inf at 0",
        ),
        (
            "module.bn_last.running_mean",
            f32::NEG_INFINITY,
            "`module.bn_last.running_mean`: expected finite numbers, found -inf at 0",
        ),
    ] {
        let mut tensors = torch();
        let tensor = tensors.iter_mut().find(|tensor| tensor.0 == name).unwrap();
        tensor.3[..4].copy_from_slice(&number.to_le_bytes());
        rejects(name, &safetensors(&tensors), &[words]);
    }
}

#[test]
fn every_truncation() {
    let file = safetensors(&torch());
    for length in 0..file.len() {
        rejects("cut short", &file[..length], &["header: expected"]);
    }
}
