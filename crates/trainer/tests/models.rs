//! The built-in models, by name wherever a command takes a packed file.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{failure, success, trainer};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

const NAME: &str = "cifar10-20-1";

/// The program in an empty folder.
fn within(dir: &TempDir, words: &[&str]) -> Command {
    let mut command = trainer();
    command.current_dir(dir.path()).args(words);
    command
}

fn both(command: &mut Command) -> (String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let [out, err] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(status.success(), "{command:?}\n{out}\n{err}");
    (out, err)
}

fn picture(dir: &TempDir) {
    let picture =
        image::RgbImage::from_fn(32, 32, |x, y| image::Rgb([8 * x as u8, 8 * y as u8, 90]));
    picture.save(dir.path().join("picture.png")).unwrap();
}

#[test]
fn a_name_stands_for_its_file_in_every_command() {
    let dir = tempdir().unwrap();
    picture(&dir);
    // The very file comes out again.
    let packaged = zoo::find(NAME).unwrap();
    let out = [
        "export",
        "--model",
        NAME,
        "--to",
        "onebit",
        "--out",
        "net.onebit",
    ];
    success(&mut within(&dir, &out));
    assert_eq!(
        fs::read(dir.path().join("net.onebit")).unwrap(),
        packaged.bytes
    );

    // Each command says the same of the name and of the file.
    let glyphs = ["--dataset", "glyphs", "--limit", "3"];
    for words in [
        &["predict", "picture.png", "--logits", "--model"][..],
        &[
            "predict",
            "picture.png",
            "--logits",
            "--activations",
            "integer",
            "--model",
        ],
        &["inspect"],
        &["inspect", "--json"],
    ] {
        let of = |name: &str| both(within(&dir, words).arg(name));
        let (named, said) = of(NAME);
        let (file, unsaid) = of("net.onebit");
        assert_eq!(named, file, "{words:?}");
        assert!(
            said.contains(&format!("model: {NAME}, a built-in model")),
            "{said}"
        );
        assert!(!unsaid.contains("built-in model"), "{unsaid}");
    }
    // `eval` takes it too, and so refuses images of another shape.
    let refused = failure(within(&dir, &["eval", "--model", NAME]).args(glyphs), 2);
    assert!(refused.contains("3x32x32"), "{refused}");
    let timed = ["bench", "infer", "--model", NAME, "--runs", "1", "--json"];
    let timed: Value = serde_json::from_str(&success(&mut within(&dir, &timed))).unwrap();
    assert_eq!(timed["net"], "wrn-20-1");
    success(&mut within(
        &dir,
        &["export", "--model", NAME, "--to", "c", "--out", "c"],
    ));
}

#[test]
fn what_has_the_name_of_a_model_wins_and_is_told_of() {
    let dir = tempdir().unwrap();
    picture(&dir);
    let predict = ["predict", "picture.png", "--model", NAME];
    // A folder is no packed file.
    fs::create_dir(dir.path().join(NAME)).unwrap();
    let (_, said) = both(&mut within(&dir, &predict));
    assert!(said.contains("a built-in model (`onebit models"), "{said}");
    fs::remove_dir(dir.path().join(NAME)).unwrap();
    fs::write(dir.path().join(NAME), "no packed file").unwrap();
    for words in [&predict[..], &["inspect", NAME]] {
        let said = failure(&mut within(&dir, words), 1);
        assert!(
            said.contains("the file or run of this name is used, not the built-in model"),
            "{said}"
        );
        assert!(said.contains("no safetensors file"), "{said}");
    }
}

#[test]
fn a_name_that_is_near_is_suggested() {
    let dir = tempdir().unwrap();
    for (words, status) in [
        (&["predict", "x.png", "--model", "cifar-20-1"][..], 1),
        (&["inspect", "cifar10-20-1.onebit"], 1),
        (&["models", "cifar-20-1"], 2),
        (
            &[
                "train",
                "--dataset",
                "glyphs",
                "--init",
                "cifar-20-1",
                "--dashboard",
                "none",
            ],
            1,
        ),
    ] {
        let said = failure(&mut within(&dir, words), status);
        assert!(
            said.contains("did you mean `cifar10-20-1`"),
            "{words:?}: {said}"
        );
    }
    let said = failure(&mut within(&dir, &["inspect", "mine"]), 1);
    assert!(
        said.contains("found neither; `onebit models` lists those"),
        "{said}"
    );
}

