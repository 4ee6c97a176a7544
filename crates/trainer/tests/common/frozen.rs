//! Runs and numbers that were written down once, to be found again: what reads them, and what makes digests.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use burn_pack::Reader;
use data::{Dataset, GlyphsOptions};
use flate2::read::GzDecoder;
use runtime::integer::{Forward, Network};
use runtime::{Activations, Engine, Model, Options};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::trainer;

/// The values of `ONEBIT_ISA`.
pub const ISAS: [&str; 3] = ["portable", "avx2", "avx512"];

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A file of fixtures.
fn frozen(file: &str) -> Value {
    let text = fs::read_to_string(fixtures().join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Compares with the part of a file of fixtures that `pointer` leads to. With `ONEBIT_RECORD=1` it writes that part
/// instead, for a change of arithmetic that is meant.
pub fn check(file: &str, pointer: &str, found: &Value) {
    if std::env::var_os("ONEBIT_RECORD").is_some_and(|value| value == "1") {
        return record(file, pointer, found);
    }
    let all = frozen(file);
    let expected = all
        .pointer(pointer)
        .unwrap_or_else(|| panic!("{file} has no {pointer}"));
    assert_eq!(found, expected, "{file} {pointer}");
}

/// Writes a part of a file of fixtures, of an object that is there.
fn record(file: &str, pointer: &str, found: &Value) {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all = frozen(file);
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a name");
    let parent = all.pointer_mut(parent).and_then(Value::as_object_mut);
    let parent = parent.unwrap_or_else(|| panic!("{file} has nothing to hold {pointer}"));
    parent.insert(name.into(), found.clone());
    let mut text = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut to = serde_json::Serializer::with_formatter(&mut text, format);
    all.serialize(&mut to).unwrap();
    text.push(b'\n');
    fs::write(fixtures().join(file), text).unwrap();
}

/// Which of [`ISAS`] this machine has, the widest last.
fn available() -> &'static [&'static str] {
    #[cfg(target_arch = "x86_64")]
    let count = match (
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
        is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw"),
    ) {
        (true, true) => 3,
        (true, false) => 2,
        (false, _) => 1,
    };
    #[cfg(not(target_arch = "x86_64"))]
    let count = 1;
    &ISAS[..count]
}

/// Where in a file of fixtures the numbers of a run on the instructions `isa` are, for this machine; `None`, said
/// aloud, where there are none.
///
/// Our own kernels use what `ONEBIT_ISA` names, but Burn's use the widest instructions of the machine. So a file has
/// numbers for each pair of both.
pub fn place(file: &str, isa: &str) -> Option<String> {
    let available = available();
    let widest = available[available.len() - 1];
    let place = format!("/{widest}/{isa}");
    if !available.contains(&isa) {
        let reason = format!("this machine has {available:?}");
        testkit::skipped(&format!("{file} on {isa}"), &reason);
        return None;
    }
    if frozen(file).pointer(&place).is_none() {
        let reason = format!("it has no numbers of machines with {widest}");
        testkit::skipped(&format!("{file} on {isa}"), &reason);
        return None;
    }
    Some(place)
}

/// The program on these instructions.
pub fn trainer_on(isa: &str) -> Command {
    let mut command = trainer();
    command.env("ONEBIT_ISA", isa);
    command
}

/// Copies a run of the fixtures to the folder `to`.
pub fn unpack(name: &str, to: &Path) {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &target);
            } else if path.extension().is_some_and(|extension| extension == "gz") {
                let mut packed = GzDecoder::new(File::open(&path).unwrap());
                let mut file = File::create(target.with_extension("")).unwrap();
                std::io::copy(&mut packed, &mut file).unwrap();
            } else {
                fs::copy(&path, &target).unwrap();
            }
        }
    }
    copy(&fixtures().join("runs").join(name), to);
}

/// The first digits of a SHA-256.
pub fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A digest of tensors that tells of their shapes and bytes, and neither of names nor of an order.
pub fn multiset(tensors: impl Iterator<Item = (Vec<usize>, Vec<u8>)>) -> String {
    let one = |(shape, bytes): (Vec<usize>, Vec<u8>)| format!("{shape:?} {}\n", digest(&bytes));
    let mut all: Vec<String> = tensors.map(one).collect();
    all.sort();
    format!("{} tensors {}", all.len(), digest(all.concat().as_bytes()))
}

