//! What each card says is so: of its packed file, of the committed run, of the committed measurement.

use std::fs;
use std::path::{Path, PathBuf};

use runtime::{Model, Storage};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zoo::{Card, Packaged};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every model with its card and its network.
fn each(check: impl Fn(&Packaged, &Card, &Model)) {
    assert!(!zoo::all().is_empty());
    for packaged in zoo::all() {
        let model =
            Model::read(packaged.bytes).unwrap_or_else(|e| panic!("{}: {e}", packaged.name));
        check(packaged, &packaged.card(), &model);
    }
}

#[test]
fn all_models_fit_into_the_budget() {
    let bytes: usize = zoo::all().iter().map(|model| model.bytes.len()).sum();
    assert!(
        bytes <= zoo::BUDGET,
        "{bytes} bytes of models, at most {}; leave one out",
        zoo::BUDGET
    );
}

#[test]
fn a_card_is_that_of_its_file() {
    each(|packaged, card, model| {
        let name = packaged.name;
        assert_eq!(zoo::find(name).unwrap().bytes.len(), packaged.bytes.len());
        assert_eq!(card.bytes, packaged.bytes.len(), "{name}: bytes");
        let digest = Sha256::digest(packaged.bytes);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(card.sha256, digest, "{name}: sha256");
        assert_eq!(card.input, model.input(), "{name}: input");
        assert_eq!(card.classes, model.classes(), "{name}: classes");
        let mut names = model.class_names().iter().enumerate();
        assert!(
            names.all(|(number, class)| *class != number.to_string()),
            "{name}: names of classes"
        );
        // For 8-bit activations and integers, which no command has to calibrate then.
        assert!(model.activation_scales().is_some(), "{name}: calibrated");
        let said = |key: &str| model.provenance().get(key).cloned().unwrap_or_default();
        assert_eq!(card.net, said("net"), "{name}: net");
        assert_eq!(card.weights, said("weights"), "{name}: weights");
        assert_eq!(card.data, said("dataset"), "{name}: data");
        assert_eq!(card.epochs.to_string(), said("epochs"), "{name}: epochs");
        assert_eq!(card.seed.to_string(), said("seed"), "{name}: seed");
        assert!(
            card.commit.len() >= 10 && said("source").contains(&card.commit),
            "{name}: commit {}, of the file: {}",
            card.commit,
            said("source")
        );
        if card.weights == "1bit" {
            let storages = model.convs().iter().map(|conv| conv.weights.storage());
            assert!(
                storages
                    .into_iter()
                    .all(|storage| storage == Storage::Signs),
                "{name}"
            );
        }
    });
}

#[test]
fn a_card_has_the_figures_of_its_run() {
    each(|packaged, card, _| {
        let name = packaged.name;
        let run = repository().join(&card.run);
        let config = read(&run.join("config.toml"));
        for (key, value) in [
            ("dataset", format!("\"{}\"", card.data)),
            ("net", format!("\"{}\"", card.net)),
            ("weights", format!("\"{}\"", card.weights)),
            ("epochs", card.epochs.to_string()),
            ("seed", card.seed.to_string()),
        ] {
            let line = format!("{key} = {value}");
            assert!(
                config.lines().any(|found| found == line),
                "{name}: {line} in {}",
                card.run
            );
        }
        let recipe = repository().join(&card.recipe);
        assert!(recipe.is_file(), "{name}: {}", card.recipe);

        // What was trained is what is deployed, within rounding: a tenth of a point at most.
        let trained = json(&run.join("result.json"))["test_error_percent"]
            .as_f64()
            .unwrap();
        assert!((card.test.f32 - trained).abs() <= 0.1, "{name}: {trained}");
        for (arithmetic, quoted) in [
            ("f32", card.test.f32),
            ("int8", card.test.int8),
            ("integer", card.test.integer),
        ] {
            let scored = json(&run.join(format!("packed-{arithmetic}.json")));
            let images = card.test.images;
            assert_eq!(
                scored["images"].as_u64(),
                Some(images as u64),
                "{name}: {arithmetic}"
            );
            let wrong = scored["wrong"].as_u64().unwrap() as f64;
            let percent = 100.0 * wrong / images as f64;
            assert!(
                (percent - quoted).abs() < 0.005,
                "{name}: {arithmetic}: {percent}, not {quoted}"
            );
        }
    });
}

#[test]
fn a_card_has_the_costs_of_its_measurement() {
    each(|packaged, card, model| {
        let Some(device) = &card.device else { return };
        let name = packaged.name;
        let measured = json(&repository().join(&device.source));
        let cases = measured["cases"].as_array().unwrap();
        let case = cases
            .iter()
            .find(|case| case["network"] == device.case.as_str());
        let case =
            case.unwrap_or_else(|| panic!("{name}: no case {} in {}", device.case, device.source));
        // The measurement is of this very network: it has as many right in integers.
        let wrong = case["of"].as_u64().unwrap() - case["right"].as_u64().unwrap();
        let percent = 100.0 * wrong as f64 / case["of"].as_u64().unwrap() as f64;
        assert!(
            (percent - card.test.integer).abs() < 0.005,
            "{name}: {percent} in {}",
            device.source
        );
        let bits = if model.residual_scales().is_some() {
            8
        } else {
            16
        };
        assert!(
            !device.case.contains("residual") || device.case.contains(&format!("residual {bits}")),
            "{name}"
        );
        assert!(!device.cores.is_empty(), "{name}");
        for core in &device.cores {
            let rows = case["rows"].as_array().unwrap();
            let row = rows
                .iter()
                .find(|row| row["processor"] == core.name.as_str() && row["code"] == "-O2");
            let row = row.unwrap_or_else(|| panic!("{name}: no -O2 of {}", core.name));
            for (what, quoted) in [
                ("instructions", core.instructions),
                ("flash", core.flash as u64),
                ("static RAM", core.ram as u64),
            ] {
                assert_eq!(
                    row[what].as_u64(),
                    Some(quoted),
                    "{name}: {} {what}",
                    core.name
                );
            }
        }
    });
}
