//! Manifests of downloads: no accepted one may lead out of the data root.

#![no_main]

use std::path::{Component, Path};

use data::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(manifest) = Manifest::from_toml(text) else {
        return;
    };
    for dataset in manifest.datasets() {
        for file in manifest.files(dataset).unwrap() {
            let mut parts = Path::new(&file.path).components();
            assert!(
                parts.all(|part| matches!(part, Component::Normal(_))),
                "{}",
                file.path
            );
        }
    }
});
