//! A trained run as a page and as a package of npm, without a compiler.

mod common;

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::inputs::export;
use common::{failure, success, tiny, trainer};
use image::{Rgb, RgbImage};
use runtime::integer::{Forward, Network};
use serde_json::Value;

/// What a page holds as data.
fn data(page: &Path) -> Value {
    let html = fs::read_to_string(page.join("index.html")).unwrap();
    assert!(html.starts_with("<!doctype html>\n<!-- An export of Onebit "));
    let (_, rest) = html
        .split_once("<script id=\"data\" type=\"application/json\">")
        .unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<_> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_page_and_a_package_are_written_without_a_compiler() {
    let dir = tempfile::tempdir().unwrap();
    let [run, page, package] = ["run", "page", "package"].map(|name| dir.path().join(name));
    success(tiny(&run, 1).args(["--max-steps", "2"]));

    // No program of the machine is called.
    let said = success(export(&run, "web", &page).env("PATH", dir.path()));
    assert!(said.contains("index.html in a browser"), "{said}");
    assert_eq!(
        names(&page),
        [
            "LICENSES.md",
            "index.html",
            "net.onebit",
            "onebit.d.ts",
            "onebit.js",
            "onebit.wasm"
        ]
    );
    let about = data(&page);
    assert_eq!(about["examples"], serde_json::json!([]));
    assert_eq!(about["tested"]["images"], 60, "the run's own test");

    let said = success(export(&run, "npm", &package).args(["--name", "@me/my-parts"]));
    assert!(said.contains("npm install file:"), "{said}");
    let manifest = fs::read_to_string(package.join("package.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["name"], "@me/my-parts");
    let readme = fs::read_to_string(package.join("README.md")).unwrap();
    assert!(readme.contains("from \"@me/my-parts\""), "{readme}");
    for (form, name, said) in [
        ("npm", "fs", "taken by Node"),
        ("npm", "Parts", "'P' in it"),
        ("c", "my-parts", "'-' in it"),
    ] {
        let mut command = export(&run, form, &dir.path().join("other"));
        let message = failure(command.args(["--name", name]), 2);
        assert!(message.contains(said), "{message}");
    }
    // A packed file does not tell how right its network is, and a run does.
    let packed = package.join("net.onebit");
    for form in ["web", "hub"] {
        let mut command = trainer();
        command
            .args(["export", "--to", form, "--model"])
            .arg(&packed);
        let output = command.arg("--out").arg(dir.path().join(form)).output();
        let said = String::from_utf8(output.unwrap().stderr).unwrap();
        assert!(
            said.contains("note: no test error in a packed file"),
            "{said}"
        );
        let out = dir.path().join(format!("{form} of the run"));
        let output = export(&run, form, &out).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("no test error"), "{said}");
    }
    assert!(runtime::Model::load(&package.join("net.onebit")).is_ok());

    // An export takes the place of an earlier one of its kind, and of nothing else.
    success(&mut export(&run, "web", &page));
    for (form, folder) in [("npm", &page), ("web", &package), ("web", &run)] {
        let message = failure(&mut export(&run, form, folder), 2);
        assert!(message.contains("choose another --out"), "{message}");
    }
    let message = failure(&mut export(&run, "web", Path::new("-")), 2);
    assert!(
        message.contains("expected the name of a folder"),
        "{message}"
    );
}

#[test]
fn a_page_has_examples_of_a_dataset_and_of_files() {
    let dir = tempfile::tempdir().unwrap();
    let [run, page, picture] = ["run", "page", "a <b>.png"].map(|name| dir.path().join(name));
    success(tiny(&run, 1).args(["--max-steps", "2"]));
    let rgb = RgbImage::from_pixel(50, 40, Rgb([10, 200, 30]));
    rgb.save(&picture).unwrap();

    success(
        export(&run, "web", &page)
            .args(["--examples", "glyphs", "--examples"])
            .arg(&picture),
    );
    let html = fs::read_to_string(page.join("index.html")).unwrap();
    assert!(
        !html.contains(&*dir.path().to_string_lossy()),
        "no place of a file"
    );
    let data = data(&page);
    let examples = data["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 11);
    assert_eq!(examples[10]["name"], "a <b>");
    let model = runtime::Model::load(&page.join("net.onebit")).unwrap();
    // One of each class: first one that the network is right about, then the others in their order.
    let network = Network::new(&model).unwrap();
    let mut forward = Forward::new(&network);
    let names = model.class_names();
    let mut right = |example: &Value| {
        let image = STANDARD.decode(example["image"].as_str().unwrap()).unwrap();
        let answer = network.answer(forward.logits(&image).unwrap());
        answer.is_some_and(|class| example["name"] == names[class].as_str())
    };
    let name = |example: &Value| example["name"].as_str().unwrap().to_owned();
    let shown: Vec<String> = examples[..10].iter().map(name).collect();
    let first = names.iter().position(|name| *name == shown[0]).unwrap();
    let mut expected = names.to_vec();
    expected[..=first].rotate_right(1);
    assert_eq!(shown, expected);
    let is_right: Vec<bool> = examples[..10].iter().map(&mut right).collect();
    assert!(is_right[0] || !is_right.contains(&true), "{is_right:?}");
    assert!(!is_right[1..=first].contains(&true), "{is_right:?}");

    for (form, words, said) in [
        ("c", &["glyphs"][..], "--to web"),
        ("npm", &["glyphs"], "--to web"),
        ("web", &["no-dataset"], "such as `./no-dataset`"),
        (
            "web",
            &["no-picture.png"],
            "there is no file `no-picture.png`",
        ),
        ("web", &["glyphs", "glyphs"], "at most 16 images"),
    ] {
        let mut command = export(&run, form, &dir.path().join("other"));
        for word in words {
            command.args(["--examples", word]);
        }
        let message = failure(&mut command, 2);
        assert!(message.contains(said), "{message}");
    }
    fs::write(&picture, "no picture").unwrap();
    let mut command = export(&run, "web", &page);
    let message = failure(command.arg("--examples").arg(&picture), 1);
    assert!(message.contains("--examples"), "{message}");
}
