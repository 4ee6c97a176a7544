//! The Python package: a wheel is built, installed into a fresh environment, and used there. Its answers are those of
//! `runtime` and of `onebit predict`.

mod common;

#[path = "../../runtime/tests/common/mod.rs"]
mod packed;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{success, trainer};
use image::{DynamicImage, ImageBuffer, ImageFormat};
use packed::{Random, wide};
use pixels::Fit;
use runtime::integer::{Batch, Network};
use runtime::{Activations, Engine, Model, Options, Preprocessing, Rejection, calibrate, margin};
use serde_json::{Value, json};
use tempfile::TempDir;

const IMAGES: usize = 41;
/// Two, so that images go to several.
const THREADS: usize = 2;

/// A Python that builds wheels and has what ours needs.
fn python(test: &str) -> Option<String> {
    let task = "import subprocess, sys\n\
                subprocess.run([sys.executable, '-m', 'maturin', '--version'], check=True)\n\
                subprocess.run(['cargo', '--version'], check=True)";
    testkit::python(test, "venv, ensurepip, maturin, numpy, PIL.Image", task)
}

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../python")
        .join(path)
}

/// The wheel that maturin makes of a project.
fn wheel(python: &str, project: &Path, cargo: Option<&Path>, folder: &Path) -> PathBuf {
    // Where cargo builds the tests: what can be is taken from there.
    let tests = std::env::current_exe().unwrap();
    let target = tests.ancestors().nth(3).unwrap();
    let mut build = Command::new(python);
    build.args(["-m", "maturin", "build", "--profile", "release"]);
    build.args(["--locked", "--interpreter", python, "--target-dir"]);
    build.arg(target).arg("--out").arg(folder);
    // Of the tests' own build.
    for (name, _) in std::env::vars_os() {
        let of_cargo = name.to_string_lossy().starts_with("CARGO");
        if of_cargo && name != "CARGO_HOME" {
            build.env_remove(name);
        }
    }
    if let Some(cargo) = cargo {
        build.env("CARGO", cargo);
    }
    success(build.current_dir(project));
    let mut wheels = fs::read_dir(folder).unwrap();
    let wheel = wheels.next().unwrap().unwrap().path();
    assert!(wheels.next().is_none());
    wheel
}

