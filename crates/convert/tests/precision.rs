//! State dicts whose numbers have 16 or 64 bits in place of 32, names that begin with other words, and files that
//! are no safetensors at all.

#[path = "../../runtime/tests/common/mod.rs"]
mod common;
#[path = "common/mod.rs"]
mod files;
#[path = "common/kinds.rs"]
mod kinds;

use std::path::Path;

use common::wide;
use convert::torch_float::{self, Weights};
use convert::{ConvertError, FileKind, Imported, Options, mcdonnell, torch_packed};
use files::nets::torch;
use files::safetensors;
use graph::Storage;
use kinds::with_kinds;
use runtime::Model;
use serde_json::{Value, json};

fn import(file: &[u8]) -> Result<Imported, ConvertError> {
    torch_float::import_from(Path::new("dict.st"), file, &Options::default())
}

/// The upper bits of a number, to the nearest.
fn bf16(number: f32) -> Vec<u8> {
    let bits = number.to_bits();
    let even = (bits >> 16) & 1;
    (((bits + 0x7fff + even) >> 16) as u16).to_le_bytes().into()
}

/// A number of normal size with 11 binary digits, to the nearest.
fn f16(number: f32) -> Vec<u8> {
    let bits = number.to_bits();
    let rounded = bits + 0xfff + ((bits >> 13) & 1);
    let exponent = ((rounded >> 23) & 0xff) as i32 - 127 + 15;
    let size = match number {
        0.0 => 0,
        _ if exponent <= 0 => ((number.abs() * f32::powi(2.0, 24)).round()) as u16,
        _ => ((exponent as u16) << 10) | ((rounded >> 13) & 0x3ff) as u16,
    };
    (((bits >> 31) as u16) << 15 | size).to_le_bytes().into()
}

fn f64(number: f32) -> Vec<u8> {
    f64::from(number).to_le_bytes().into()
}

/// How a number is written.
type Bytes = fn(f32) -> Vec<u8>;

const TYPES: [(&str, Bytes); 3] = [("F16", f16), ("BF16", bf16), ("F64", f64)];

/// The same file with its 32-bit numbers in another type.
fn retyped(file: &[u8], dtype: &str, write: fn(f32) -> Vec<u8>) -> Vec<u8> {
    let (length, rest) = file.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: serde_json::Map<String, Value> = serde_json::from_slice(header).unwrap();
    let mut tensors: Vec<_> = header
        .iter()
        .filter(|(name, _)| *name != "__metadata__")
        .map(|(name, info)| (info["data_offsets"][0].as_u64().unwrap(), name.clone()))
        .collect();
    tensors.sort();
    let mut written = Vec::new();
    for (_, name) in tensors {
        let info = &mut header[&name];
        let [from, to] = [0, 1].map(|i| info["data_offsets"][i].as_u64().unwrap() as usize);
        let start = written.len();
        match info["dtype"] == "F32" {
            true => {
                let (numbers, _) = data[from..to].as_chunks::<4>();
                written.extend(numbers.iter().flat_map(|&n| write(f32::from_le_bytes(n))));
                info["dtype"] = json!(dtype);
            }
            false => written.extend(&data[from..to]),
        }
        info["data_offsets"] = json!([start, written.len()]);
    }
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes(), &header[..], &written].concat()
}

/// The port's network with real numbers that all types hold exactly.
fn port() -> Vec<u8> {
    let inner = [3, 2, 2, 2, 4, 4, 8, 8];
    let mut tensors = torch();
    for (tensor, inner) in tensors.iter_mut().zip(inner) {
        tensor.2[1] = inner;
        let count = tensor.2.iter().product::<usize>();
        let numbers = (0..count).map(|at| (at * 7 % 31) as f32 / 16.0 - 0.96875);
        tensor.1 = "F32";
        tensor.3 = numbers.flat_map(f32::to_le_bytes).collect();
    }
    safetensors(&tensors)
}

#[test]
fn numbers_of_other_types_are_the_same_network() {
    let expected = import(&port()).unwrap();
    assert_eq!(expected.notes.len(), 1);
    for (dtype, write) in TYPES {
        let found = import(&retyped(&port(), dtype, write)).unwrap();
        assert_eq!(found, expected, "{dtype}");
    }
    // A packed one, whose norms and ends alone are numbers.
    let packed = safetensors(&torch());
    let import = |file: &[u8]| {
        torch_packed::import_from(Path::new("dict.st"), file, &Options::default()).unwrap()
    };
    for (dtype, write) in TYPES {
        assert_eq!(
            import(&retyped(&packed, dtype, write)),
            import(&packed),
            "{dtype}"
        );
    }
}

