//! What a run's files are: the same bytes for the same run, and no others for the network that was scored.

mod common;
#[path = "file_faults/records.rs"]
mod records;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use burn::tensor::Bytes;
use burn_pack::{Reader, Tensor, Writer};
use common::{failure, success, tiny, trainer};
use records::{must_be, records};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// A run of two epochs.
fn run() -> (TempDir, PathBuf) {
    let dir = tempdir().unwrap();
    let run = dir.path().join("run");
    success(&mut small(&run));
    (dir, run)
}

fn small(run: &Path) -> Command {
    let mut command = tiny(run, 2);
    command.args([
        "--limit-train",
        "50",
        "--limit-test",
        "20",
        "--validation",
        "20",
    ]);
    command
}

fn resume(run: &Path, more: &[&str]) -> Command {
    let mut command = trainer();
    command.args(["train", "--dashboard", "none", "--resume"]);
    command.arg(run).args(more);
    command
}

/// Makes the first number of a tensor another one.
fn change(file: &Path, name: &str, number: f32) {
    let reader = Reader::from_file(file).unwrap();
    let (scalars, paths) = (reader.scalars().clone(), reader.metadata().clone());
    let mut changed = 0;
    let tensors = reader.into_tensors().unwrap().into_iter().map(|tensor| {
        let (own, dtype, shape, id, bytes) = tensor.into_parts().unwrap();
        let mut bytes = bytes.to_vec();
        let path = own.split('.').next().and_then(|id| paths.get(id));
        if path.unwrap_or(&own) == name {
            bytes[..4].copy_from_slice(&number.to_le_bytes());
            changed += 1;
        }
        Tensor::new(own, dtype, shape, id, Bytes::from_bytes_vec(bytes))
    });
    let mut writer = Writer::new(tensors.collect());
    for (key, value) in scalars {
        writer = writer.with_scalar(&key, value);
    }
    for (key, value) in &paths {
        writer = writer.with_metadata(key, value);
    }
    fs::write(file, &writer.into_bytes().unwrap()[..]).unwrap();
    assert_eq!(changed, 1, "{name}");
}

/// Makes a manifest tell of a file as it is.
fn seal(manifest: &Path, file: &Path) {
    let mut value: Value = serde_json::from_slice(&fs::read(manifest).unwrap()).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let bytes = fs::read(file).unwrap();
    let parts = value["parts"].as_array_mut().unwrap();
    let part = parts.iter_mut().find(|part| part["file"] == name).unwrap();
    part["bytes"] = bytes.len().into();
    part["sha256"] = run::sha256(&bytes).into();
    fs::write(manifest, value.to_string()).unwrap();
}

#[test]
fn the_same_run_has_the_same_bytes_in_every_file() {
    let dir = tempdir().unwrap();
    let runs = ["first", "second"].map(|name| dir.path().join(name));
    for (run, threads) in runs.iter().zip(["1", "3"]) {
        success(small(run).env("RAYON_NUM_THREADS", threads));
    }
    let [first, second] = runs.each_ref().map(|run| records(run));
    assert!(first.contains_key("checkpoint/optim-2.bpk") && first.contains_key("model.bpk"));
    must_be(&second, &first, "the second");
    let other = dir.path().join("other");
    success(small(&other).args(["--seed", "9"]));
    let id = |run: &Path| -> Value {
        let about: Value =
            serde_json::from_slice(&fs::read(run.join("network.json")).unwrap()).unwrap();
        about["run"].clone()
    };
    assert_eq!(id(&runs[0]), id(&runs[1]));
    assert_ne!(id(&runs[0]), id(&other), "another run has another name");
}

#[test]
fn a_flipped_bit_of_the_trained_network_is_refused_by_name() {
    let (dir, run) = run();
    let model = run.join("model.bpk");
    let whole = fs::read(&model).unwrap();
    let mut flipped = whole.clone();
    let last = flipped.len() - 9;
    flipped[last] ^= 4;
    fs::write(&model, &flipped).unwrap();
    let out = |name: &str| dir.path().join(name);
    let mut export = trainer();
    export.args(["export", "--to", "onebit", "--run"]).arg(&run);
    export.arg("--out").arg(out("net"));
    let mut eval = trainer();
    eval.args(["eval", "--run"]).arg(&run);
    let mut predict = trainer();
    predict.args(["predict", "--run"]).arg(&run);
    predict.arg(run.join("augmented.png"));
    let mut init = small(&out("init"));
    init.arg("--init").arg(&run);
    let mut teacher = small(&out("taught"));
    teacher.arg("--teacher").arg(&run);
    for command in [
        &mut export,
        &mut eval,
        &mut predict,
        &mut init,
        &mut teacher,
    ] {
        let said = failure(command, 1);
        assert!(
            said.contains("model.bpk: expected the network of result.json")
                && said.contains("onebit train --resume"),
            "{command:?}: {said}"
        );
    }
    // The way out that is told makes it again.
    let said = success(&mut resume(&run, &[]));
    assert!(
        said.contains("made again from the last checkpoint"),
        "{said}"
    );
    assert!(fs::read(&model).unwrap() == whole);
    success(&mut eval);

    // A run of before has no digest, and opens as it did.
    let result = run.join("result.json");
    let text = fs::read_to_string(&result).unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    assert!(
        value
            .as_object_mut()
            .unwrap()
            .remove("model_sha256")
            .is_some()
    );
    fs::write(&result, value.to_string()).unwrap();
    fs::write(&model, &flipped).unwrap();
    success(&mut eval);
}

