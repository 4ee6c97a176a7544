//! Packed files of version 1 open, and compute what they computed when version 1 was the only one: the same bits.
//!
//! The files lie in `fixtures/v1`, and `logits.json` beside them has an entry for each. A line of it is the logits of an
//! image, with spaces between: floats as the hexadecimal digits of their bits, integers in decimal. `null` stands where
//! the arithmetic refused the network; it may learn to compute it. Portable code and AVX2 gave the same logits, floats
//! too, so there is one line for all instruction sets and numbers of threads. AVX-512 was not at hand.
#![cfg(feature = "std")]

use std::fs;
use std::path::{Path, PathBuf};

use kernels::Isa;
use runtime::integer::{Forward, Network};
use runtime::{Activations, Engine, Model, Options, reference};
use serde_json::Value;

const IMAGES: u64 = 5;

/// A file of version 1, and its entry.
struct Fixture {
    name: String,
    model: Model,
    entry: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1")
}

fn fixtures() -> Vec<Fixture> {
    let text = fs::read_to_string(folder().join("logits.json")).unwrap();
    let entries: Value = serde_json::from_str(&text).unwrap();
    let entries = entries.as_object().unwrap();
    assert!(entries.len() >= 30, "{}", entries.len());
    let fixture = |(name, entry): (&String, &Value)| Fixture {
        name: name.clone(),
        model: Model::load(&folder().join(format!("{name}.onebit"))).unwrap(),
        entry: entry.clone(),
    };
    entries.iter().map(fixture).collect()
}

/// Image k holds the lowest bytes of the numbers of SplitMix64 (Steele, Lea and Flood) that starts from k + 1.
fn image(k: u64, len: usize) -> Vec<u8> {
    let mut state = k + 1;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as u8
    };
    (0..len).map(|_| next()).collect()
}

fn images(model: &Model) -> Vec<Vec<u8>> {
    let len = model.input().iter().product();
    (0..IMAGES).map(|k| image(k, len)).collect()
}

/// A line of numbers.
fn line<T: Copy>(numbers: &[T], word: impl Fn(T) -> String) -> String {
    let words: Vec<String> = numbers.iter().map(|&number| word(number)).collect();
    words.join(" ")
}

fn bits(logits: &[f32]) -> String {
    line(logits, |logit| format!("{:08x}", logit.to_bits()))
}

impl Fixture {
    /// The entry's lines for this arithmetic; none where it refused the network.
    fn expected(&self, arithmetic: &str) -> Option<Vec<&str>> {
        let lines = self.entry[arithmetic].as_array()?.iter();
        let lines: Vec<&str> = lines.map(|line| line.as_str().unwrap()).collect();
        assert_eq!(lines.len() as u64, IMAGES, "{}", self.name);
        Some(lines)
    }

    /// The entry's lines are what the engine computes, one image after the other, and all at once on two threads.
    fn check_engine(&self, arithmetic: &str, activations: Activations) {
        let Some(expected) = self.expected(arithmetic) else {
            assert_eq!(activations, Activations::Int8, "{}", self.name);
            return;
        };
        let images = images(&self.model);
        let options = |threads| {
            Options::default()
                .with_threads(threads)
                .with_activations(activations)
        };
        for isa in Isa::available() {
            let what = format!("{}, {arithmetic} on {isa}", self.name);
            let mut engine = Engine::with_isa(&self.model, options(1), isa).unwrap();
            let alone = images.iter().map(|i| bits(engine.logits(i).unwrap()));
            assert_eq!(alone.collect::<Vec<_>>(), expected, "{what}");
            let mut engine = Engine::with_isa(&self.model, options(2), isa).unwrap();
            let mut logits = vec![0.0; images.len() * self.model.classes()];
            engine.logits_batch(&images.concat(), &mut logits).unwrap();
            let together = logits.chunks(self.model.classes()).map(bits);
            assert_eq!(together.collect::<Vec<_>>(), expected, "{what}, a batch");
        }
    }

    fn check_integers(&self) {
        let Some(expected) = self.expected("integers") else {
            return;
        };
        let network = Network::new(&self.model).unwrap();
        let mut forward = Forward::new(&network);
        let found = images(&self.model)
            .into_iter()
            .map(|image| line(forward.logits(&image).unwrap(), |logit| logit.to_string()));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{}", self.name);
    }

    fn check_reference(&self) {
        let images = images(&self.model);
        let float = images
            .iter()
            .map(|image| bits(&reference::logits::<f32>(&self.model, image).unwrap()));
        let expected = self.expected("reference_f32").unwrap();
        assert_eq!(float.collect::<Vec<_>>(), expected, "{}", self.name);
        let double = images.iter().map(|image| {
            let logits = reference::logits::<f64>(&self.model, image).unwrap();
            line(&logits, |logit| format!("{:016x}", logit.to_bits()))
        });
        let expected = self.expected("reference_f64").unwrap();
        assert_eq!(double.collect::<Vec<_>>(), expected, "{}", self.name);
    }
}

#[test]
fn each_file_has_an_entry() {
    let mut files: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".onebit").map(str::to_owned)
        })
        .collect();
    files.sort();
    let names: Vec<String> = fixtures().into_iter().map(|f| f.name).collect();
    assert_eq!(files, names);
}

#[test]
fn images_and_classes() {
    for Fixture { name, model, entry } in fixtures() {
        let input: Vec<u64> = model.input().iter().map(|&size| size as u64).collect();
        let expected = entry["input"].as_array().unwrap().iter();
        let expected: Vec<u64> = expected.map(|size| size.as_u64().unwrap()).collect();
        assert_eq!(input, expected, "{name}");
        let classes = entry["class_names"].as_array().unwrap().iter();
        let classes: Vec<&str> = classes.map(|class| class.as_str().unwrap()).collect();
        assert_eq!(model.class_names(), classes, "{name}");
        assert_eq!(model.classes(), classes.len(), "{name}");
    }
}

#[test]
fn the_reference_computes_the_same() {
    fixtures().iter().for_each(Fixture::check_reference);
}

#[test]
fn the_engine_computes_the_same_in_floats() {
    for fixture in fixtures() {
        fixture.check_engine("engine_f32", Activations::F32);
    }
}

#[test]
fn the_engine_computes_the_same_with_8_bit_activations() {
    for fixture in fixtures() {
        fixture.check_engine("engine_int8", Activations::Int8);
    }
}

#[test]
fn the_integers_are_the_same() {
    fixtures().iter().for_each(Fixture::check_integers);
}

/// In whatever version a file is written today, what is read back computes the same.
#[test]
fn written_again_they_compute_the_same() {
    for fixture in fixtures() {
        let file = fixture.model.write().unwrap();
        let again = Fixture {
            model: Model::read(&file).unwrap(),
            ..fixture
        };
        again.check_reference();
        again.check_integers();
        again.check_engine("engine_f32", Activations::F32);
        again.check_engine("engine_int8", Activations::Int8);
    }
}