/// Integers times scales come back as they were, and the rest as near as the type is.
#[test]
fn files_of_our_own_in_other_types_have_the_same_integers() {
    for kind in graph::Weights::ALL {
        let (model, trained) = with_kinds(wide(31, [3, 9, 9], 5, 1, 4), |_| *kind);
        for (weights, trained) in [(Weights::Signs, None), (Weights::Latent, Some(&trained))] {
            let file = torch_float::export(&model, trained, weights).unwrap();
            for (dtype, write) in TYPES {
                // Latent weights that are rounded first may make other integers.
                let kept = matches!(kind.storage(), Storage::Signs | Storage::Float);
                if weights == Weights::Latent && !kept && dtype != "F64" {
                    continue;
                }
                let found = import(&retyped(&file, dtype, write)).unwrap().model;
                let name = format!("{kind} {weights:?} {dtype}");
                near(&found, &model, &name);
                if dtype == "F64" {
                    assert_eq!(found, model, "{name}");
                }
            }
        }
    }
}

fn near(found: &Model, expected: &Model, name: &str) {
    for (found, expected) in found.convs().iter().zip(expected.convs()) {
        for out in 0..expected.out_channels {
            for (found, expected) in found.row(out).zip(expected.row(out)) {
                let off = (found - expected).abs();
                assert!(
                    off <= expected.abs() / 250.0 + 1e-7,
                    "{name}: {found}, expected {expected}"
                );
            }
        }
    }
}

#[test]
fn numbers_that_are_none_are_refused_in_every_type() {
    for (dtype, bytes) in [("F16", [0, 0x7e]), ("BF16", [0x80, 0x7f])] {
        let mut tensors = torch();
        let tensor = tensors
            .iter_mut()
            .find(|tensor| tensor.0 == "module.conv0")
            .unwrap();
        *tensor = (
            "module.conv0".into(),
            dtype,
            vec![2, 3, 3, 3],
            bytes.repeat(54),
        );
        let error = import(&safetensors(&tensors)).unwrap_err().to_string();
        assert!(
            error.contains("module.conv0") && error.contains("finite"),
            "{error}"
        );
    }
}

#[test]
fn names_may_begin_with_any_words() {
    let renamed = |prefix: &str| {
        let tensors = torch().into_iter();
        let tensors = tensors.map(|(name, dtype, shape, bytes)| {
            (
                format!("{prefix}{}", &name["module.".len()..]),
                dtype,
                shape,
                bytes,
            )
        });
        safetensors(&tensors.collect::<Vec<_>>())
    };
    let expected = import(&renamed("")).unwrap();
    for prefix in ["module.", "_orig_mod.", "_orig_mod.module.", "model.net."] {
        assert_eq!(import(&renamed(prefix)).unwrap(), expected, "{prefix}");
    }
    for prefix in ["net", "group0.block0."] {
        assert!(import(&renamed(prefix)).is_err(), "{prefix}");
    }
}

#[test]
fn a_file_of_another_kind_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    let zip = [b"PK\x03\x04", &[0; 26][..], b"x/data.pkl", &[7; 300]].concat();
    for (bytes, kind) in [
        (&zip[..], FileKind::Torch),
        (b"\x80\x02}q\0(X\x05\0\0\0conv0q\x01", FileKind::Pickle),
        (b"\x89HDF\r\n\x1a\n\0\0\0\0\0\0\0\0", FileKind::Hdf5),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03", FileKind::Gzip),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let options = Options::default();
        for error in [
            torch_float::import(&file, &options).map(|found| found.model),
            torch_packed::import(&file, &options),
            mcdonnell::import(&file, &options),
        ] {
            let error = error.unwrap_err();
            assert!(
                matches!(error, ConvertError::OtherFile { found, .. } if found == kind),
                "{error}"
            );
        }
    }
    std::fs::write(&file, port()).unwrap();
    let error = mcdonnell::import(&file, &Options::default()).unwrap_err();
    assert!(
        error.to_string().contains("found a safetensors file"),
        "{error}"
    );
    // A damaged file of the right kind is damaged.
    std::fs::write(&file, &port()[..100]).unwrap();
    let error = torch_float::import(&file, &Options::default()).unwrap_err();
    assert!(matches!(error, ConvertError::Container { .. }), "{error}");
}
