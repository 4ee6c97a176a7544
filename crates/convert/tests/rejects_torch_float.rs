//! State dicts of our own form, each wrong in one place.

#[path = "../../runtime/tests/common/mod.rs"]
mod common;
#[path = "common/kinds.rs"]
mod kinds;

use std::path::Path;

use common::parts::{Pieces, Tensor};
use common::wide;
use convert::torch_float::{self, Trained, Weights};
use convert::{ConvertError, Options};
use kinds::with_kinds;
use runtime::Model;

fn import(file: &[u8], options: &Options) -> Result<Model, ConvertError> {
    torch_float::import_from(Path::new("dict.st"), file, options).map(|imported| imported.model)
}

fn model() -> Model {
    wide(31, [3, 8, 8], 4, 1, 3).model().unwrap()
}

fn signs() -> Pieces {
    Pieces::of(&torch_float::export(&model(), None, Weights::Signs).unwrap())
}

fn latent() -> Pieces {
    let model = model();
    let latent = model
        .convs()
        .iter()
        .map(|conv| vec![0.5; conv.weight_count()]);
    let norms = model.norms().iter().map(|norm| torch_float::Moments {
        gamma: norm.scale.clone(),
        beta: norm.offset.clone(),
        mean: vec![0.0; norm.channels()],
        variance: vec![1.0; norm.channels()],
    });
    let trained = Trained {
        latent: latent.collect(),
        norms: norms.collect(),
    };
    Pieces::of(&torch_float::export(&model, Some(&trained), Weights::Latent).unwrap())
}

fn rejects(what: &str, file: &[u8], words: &[&str]) {
    let error = match import(file, &Options::default()) {
        Ok(_) => panic!("{what}: was imported"),
        Err(error) => error.to_string(),
    };
    // Whoever trains on is told the same.
    match torch_float::import_trained(Path::new("dict.st"), file, &Options::default()) {
        Ok(_) => panic!("{what}: is trained on"),
        Err(other) => assert_eq!(other.to_string(), error, "{what}"),
    }
    for word in ["dict.st"].iter().chain(words) {
        assert!(error.contains(word), "{what}: no `{word}` in: {error}");
    }
}

#[test]
fn each_missing_tensor_is_named() {
    for missing in signs().tensors {
        let mut pieces = signs();
        pieces.tensors.retain(|tensor| tensor.name != missing.name);
        rejects(
            &missing.name,
            &pieces.file(),
            &[&missing.name, "found none"],
        );
    }
}

#[test]
fn tensors_of_another_shape_or_type() {
    for (name, dtype, shape, bytes, words) in [
        (
            "conv0",
            "F32",
            vec![4, 3, 9],
            432,
            ["F32 [4, 3, 3, 3]", "F32 [4, 3, 9]"],
        ),
        (
            "conv0",
            "I16",
            vec![4, 3, 3, 3],
            216,
            ["F32 [4, 3, 3, 3]", "I16 [4, 3, 3, 3]"],
        ),
        (
            "conv0",
            "U8",
            vec![4, 1, 3, 3],
            36,
            ["F32 [4, 3, 3, 3]", "U8 [4, 1, 3, 3]"],
        ),
        (
            "conv_last",
            "F32",
            vec![3, 15, 1, 1],
            180,
            ["F32 [3, 16, 1, 1]", "[3, 15, 1, 1]"],
        ),
        ("bn.weight", "F32", vec![15], 60, ["F32 [16]", "F32 [15]"]),
        ("bn.bias", "I64", vec![16], 128, ["F32 [16]", "I64 [16]"]),
        (
            "group1.block0.bn0.running_var",
            "F32",
            vec![],
            4,
            ["F32 [4]", "F32 []"],
        ),
    ] {
        let mut pieces = signs();
        *pieces.tensor(name) = Tensor {
            name: name.into(),
            dtype: dtype.into(),
            shape,
            bytes: vec![0x3f; bytes],
        };
        rejects(name, &pieces.file(), &[name, words[0], words[1]]);
    }
}

#[test]
fn tensors_that_are_not_known() {
    for name in [
        "fc.weight",
        "conv1",
        "group3.block0.conv0",
        "group0.block1.conv0",
        "bn_in.running_mean.weight",
        "module.conv0",
    ] {
        let mut pieces = signs();
        let mut other = pieces.tensors[0].clone();
        other.name = name.into();
        pieces.tensors.push(other);
        rejects(name, &pieces.file(), &[name, "only the tensors"]);
    }
}

#[test]
fn numbers_that_make_no_network() {
    let set = |mut pieces: Pieces, name: &str, at: usize, number: f32| {
        pieces.tensor(name).bytes[4 * at..][..4].copy_from_slice(&number.to_le_bytes());
        pieces.file()
    };
    let words = ["conv0", "one size in each output channel", "0.75"];
    rejects("two sizes", &set(signs(), "conv0", 30, 0.75), &words);
    // Latent weights may have any size.
    import(&set(latent(), "conv0", 30, 0.75), &Options::default()).unwrap();
    for pieces in [signs, latent] {
        for (name, number) in [
            ("conv0", f32::NAN),
            ("conv_last", f32::INFINITY),
            ("bn.bias", f32::NAN),
        ] {
            rejects(
                name,
                &set(pieces(), name, 0, number),
                &[name, "finite numbers", "at 0"],
            );
        }
        let words = ["bn.running_var", "no negative number", "-0.5"];
        rejects(
            "variance",
            &set(pieces(), "bn.running_var", 2, -0.5),
            &words,
        );
    }
}

