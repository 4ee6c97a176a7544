//! A trained run as a page and as a package of npm, without a compiler.

mod common;

use std::fs;
use std::path::Path;

use common::inputs::export;
use common::{failure, success, tiny};
use image::{Rgb, RgbImage};
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

    let said = success(export(&run, "npm", &package).args(["--name", "parts"]));
    assert!(said.contains("npm install file:"), "{said}");
    let manifest = fs::read_to_string(package.join("package.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["name"], "parts");
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
    for (example, name) in examples.iter().zip(model.class_names()) {
        assert_eq!(example["name"], name.as_str());
    }

    for (form, words, said) in [
        ("c", &["glyphs"][..], "--to web"),
        ("npm", &["glyphs"], "--to web"),
        ("web", &["no-dataset"], "--examples"),
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
