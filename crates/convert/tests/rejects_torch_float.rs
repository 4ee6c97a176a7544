//! State dicts of our own form, each wrong in one place.

#[path = "../../runtime/tests/common/mod.rs"]
mod common;

use std::path::Path;

use common::parts::{Pieces, Tensor};
use common::wide;
use convert::torch_float::{self, Trained, Weights};
use convert::{ConvertError, Options};
use runtime::Model;

fn import(file: &[u8], options: &Options) -> Result<Model, ConvertError> {
    torch_float::import_from(Path::new("dict.st"), file, options)
}

fn model() -> Model {
    Model::new(wide(31, [3, 8, 8], 4, 1, 3)).unwrap()
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
    let norms = model.norms().iter().map(|norm| {
        norm.as_ref().map(|norm| torch_float::Moments {
            gamma: norm.scale.clone(),
            beta: norm.offset.clone(),
            mean: vec![0.0; norm.channels()],
            variance: vec![1.0; norm.channels()],
        })
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
            "F16",
            vec![4, 3, 3, 3],
            216,
            ["F32 [4, 3, 3, 3]", "F16 [4, 3, 3, 3]"],
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
        ("bn.bias", "F64", vec![16], 128, ["F32 [16]", "F64 [16]"]),
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
        ("version", "2", ["`version`", "`1`"]),
        ("weights", "real", ["`weights`", "`signs` or `latent`"]),
        ("weights", "signs", ["conv0", "one size"]),
        ("scales", "[1.0]", ["`scales`", "8 numbers or nulls"]),
        (
            "scales",
            "[1,1,1,1,1,1,1,true]",
            ["`scales`", "8 numbers or nulls"],
        ),
        (
            "scales",
            "[1e40,1,1,1,1,1,1,1]",
            ["convs.0.scale", "finite"],
        ),
        ("structure", "{}", ["`structure`", "missing field"]),
        ("input", "[3,8]", ["`input`", "[channels,height,width]"]),
        ("class_names", "[\"a\"]", ["class_names", "found 1"]),
    ] {
        let mut pieces = latent();
        // One that is no constant, so that it cannot pass for signs.
        pieces.tensor("conv0").bytes[..4].copy_from_slice(&0.25f32.to_le_bytes());
        *pieces.value(key) = value.into();
        rejects(value, &pieces.file(), &words);
    }
    for key in ["version", "weights", "scales", "structure", "provenance"] {
        let mut pieces = latent();
        pieces.metadata.retain(|(name, _)| name != key);
        rejects(key, &pieces.file(), &[&format!("`{key}`")]);
    }
    // Saved again by PyTorch alone, which keeps none of it, or writes its own word.
    let mut pieces = latent();
    pieces.metadata.clear();
    rejects("none", &pieces.file(), &["bn_in", "metadata", "save_file"]);
    pieces.metadata = vec![("format".into(), "pt".into())];
    rejects("pt", &pieces.file(), &["bn_in", "metadata", "save_file"]);
}

/// Sizes that multiply to more than there is: refused before anything is allocated for them.
#[test]
fn structures_that_claim_too_much() {
    for (from, to, words) in [
        (
            "\"out_channels\":4",
            "\"out_channels\":18446744073709551615",
            "F32 [18446744073709551615",
        ),
        (
            "\"kernel\":3",
            "\"kernel\":4294967296",
            "4294967296, 4294967296]",
        ),
        (
            "\"out_channels\":4",
            "\"out_channels\":0",
            "F32 [0, 3, 3, 3]",
        ),
    ] {
        let mut pieces = signs();
        let structure = pieces.value("structure");
        assert!(structure.contains(from), "{structure}");
        *structure = structure.replacen(from, to, 1);
        rejects(to, &pieces.file(), &["conv0", words]);
    }
    // A tensor without any number, of an enormous shape.
    let mut pieces = signs();
    let structure = pieces.value("structure");
    *structure = structure.replacen("\"out_channels\":4", "\"out_channels\":0", 1);
    *structure = structure.replacen("\"kernel\":3", "\"kernel\":4294967296", 1);
    *pieces.tensor("conv0") = Tensor {
        name: "conv0".into(),
        dtype: "F32".into(),
        shape: vec![0, 3, 1 << 32, 1 << 32],
        bytes: Vec::new(),
    };
    rejects("nothing", &pieces.file(), &["conv0", "found none"]);
}

#[test]
fn files_that_are_cut_or_too_large() {
    let file = signs().file();
    for length in (0..file.len()).step_by(97) {
        rejects("cut", &file[..length], &["expected", "a safetensors file"]);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dict.st");
    std::fs::write(&path, &file).unwrap();
    let options = Options {
        memory: 1000,
        ..Options::default()
    };
    let error = torch_float::import(&path, &options)
        .unwrap_err()
        .to_string();
    assert!(error.contains("at most 1000 bytes"), "{error}");
    let error = torch_float::import(folder.path(), &options).unwrap_err();
    assert!(error.to_string().contains("no regular file"), "{error}");
}

#[test]
fn a_name_is_compared() {
    let options = Options {
        net: Some("wrn-20-4".into()),
        ..Options::default()
    };
    let error = import(&signs().file(), &options).unwrap_err().to_string();
    assert!(
        error.contains("expected wrn-20-4, as --net says"),
        "{error}"
    );
}
