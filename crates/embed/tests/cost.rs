//! What is told of code and instructions before anything is compiled, against what was measured.

mod common;
mod drawn;

use std::path::Path;

use common::Random;
use embed::{Core, EmbedError, cost, object};
use serde_json::Value;

/// What `benchmarks/embedded/model.py` measured.
fn measured() -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benchmarks/embedded");
    let text = std::fs::read_to_string(folder.join("model/measured.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The lines of the script that stand under a name.
fn lines(name: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benchmarks/embedded");
    let script = std::fs::read_to_string(folder.join("model.py")).unwrap();
    let (_, rest) = script.split_once(&format!("\n{name} = \"\"\"\n")).unwrap();
    let (lines, _) = rest.split_once("\n\"\"\"").unwrap();
    lines.lines().map(str::to_owned).collect()
}

/// Ten networks that the model was not fitted to: within 5 % of QEMU's counts on each core.
#[test]
fn instructions_are_those_of_ten_networks_that_it_was_not_fitted_to() {
    let measured = measured();
    let (held_out, fitted) = (lines("HELD_OUT"), lines("FIT"));
    assert_eq!(held_out.len(), 10);
    for line in held_out {
        assert!(!fitted.contains(&line), "{line}");
        let model = drawn::model(&line);
        for core in Core::ALL {
            let row = &measured["networks"][&line]["cores"][core.name()];
            let counted = row["instructions"].as_f64().unwrap();
            let told = cost(&model, core).unwrap().instructions.unwrap() as f64;
            let errs = told / counted - 1.0;
            assert!(errs.abs() < 0.05, "{line}, {core}: {told} for {counted}");
        }
    }
}

/// Each network that was measured keeps what is told of it: code below its bound, constants and memory to the byte.
#[test]
fn no_measured_network_takes_more_than_is_told() {
    for (line, network) in measured()["networks"].as_object().unwrap() {
        // The large ones take long to draw.
        if network["flash"].as_u64().unwrap() > 30_000 {
            continue;
        }
        let model = drawn::model(line);
        for core in Core::ALL {
            let told = cost(&model, core).unwrap();
            let row = &network["cores"][core.name()];
            let code = row["code"].as_u64().unwrap() as usize;
            assert!(code < told.code, "{line}, {core}: {code}, {told:?}");
            // Nor is the bound far from what there is.
            assert!(
                told.code < code + code / 2,
                "{line}, {core}: {code}, {told:?}"
            );
            assert_eq!(network["flash"], told.sizes.flash, "{line}");
            assert_eq!(network["ram"], told.sizes.ram, "{line}");
            assert_eq!(
                row["ram"], 0,
                "{line}, {core}: static memory beside what is told"
            );
        }
    }
}

/// The compiled library of a network that the bound was not measured on, on each core whose compiler is there.
#[test]
fn a_compiled_network_keeps_what_is_told() {
    for line in [
        "wrn-14-0.5 1x20x20 7 1bit 8",
        "wrn-8-0.75-s2 3x28x28 3 8bit 8",
        "plain-14-0.25 3x16x16 12 1bit 16",
    ] {
        let model = drawn::model(line);
        for core in Core::ALL {
            let told = cost(&model, core).unwrap();
            match object(&model, core) {
                Ok(object) => {
                    assert!(
                        object.flash <= told.flash(),
                        "{line}, {core}: {object:?}, {told:?}"
                    );
                    assert!(
                        object.flash > told.sizes.flash,
                        "{line}, {core}: {object:?}"
                    );
                    assert_eq!(object.ram, told.sizes.ram, "{line}, {core}");
                    assert!(object.compiler.contains("gcc"), "{object:?}");
                }
                Err(EmbedError::Tool { program, .. }) => {
                    eprintln!("SKIPPED {line} on {core}: {program} is not there");
                }
                Err(error) => panic!("{line}, {core}: {error}"),
            }
        }
    }
}

/// Networks that do what no measured one did: their instructions are not told.
#[test]
fn what_was_not_measured_has_no_instructions() {
    let cases = common::cases(1);
    let told = |name: &str| {
        let case = cases.iter().find(|case| case.name == name).unwrap();
        cost(&case.model, Core::CortexM4).unwrap().instructions
    };
    assert!(told("residual").is_some() && told("8-bit ends").is_some());
    for name in ["shifted ReLU", "ternary", "8 bits, max pool, bottom-right"] {
        assert_eq!(told(name), None, "{name}");
    }
}
