//! What a state dict of the paper's PyTorch port loses on the way to one bit is said.

mod common;
#[path = "../../convert/tests/common/mod.rs"]
mod dicts;

use std::fs;

use common::{failure, success, trainer};
use dicts::nets::torch;
use dicts::safetensors;

type Tensors = Vec<(String, &'static str, Vec<usize>, Vec<u8>)>;

/// The port's smallest network, with numbers that follow from the layer and the place in it.
fn dict(number: impl Fn(usize, usize) -> f32) -> Tensors {
    let inner = [3, 2, 2, 2, 4, 4, 8, 8];
    let mut tensors = torch();
    for (index, (tensor, inner)) in tensors.iter_mut().zip(inner).enumerate() {
        let shape = vec![tensor.2[0], inner, tensor.2[2], tensor.2[3]];
        let count = shape.iter().product();
        let numbers = (0..count).flat_map(|at| number(index, at).to_le_bytes());
        (tensor.1, tensor.3) = ("F32", numbers.collect());
        tensor.2 = shape;
    }
    tensors
}

/// Of both signs, and of many sizes.
fn real(at: usize) -> f32 {
    (at as f32 * 0.7).sin() + 0.01
}

/// What `import` says.
fn import(tensors: &Tensors) -> String {
    imported(tensors, &[]).0
}

/// What `import` says with these flags, and `inspect` of what it wrote.
fn imported(tensors: &Tensors, flags: &[&str]) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let [file, out] = ["dict.safetensors", "net.onebit"].map(|name| dir.path().join(name));
    fs::write(&file, safetensors(tensors)).unwrap();
    let mut import = trainer();
    import.args(["import", "--from", "safetensors"]).arg(&file);
    let said = success(import.args(flags).arg("--out").arg(&out));
    (said, success(trainer().arg("inspect").arg(&out)))
}

#[test]
fn signs_of_real_weights_are_counted() {
    // Blocks: 2·2·9, 2·2·9, 4·2·9, 4·4·9, 8·4·9, 8·8·9.
    let weights = [36, 36, 72, 144, 288, 576];
    let all: usize = weights.iter().sum();
    let said = import(&dict(|_, at| real(at)));
    assert!(said.contains("6 of 8 convolutions"), "{said}");
    assert!(said.contains("only the signs"), "{said}");
    assert!(said.contains(&format!("{all} weights")), "{said}");
    // Both ends stay real; the way to keep all is named.
    assert!(said.contains("--real-weights"), "{said}");
    let (said, inside) = imported(&dict(|_, at| real(at)), &["--real-weights"]);
    assert!(said.contains("are kept as they are"), "{said}");
    assert!(inside.contains("sign bits: 0"), "{inside}");
    // A part of them, and a single number that is of another size.
    let said = import(&dict(|layer, at| match layer {
        2 | 5 => real(at),
        _ => real(at).signum() * 0.5,
    }));
    assert!(said.contains("2 of 8 convolutions"), "{said}");
    assert!(said.contains(&format!("{} weights", 36 + 288)), "{said}");
    let said = import(&dict(|layer, at| match (layer, at) {
        (3, 7) => 0.25,
        _ => real(at).signum() * 0.5,
    }));
    assert!(said.contains("1 of 8 convolutions"), "{said}");
    // A scale for each channel is of many sizes too.
    let said = import(&dict(|_, at| real(at).signum() * (1.0 + (at / 72) as f32)));
    assert!(said.contains("only the signs"), "{said}");
}

/// Weights ± one number lose nothing, and real ones at both ends stay.
#[test]
fn nothing_is_said_where_nothing_is_lost() {
    let constant = dict(|_, at| real(at).signum() * 0.125);
    let ends = dict(|layer, at| match layer {
        0 | 7 => real(at),
        _ => real(at).signum() * 0.125,
    });
    for tensors in [torch(), constant, ends] {
        let said = import(&tensors);
        assert!(!said.contains("note"), "{said}");
    }
}