#[test]
fn a_number_that_is_not_finite_is_neither_exported_nor_trained_on() {
    let (dir, run) = run();
    let checkpoint = |name: &str| run.join("checkpoint").join(name);
    let [manifest, optim] = ["manifest-2.json", "optim-2.bpk"].map(checkpoint);
    change(&optim, "net.convs.3.weight", f32::NAN);
    seal(&manifest, &optim);
    let said = success(&mut resume(&run, &["--epochs", "3"]));
    assert!(
        said.contains("optim-2.bpk: expected a file of this run, found: NaN in net.convs.3.weight"),
        "{said}"
    );
    assert!(said.contains("continuing after epoch 1"), "{said}");

    // Velocities of another network's parameters.
    let [manifest, optim] = ["manifest-3.json", "optim-3.bpk"].map(checkpoint);
    let other = dir.path().join("other");
    success(small(&other).args(["--net", "wrn-8-2"]));
    fs::copy(other.join("checkpoint/optim-2.bpk"), &optim).unwrap();
    seal(&manifest, &optim);
    let said = success(&mut resume(&run, &["--epochs", "4"]));
    assert!(
        said.contains("optim-3.bpk: expected a file of this run, found: "),
        "{said}"
    );

    let result = run.join("result.json");
    let mut value: Value = serde_json::from_slice(&fs::read(&result).unwrap()).unwrap();
    let trained = run.join("model.bpk");
    change(&trained, "norms.1.running_var", f32::INFINITY);
    value["model_sha256"] = run::sha256(&fs::read(&trained).unwrap()).into();
    fs::write(&result, value.to_string()).unwrap();
    let mut export = trainer();
    export.args(["export", "--to", "onebit", "--run"]).arg(&run);
    let said = failure(export.arg("--out").arg(dir.path().join("net")), 1);
    assert!(
        said.contains("model.bpk") && said.contains("inf in norms.1.running_var"),
        "{said}"
    );
}

#[test]
fn a_finished_run_says_that_it_is_finished_and_what_can_be_done() {
    let (_dir, run) = run();
    let before = records(&run);
    let said = success(&mut resume(&run, &[]));
    assert!(
        said.contains("this run is finished, after 2 epochs")
            && said.contains("onebit eval --run")
            && said.contains("`--epochs N` trains it longer")
            && said.contains("test error: "),
        "{said}"
    );
    assert!(!said.contains("continuing"), "{said}");
    must_be(&records(&run), &before, "nothing was computed");
    let said = success(&mut resume(&run, &["--epochs", "3"]));
    assert!(said.contains("continuing after epoch 2"), "{said}");
}

#[test]
fn what_the_bits_depend_on_is_told_when_it_changes() {
    let (_dir, run) = run();
    let about: Value =
        serde_json::from_slice(&fs::read(run.join("network.json")).unwrap()).unwrap();
    let computes = &about["computes"];
    assert_eq!(computes["device"], "flex");
    assert!(computes["instructions"].is_string(), "{computes}");
    assert_eq!(about["settings"]["accumulate"], "1", "{about}");
    let isa = match computes["instructions"] == "portable" {
        true => "avx2",
        false => "portable",
    };
    if kernels::Isa::named(isa).is_some() {
        let said = success(resume(&run, &["--epochs", "3"]).env("ONEBIT_ISA", isa));
        assert!(
            said.contains(&format!("found {isa} instructions"))
                && said.contains("not to the same bits"),
            "{said}"
        );
        // And back.
        let said = success(&mut resume(&run, &["--epochs", "4"]));
        assert!(
            said.contains(&format!("expected {isa} instructions")),
            "{said}"
        );
    }
    let config = run.join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    let changed = text.replace("\nseed = ", "\nseed = 7");
    assert_ne!(changed, text);
    fs::write(&config, changed).unwrap();
    let said = success(&mut resume(&run, &["--epochs", "5"]));
    assert!(
        said.contains("config.toml: the run began with seed = ") && said.contains("found 7"),
        "{said}"
    );
    fs::write(&config, text).unwrap();
    let said = success(&mut resume(&run, &["--epochs", "6"]));
    assert!(
        !said.contains("began with") && !said.contains("the same bits"),
        "{said}"
    );
}