#[test]
fn metadata_that_says_something_else() {
    for (key, value, words) in [
        ("format", "onebit", ["a packed file", "`onebit-float`"]),
        ("format", "other", ["`format`", "onebit-float"]),
        ("version", "3", ["`version`", "`1` or `2`"]),
        ("weights", "real", ["`weights`", "`signs` or `latent`"]),
        ("weights", "signs", ["conv0", "1bit weights of the scale"]),
        ("scales", "[1.0]", ["`scales`", "list of 8 numbers"]),
        (
            "scales",
            "[1,1,1,1,1,1,1,true]",
            ["`scales`", "list of 8 numbers"],
        ),
        (
            "scales",
            "[1e40,1,1,1,1,1,1,1]",
            ["input conv, scale", "finite"],
        ),
        (
            "scales",
            "[[1,1],1,1,1,1,1,1,1]",
            ["input conv, scale", "expected 4, found 2"],
        ),
        ("graph", "{}", ["`graph`", "missing field"]),
        ("class_names", "[\"a\"]", ["class_names", "found 1"]),
    ] {
        let mut pieces = latent();
        // One that is no constant, so that it cannot pass for signs.
        pieces.tensor("conv0").bytes[..4].copy_from_slice(&0.25f32.to_le_bytes());
        *pieces.value(key) = value.into();
        rejects(value, &pieces.file(), &words);
    }
    for key in ["version", "weights", "scales", "graph", "provenance"] {
        let mut pieces = latent();
        pieces.metadata.retain(|(name, _)| name != key);
        rejects(key, &pieces.file(), &[&format!("`{key}`")]);
    }
    // Saved again by PyTorch alone, which keeps none of it, or writes its own word.
    let mut pieces = latent();
    pieces.metadata.clear();
    rejects(
        "none",
        &pieces.file(),
        &["bn_in", "onebit-float", "found none"],
    );
    pieces.metadata = vec![("format".into(), "pt".into())];
    rejects(
        "pt",
        &pieces.file(),
        &["bn_in", "onebit-float", "found none"],
    );
}

/// Sizes that multiply to more than there is: refused before anything is allocated for them.
#[test]
fn graphs_that_claim_too_much() {
    for (from, to, words) in [
        (
            "\"out\":4",
            "\"out\":18446744073709551615",
            ["`graph`", "input conv"],
        ),
        (
            "\"kernel\":3",
            "\"kernel\":4294967296",
            ["`graph`", "odd kernel"],
        ),
        ("\"out\":4", "\"out\":0", ["`graph`", "input conv"]),
        ("[3,8,8]", "[65536,8,8]", ["conv0", "F32 [4, 65536, 3, 3]"]),
        ("\"kernel\":3", "\"kernel\":15", ["conv0", "[4, 3, 15, 15]"]),
    ] {
        let mut pieces = signs();
        let graph = pieces.value("graph");
        assert!(graph.contains(from), "{graph}");
        *graph = graph.replacen(from, to, 1);
        rejects(to, &pieces.file(), &words);
    }
}

/// Integers that are not those of the scales, and scales that are none.
#[test]
fn numbers_that_are_no_integers() {
    let file = |kind: &str| {
        let kind = kind.parse().unwrap();
        let (model, _) = with_kinds(wide(32, [3, 8, 8], 4, 1, 3), |_| kind);
        Pieces::of(&torch_float::export(&model, None, Weights::Signs).unwrap())
    };
    for kind in ["ternary", "8bit"] {
        import(&file(kind).file(), &Options::default()).unwrap();
        let mut pieces = file(kind);
        pieces.tensor("conv_last").bytes[..4].copy_from_slice(&0.0123f32.to_le_bytes());
        let words = ["conv_last", kind, "weights of the scale", "0.0123 at 0"];
        rejects(kind, &pieces.file(), &words);
        for (scales, words) in [
            ("[null,1,1,1,1,1,1,1]", "a scale for `conv0`"),
            ("[[1,2,3],1,1,1,1,1,1,1]", "4 numbers for `conv0`"),
            ("[0,0,0,0,0,0,0,0]", "weights of the scale 0"),
        ] {
            let mut pieces = file(kind);
            *pieces.value("scales") = scales.into();
            rejects(scales, &pieces.file(), &[words]);
        }
    }
}

/// The nodes of a network that PyTorch's names do not reach.
#[test]
fn graphs_of_another_shape() {
    let mut pieces = signs();
    let graph = pieces.value("graph");
    assert!(graph.contains("block 2 relu 1"), "{graph}");
    *graph = graph.replace("block 2 relu 1", "block 2 relu 3");
    rejects(
        "names",
        &pieces.file(),
        &["`graph`", "node `block 2 relu 3`"],
    );
}

#[test]
fn files_that_are_cut_or_too_large() {
    let file = signs().file();
    for length in (0..file.len()).step_by(97) {
        rejects("cut", &file[..length], &["expected", "no safetensors file"]);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dict.st");
    std::fs::write(&path, &file).unwrap();
    let options = Options::default().with_memory(1000);
    let error = torch_float::import(&path, &options)
        .unwrap_err()
        .to_string();
    assert!(error.contains("at most 1000 bytes"), "{error}");
    let error = torch_float::import(folder.path(), &options).unwrap_err();
    assert!(error.to_string().contains("no regular file"), "{error}");
}

#[test]
fn a_name_is_compared() {
    let options = Options::default().with_net(Some("wrn-20-4".parse().unwrap()));
    let error = import(&signs().file(), &options).unwrap_err().to_string();
    assert!(
        error.contains("expected wrn-20-4, the network that was named"),
        "{error}"
    );
}
