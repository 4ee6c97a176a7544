//! What other tools read names files that are there, and the README tells what is.

use std::collections::BTreeSet;

use embed::{Options, Sizes};
use runtime::{Model, Rejection};
use serde_json::Value;

use crate::common::{Case, wide};
use crate::small;

/// The files of an export by their names.
fn export(model: &Model, name: &str) -> (Vec<(String, String)>, Sizes) {
    let options = Options::default().with_name(name.parse().unwrap());
    embed::files(model, &options).unwrap()
}

fn file<'a>(files: &'a [(String, String)], name: &str) -> &'a str {
    let file = files.iter().find(|(file, _)| file == name);
    &file.unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn every_file_that_is_named_is_there() {
    for name in ["onebit", "parts"] {
        let (files, _) = export(&small(3).model, name);
        let names: BTreeSet<&str> = files.iter().map(|(file, _)| file.as_str()).collect();
        assert_eq!(names.len(), files.len());
        let code: Vec<&&str> = names
            .iter()
            .filter(|file| file.starts_with("src/"))
            .collect();
        assert_eq!(code.len(), 6, "{code:?}");
        assert!(
            code.iter()
                .all(|file| file.starts_with(&format!("src/{name}")))
        );
        // Each C file of the library is named by each tool that asks for names.
        let library = code.iter().filter(|file| file.ends_with(".c"));
        for source in library.copied() {
            assert!(
                file(&files, "CMakeLists.txt").matches(*source).count() == 2,
                "{source}"
            );
            assert!(
                file(&files, "zephyr/CMakeLists.txt").contains(&format!("../{source}\n"))
                    || file(&files, "zephyr/CMakeLists.txt").contains(&format!("../{source})"))
            );
        }

        let json: Value = serde_json::from_str(file(&files, "library.json")).unwrap();
        assert!(names.contains(&*format!("src/{}", json["headers"].as_str().unwrap())));
        for example in json["examples"].as_array().unwrap() {
            let base = example["base"].as_str().unwrap();
            for file in example["files"].as_array().unwrap() {
                assert!(names.contains(&*format!("{base}/{}", file.as_str().unwrap())));
            }
        }

        let properties = file(&files, "library.properties");
        let property = |key: &str| {
            let mut lines = properties.lines().filter_map(|line| line.split_once('='));
            let value = lines
                .find(|(found, _)| *found == key)
                .map(|(_, value)| value);
            value
                .filter(|value| !value.is_empty())
                .unwrap_or_else(|| panic!("no {key}"))
        };
        // All that Arduino's specification of libraries asks for.
        for key in [
            "author",
            "maintainer",
            "sentence",
            "paragraph",
            "category",
            "url",
            "architectures",
        ] {
            property(key);
        }
        assert!(names.contains(&*format!("src/{}", property("includes"))));
        let own = if name == "onebit" {
            "onebit"
        } else {
            "onebit_parts"
        };
        assert_eq!(property("name"), own);
        assert_eq!(json["name"], own);
        assert_eq!(json["version"], property("version"));
        let symbol = format!("config {}\n", own.to_uppercase());
        assert!(file(&files, "zephyr/Kconfig").contains(&symbol));
        let module = file(&files, "zephyr/module.yml");
        assert!(module.contains("cmake: zephyr\n") && module.contains("kconfig: zephyr/Kconfig\n"));
    }
}

#[test]
fn the_readme_tells_what_is() {
    // The shape of `wrn-20-1` for CIFAR-10, of which figures were measured.
    let case = Case::new("wrn-20-1", wide(89, [3, 32, 32], 16, 3, 10), 1);
    let (files, sizes) = export(&case.model, "parts");
    let readme = file(&files, "README.md");
    assert!(!readme.contains('@'), "every place is filled");
    let grouped = |number: usize| format!("{},{:03}", number / 1000, number % 1000);
    for words in [
        format!("| {} | counted for this network |", grouped(sizes.flash)),
        format!("| {} | counted for this network |", grouped(sizes.ram)),
        // What is said of this network is what is said of the measured one.
        "An image takes 40,591,360 multiply-accumulates".into(),
        "| 40,591,360 | 23.49 million |".into(),
        "not measured for this network".into(),
        "#include \"parts.h\"".into(),
        "`parts_answer` always names a class".into(),
        "CONFIG_ONEBIT_PARTS=y".into(),
    ] {
        assert!(readme.contains(&words), "{words}: {readme}");
    }
    for (name, _) in files.iter().filter(|(name, _)| name.starts_with("src/")) {
        let name = name.trim_start_matches("src/");
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
    let rejection = Rejection::new(0.25, 0.95, 1234);
    let model = case.model.with_rejection(Some(rejection)).unwrap();
    let (files, _) = export(&model, "parts");
    let readme = file(&files, "README.md");
    assert!(
        readme.contains("`PARTS_MIN_MARGIN`") && readme.contains("95.0 % of 1,234"),
        "{readme}"
    );
}