/// A fresh environment with a wheel in it, for which nothing is downloaded.
fn environment(python: &str, wheel: &Path, folder: &Path) -> PathBuf {
    success(Command::new(python).args(["-m", "venv"]).arg(folder));
    let fresh = folder.join("bin/python");
    let mut install = Command::new(&fresh);
    install.args(["-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]);
    success(install.arg(wheel));
    fresh
}

/// Lets an environment have the NumPy and the Pillow of `python`.
fn lend(python: &str, fresh: &Path) {
    let script = "import numpy, os, PIL\n\
                  for module in (numpy, PIL): print(os.path.dirname(os.path.dirname(module.__file__)))";
    let places = success(Command::new(python).args(["-c", script]));
    let script = "import sysconfig; print(sysconfig.get_path('purelib'))";
    let packages = success(Command::new(fresh).args(["-c", script]));
    fs::write(Path::new(packages.trim()).join("numpy.pth"), places).unwrap();
}

/// Networks, images, and what `runtime` computes of them.
fn arrays(folder: &Path) {
    let plain = wide(21, [3, 13, 18], 20, 1, 6).model().unwrap();
    let mut random = Random(4);
    let images: Vec<u8> = (0..IMAGES).flat_map(|_| random.image(&plain)).collect();
    plain.save(&folder.join("plain.onebit")).unwrap();
    let model = plain.clone();
    let model = model.with_activation_scales(calibrate(&plain, &images).unwrap());
    let model = model
        .unwrap()
        .with_preprocessing(Preprocessing::Fit(Fit::Pad));
    let model = model.unwrap();
    let logits = |activations| {
        let options = Options::default().with_threads(THREADS);
        let options = options.with_activations(activations);
        let mut logits = vec![0.0; IMAGES * model.classes()];
        let mut engine = Engine::new(&model, options).unwrap();
        engine.logits_batch(&images, &mut logits).unwrap();
        logits
    };
    let float = logits(Activations::F32);
    let int8 = logits(Activations::Int8);
    let mut integer = vec![0.0; float.len()];
    let network = Network::new(&model).unwrap();
    let mut batch = Batch::new(&network, THREADS);
    batch.logits_batch(&images, &mut integer).unwrap();
    let bytes = |logits: &[f32]| {
        logits
            .iter()
            .flat_map(|logit| logit.to_le_bytes())
            .collect()
    };
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.join(name), bytes).unwrap();
    write("images", images.clone());
    write("float", bytes(&float));
    write("int8", bytes(&int8));
    write(
        "integer",
        integer
            .iter()
            .flat_map(|logit| logit.to_le_bytes())
            .collect(),
    );

    // About a half of them are none of the classes.
    let rows = || float.chunks(model.classes());
    let mut margins: Vec<f32> = rows().map(margin).collect();
    margins.sort_by(f32::total_cmp);
    let [below, above] = [IMAGES / 2 - 1, IMAGES / 2].map(|place| margins[place]);
    let rejection = Rejection::new((below + above) / 2.0, 0.5, IMAGES);
    let model = model.clone().with_rejection(Some(rejection)).unwrap();
    model.save(&folder.join("net.onebit")).unwrap();
    let indices = rows().map(|logits| model.answer(logits).map_or(-1, |class| class as i64));
    let indices: Vec<i64> = indices.collect();
    assert_eq!(
        indices.iter().filter(|&&index| index < 0).count(),
        IMAGES / 2
    );
    write(
        "indices",
        indices
            .iter()
            .flat_map(|index| index.to_le_bytes())
            .collect(),
    );

    // Of grey images a batch has three axes too.
    let grey = wide(3, [1, 12, 10], 4, 1, 3).model().unwrap();
    grey.save(&folder.join("grey.onebit")).unwrap();
    for (name, model) in [("one-pixel", [1, 1, 1]), ("cube", [3, 3, 3])] {
        let model: Model = wide(5, model, 4, 1, 2).model().unwrap();
        model.save(&folder.join(format!("{name}.onebit"))).unwrap();
    }
}

/// Pictures of several sizes and kinds, and what `onebit predict` says of them.
fn pictures(folder: &Path) {
    let pictures = folder.join("pictures");
    fs::create_dir(&pictures).unwrap();
    let mut random = Random(9);
    let mut noise = |count: usize| -> Vec<u8> { (0..count).map(|_| random.next() as u8).collect() };
    let rgb = ImageBuffer::from_raw(31, 20, noise(31 * 20 * 3)).unwrap();
    let rgba = ImageBuffer::from_raw(7, 40, noise(7 * 40 * 4)).unwrap();
    let grey = ImageBuffer::from_raw(18, 13, noise(18 * 13)).unwrap();
    let both = ImageBuffer::from_raw(50, 60, noise(50 * 60 * 2)).unwrap();
    let wide = noise(2 * 23 * 29);
    let wide = wide
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let deep = ImageBuffer::from_raw(23, 29, wide.collect()).unwrap();
    for (name, image) in [
        ("a rgb", DynamicImage::ImageRgb8(rgb)),
        ("b rgba", DynamicImage::ImageRgba8(rgba)),
        ("c grey", DynamicImage::ImageLuma8(grey)),
        ("d grey with opacity", DynamicImage::ImageLumaA8(both)),
        ("e grey, 16 bits", DynamicImage::ImageLuma16(deep)),
    ] {
        let path = pictures.join(format!("{name}.png"));
        image.save_with_format(path, ImageFormat::Png).unwrap();
    }
    for (name, arithmetic, model) in [
        ("float", "f32", "net.onebit"),
        ("int8", "int8", "net.onebit"),
        ("integer", "integer", "net.onebit"),
        ("plain", "f32", "plain.onebit"),
    ] {
        let mut predict = trainer();
        predict.args(["predict", "--json", "--logits", "--top", "6", "--model"]);
        predict.arg(folder.join(model)).arg(&pictures);
        predict.args([
            "--activations",
            arithmetic,
            "--threads",
            &THREADS.to_string(),
        ]);
        let said = success(&mut predict);
        fs::write(folder.join(format!("predict-{name}.jsonl")), said).unwrap();
    }
    let mut predict = trainer();
    predict.args(["predict", "--csv", "--top", "10", "--model", "cifar10-20-1"]);
    let said = success(predict.arg(&pictures).args(["--threads", "2"]));
    fs::write(folder.join("predict.csv"), said).unwrap();
}

#[test]
fn a_wheel_in_a_fresh_environment_answers_as_the_runtime_does() {
    let Some(python) = python("the Python package") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    arrays(folder);
    pictures(folder);
    let wheel = wheel(&python, &source(""), None, &folder.join("wheels"));
    let name = wheel.file_name().unwrap().to_str().unwrap();
    // One for every Python from 3.9 on.
    let begin = format!("onebit-{}-cp39-abi3-", env!("CARGO_PKG_VERSION"));
    assert!(name.starts_with(&begin), "{name}");
    let fresh = environment(&python, &wheel, &folder.join("environment"));
    lend(&python, &fresh);
    let mut check = Command::new(&fresh);
    check.arg(source("tests/check.py")).arg(folder);
    check.arg(source("examples/folder_to_csv.py"));
    // Another folder than the sources': the module is the installed one.
    let said = success(check.current_dir(folder));
    assert!(said.ends_with("all as expected\n"), "{said}");
}

/// What is told of cargo in place of building the program once more: the tests' build has it.
fn stub(program: &str, folder: &Path) -> PathBuf {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let mut metadata = Command::new(cargo);
    metadata.args([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--manifest-path",
    ]);
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let metadata: Value = serde_json::from_str(&success(metadata.arg(manifest))).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    let trainer = packages
        .find(|package| package["name"] == "trainer")
        .unwrap();
    let mut targets = trainer["targets"].as_array().unwrap().iter();
    let target = targets.find(|target| target["name"] == "onebit").unwrap();
    let artifact = json!({
        "reason": "compiler-artifact",
        "package_id": trainer["id"],
        "manifest_path": manifest,
        "target": target,
        "profile": {
            "opt_level": "3", "debuginfo": 0, "debug_assertions": false, "overflow_checks": false, "test": false,
        },
        "features": [],
        "filenames": [program],
        "executable": program,
        "fresh": true,
    });
    fs::write(folder.join("artifact"), format!("{artifact}\n")).unwrap();
    let script = format!(
        "#!/bin/sh\ncase $1 in\nrustc) cat '{}' && echo '{{\"reason\":\"build-finished\",\"success\":true}}' ;;\n\
         *) exec '{cargo}' \"$@\" ;;\nesac\n",
        folder.join("artifact").display()
    );
    // A shell writes it: no process that another test starts can hold a file open that this one has closed.
    let stub = folder.join("cargo");
    let write = r#"printf '%s' "$1" > "$2"; chmod +x "$2""#;
    success(
        Command::new("sh")
            .args(["-c", write, "sh", &script])
            .arg(&stub),
    );
    stub
}

#[test]
fn a_wheel_of_the_program_gives_the_command() {
    let Some(python) = python("the program as a wheel") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let program = env!("CARGO_BIN_EXE_onebit");
    let cargo = stub(program, folder);
    let wheel = wheel(
        &python,
        &source("cli"),
        Some(&cargo),
        &folder.join("wheels"),
    );
    let name = wheel.file_name().unwrap().to_str().unwrap();
    let begin = format!("onebit_cli-{}-py3-none-", env!("CARGO_PKG_VERSION"));
    assert!(name.starts_with(&begin), "{name}");
    let fresh = environment(&python, &wheel, &folder.join("environment"));
    let installed = fresh.with_file_name("onebit");
    for words in [&["--version"][..], &["models", "--json"]] {
        let said = success(Command::new(&installed).args(words));
        assert_eq!(said, success(Command::new(program).args(words)));
    }
}