/// The digest of all tensors of a record of Burn's.
pub fn tensors(path: &Path) -> String {
    let reader = Reader::from_file(path).unwrap();
    let tensors = reader.into_tensors().unwrap().into_iter().map(|tensor| {
        let shape = tensor.shape.to_vec();
        (shape, tensor.into_bytes().unwrap().to_vec())
    });
    multiset(tensors)
}

/// The digest of JSON lines, whose speeds are left out.
fn lines(path: &Path) -> String {
    const SPEED: &str = "\"images_per_second\":";
    let text = fs::read_to_string(path).unwrap();
    let line = |line: &str| {
        let Some((before, after)) = line.split_once(SPEED) else {
            return format!("{line}\n");
        };
        let end = after.find([',', '}']).unwrap();
        format!("{before}{}\n", &after[end..])
    };
    let lines: Vec<String> = text.lines().map(line).collect();
    format!(
        "{} lines {}",
        lines.len(),
        digest(lines.concat().as_bytes())
    )
}

/// `result.json` as one line: but the version, and but the machine, an object, and what there is by class, which runs of
/// version 0.1.0 don't name.
fn result(run: &Path) -> String {
    let text = fs::read_to_string(run.join("result.json")).unwrap();
    let mut within = false;
    let mut kept = Vec::new();
    for line in text.lines() {
        within |= ["\"machine\":", "\"classes\":"]
            .iter()
            .any(|key| line.trim().starts_with(key));
        let left_out = [
            "\"version\":",
            "\"balanced_accuracy_percent\":",
            "\"macro_f1_percent\":",
            "\"model_sha256\":",
        ];
        if !within && !left_out.iter().any(|key| line.trim().starts_with(key)) {
            kept.push(line.trim());
        }
        within &= !line.starts_with("  }") && !line.starts_with("  ]");
    }
    kept.join(" ").replace(", }", " }")
}

/// What became of a run that has trained so many epochs.
pub fn outcome(run: &Path, epochs: usize) -> Value {
    let checkpoint = |part: &str| run.join(format!("checkpoint/{part}-{epochs}.bpk"));
    json!({
        "result": result(run),
        "model": tensors(&run.join("model.bpk")),
        "checkpoint": tensors(&checkpoint("model")),
        "velocities": tensors(&checkpoint("optim")),
        "metrics": lines(&run.join("metrics.jsonl")),
        "steps": lines(&run.join("steps.jsonl")),
        "weights": lines(&run.join("weights.jsonl")),
    })
}

/// The first 20 test images of `glyphs`.
pub fn images() -> Vec<Vec<u8>> {
    let options = GlyphsOptions::default().with_train(1).with_test(20);
    let test = Dataset::Glyphs.load(Path::new("unused"), &options);
    let test = test.unwrap().test;
    (0..test.len())
        .map(|index| test.image(index).to_vec())
        .collect()
}

/// Digests of what a calibrated packed file computes, whatever bytes it has.
pub fn packed(path: &Path) -> Value {
    let model = Model::load(path).unwrap();
    let engine = |activations| {
        let options = Options::default().with_activations(activations);
        let mut engine = Engine::new(&model, options).unwrap();
        let logits = images()
            .into_iter()
            .flat_map(|image| engine.logits(&image).unwrap().to_vec())
            .flat_map(f32::to_le_bytes);
        digest(&logits.collect::<Vec<u8>>())
    };
    let network = Network::new(&model).unwrap();
    let mut forward = Forward::new(&network);
    let integers = images().into_iter().map(|image| {
        let words = forward.logits(&image).unwrap().iter().map(i32::to_string);
        words.collect::<Vec<_>>().join(" ") + "\n"
    });
    json!({
        "f32": engine(Activations::F32),
        "int8": engine(Activations::Int8),
        "integers": digest(integers.collect::<String>().as_bytes()),
    })
}