#[test]
fn a_run_starts_from_a_model_by_name() {
    let dir = tempdir().unwrap();
    for class in ["a", "b"] {
        let folder = dir.path().join("own").join(class);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..8u8 {
            let colour = image::Rgb([9 * number, class.as_bytes()[0], 9]);
            let picture = image::RgbImage::from_pixel(32, 32, colour);
            picture.save(folder.join(format!("{number}.png"))).unwrap();
        }
    }
    let train = [
        "train",
        "--dataset",
        "./own",
        "--size",
        "32",
        "--net",
        "wrn-20-1",
        "--max-steps",
        "1",
        "--batch-size",
        "4",
        "--dashboard",
        "none",
        "--init",
        NAME,
        "--out",
        "run",
    ];
    let said = success(&mut within(&dir, &train));
    let start = format!("init: starting from the weights of {NAME}, a built-in model");
    assert!(said.contains(&start), "{said}");
    let about = fs::read(dir.path().join("run/network.json")).unwrap();
    let about: Value = serde_json::from_slice(&about).unwrap();
    assert_eq!(about["init"]["name"], NAME);
    assert_eq!(
        about["init"]["sha256"],
        zoo::find(NAME).unwrap().card().sha256
    );
}

#[test]
fn models_are_listed_with_their_cards() {
    let list = success(trainer().arg("models"));
    for model in zoo::all() {
        assert!(list.contains(model.name), "{list}");
        let card = model.card();
        let shown = success(trainer().args(["models", model.name]));
        for part in [
            card.sha256.clone(),
            card.run,
            card.recipe,
            card.commit,
            format!("{} bytes", card.bytes),
            format!("{:.2} %", card.test.integer),
        ] {
            assert!(shown.contains(&part), "{part}: {shown}");
        }
        for core in card.device.iter().flat_map(|device| &device.cores) {
            assert!(shown.contains(&core.name), "{shown}");
        }
    }
}

/// On all test images: minutes. With `ONEBIT_LONG=1`.
#[test]
fn the_errors_of_each_card_are_computed_anew() {
    let test = "the_errors_of_each_card_are_computed_anew";
    let Some(data) = std::env::var_os("ONEBIT_DATA").filter(|data| Path::new(data).is_dir()) else {
        return testkit::skipped(
            test,
            "ONEBIT_DATA is not set; name the folder of the datasets there",
        );
    };
    if std::env::var_os("ONEBIT_LONG").is_none() {
        return testkit::skipped(test, "it takes minutes; set ONEBIT_LONG=1");
    }
    for model in zoo::all() {
        let card = model.card();
        for (arithmetic, expected) in [
            ("f32", card.test.f32),
            ("int8", card.test.int8),
            ("integer", card.test.integer),
        ] {
            let mut eval = trainer();
            eval.args([
                "eval",
                "--model",
                model.name,
                "--dataset",
                &card.data,
                "--json",
            ]);
            let line = success(
                eval.args(["--activations", arithmetic])
                    .env("ONEBIT_DATA", &data),
            );
            let scored: Value = serde_json::from_str(&line).unwrap();
            let found = scored["test_error_percent"].as_f64().unwrap();
            assert!(
                (found - expected).abs() < 0.005,
                "{} {arithmetic}: {found}",
                model.name
            );
        }
    }
}

/// A folder for a hub stands for the packed file in it, and has the card's test error.
#[test]
fn a_folder_for_a_hub_is_a_model() {
    let dir = tempdir().unwrap();
    picture(&dir);
    let export = ["export", "--model", NAME, "--to", "hub", "--out", NAME];
    success(&mut within(&dir, &export));
    let card = fs::read_to_string(dir.path().join(NAME).join("README.md")).unwrap();
    let error = zoo::find(NAME).unwrap().card().test.f32;
    assert!(
        card.contains(&format!("| test error | {error:.2} % (")),
        "{card}"
    );
    fs::rename(dir.path().join(NAME), dir.path().join("hub")).unwrap();
    let said = |model| {
        success(&mut within(
            &dir,
            &["predict", "--csv", "--model", model, "picture.png"],
        ))
    };
    assert_eq!(said("hub"), said(NAME));
    success(&mut within(&dir, &["inspect", "hub"]));
    fs::create_dir(dir.path().join("empty")).unwrap();
    let message = failure(
        &mut within(&dir, &["predict", "--model", "empty", "picture.png"]),
        2,
    );
    assert!(message.contains("found a folder without"), "{message}");
}

/// What is known to be something else is called by its name.
#[test]
fn files_of_other_kinds_are_named() {
    let dir = tempdir().unwrap();
    picture(&dir);
    let export = [
        "export", "--model", NAME, "--to", "onnx", "--out", "net.onnx",
    ];
    success(&mut within(&dir, &export));
    fs::write(
        dir.path().join("net.pth"),
        b"PK\x03\x04\0\0\0\0archive/data.pkl",
    )
    .unwrap();
    for (file, words) in [
        ("net.onnx", ["an ONNX file", "the run"]),
        ("net.pth", ["torch.save", "`onebit import`"]),
    ] {
        let message = failure(
            &mut within(&dir, &["predict", "--model", file, "picture.png"]),
            1,
        );
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
    }
}