/// Names of classes are asked for where there are none, and not where somebody gave them.
#[test]
fn names_that_were_given_are_not_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let [file, names] = ["dict.safetensors", "names"].map(|name| dir.path().join(name));
    let tensors = torch();
    let classes = tensors
        .iter()
        .find(|tensor| tensor.0.ends_with("bn_last.running_mean"))
        .map(|tensor| tensor.2[0])
        .unwrap();
    fs::write(&file, safetensors(&tensors)).unwrap();
    let digits: Vec<String> = (0..classes).map(|digit| digit.to_string()).collect();
    fs::write(&names, digits.join("\n")).unwrap();
    let import = |flags: &[&str]| {
        let mut import = trainer();
        import.args(["import", "--from", "pytorch"]).arg(&file);
        success(import.args(flags).arg("--out").arg(dir.path().join("net")))
    };
    let asked = "the classes have only numbers";
    assert!(import(&[]).contains(asked));
    let said = import(&["--classes", names.to_str().unwrap()]);
    assert!(!said.contains(asked), "{said}");
}

/// A packed file is said to be one once.
#[test]
fn a_packed_file_needs_no_import() {
    let dir = tempfile::tempdir().unwrap();
    let [file, out] = ["net.onebit", "other.onebit"].map(|name| dir.path().join(name));
    let model = &zoo::all()[0];
    fs::write(&file, model.bytes).unwrap();
    let mut import = trainer();
    import.args(["import", "--from", "safetensors"]).arg(&file);
    let message = failure(import.arg("--out").arg(&out), 1);
    assert_eq!(message.matches("needs no import").count(), 1, "{message}");
    assert!(message.contains("--model"), "{message}");
}

/// Numbers of other types are read with the same words, or refused by name.
#[test]
fn half_precision_is_not_taken_for_something_else() {
    let typed = |dtype: &'static str| {
        let mut tensors = dict(|_, at| real(at));
        for tensor in &mut tensors {
            if tensor.1 == "F32" {
                let halves = tensor.3.chunks(4).enumerate();
                let halves = halves.flat_map(|(at, _)| [at as u8, [0x3c, 0xbc][at % 2]]);
                (tensor.1, tensor.3) = (dtype, halves.collect());
            }
        }
        // Variances are not negative.
        for tensor in tensors
            .iter_mut()
            .filter(|tensor| tensor.0.ends_with("_var"))
        {
            tensor.3 = [0, 0x3c].repeat(tensor.3.len() / 2);
        }
        tensors
    };
    for dtype in ["F16", "BF16"] {
        let (said, inside) = imported(&typed(dtype), &[]);
        assert!(
            said.contains("only the signs of these 1152 weights"),
            "{said}"
        );
        assert!(inside.contains("sign bits: 1152"), "{inside}");
    }
    let dir = tempfile::tempdir().unwrap();
    let [file, out] = ["dict.safetensors", "net.onebit"].map(|name| dir.path().join(name));
    let refused = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        let mut import = trainer();
        import.args(["import", "--from", "safetensors"]).arg(&file);
        let message = failure(import.arg("--out").arg(&out), 1);
        assert!(!out.exists());
        message
    };
    let message = refused(&safetensors(&typed("I16")));
    assert!(
        message.contains("conv0") && message.contains("I16"),
        "{message}"
    );
    let message = refused(b"PK\x03\x04\0\0\0\0\0\0archive/data.pkl");
    for word in [
        "torch.save",
        "weights_only=True",
        "save_file",
        ".metadata()",
    ] {
        assert!(message.contains(word), "{message}");
    }
    let message = refused(b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01");
    assert!(
        message.contains("expected a safetensors file, found a JPEG picture"),
        "{message}"
    );
    // Of our own form, saved again without its metadata.
    let mut own = dict(|_, at| real(at));
    own.push(("module.bn_in.bias".into(), "F32", vec![3], vec![0; 12]));
    let message = refused(&safetensors(&own));
    for word in ["`module.bn_in.bias`", "safe_open(", ".metadata())"] {
        assert!(message.contains(word), "{message}");
    }
    let message = refused(b"MATLAB 5.0 MAT-file, Platform: GLNXA64");
    assert!(message.contains("--from mcdonnell"), "{message}");
}
