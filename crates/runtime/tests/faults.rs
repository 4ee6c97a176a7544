//! Flipped bits: as many as the probability says, of the weights alone, the same for the same seed.

mod common;

use common::{variants, wide};
use runtime::{Model, Weights};

/// Places of all layers where the sign bits differ.
fn differences(one: &Model, other: &Model) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    for (layer, (one, other)) in one.convs().iter().zip(other.convs()).enumerate() {
        for row in 0..one.out_channels {
            let differs = |&index: &usize| {
                one.signs().is_some()
                    && one.is_positive(row, index) != other.is_positive(row, index)
            };
            found.extend(
                (0..one.row_len())
                    .filter(differs)
                    .map(|bit| (layer, row, bit)),
            );
        }
    }
    found
}

fn bits(model: &Model) -> u64 {
    let signed = model.convs().iter().filter(|conv| conv.signs().is_some());
    signed.map(|conv| conv.weight_count() as u64).sum()
}

#[test]
fn none_and_all() {
    for (name, parts) in variants() {
        let model = parts.model().unwrap();
        let whole = model.with_flipped_bits(0.0, 1).unwrap();
        assert_eq!((whole.model, whole.flipped), (model.clone(), 0), "{name}");

        let inverted = model.with_flipped_bits(1.0, 1).unwrap();
        assert_eq!(inverted.flipped, bits(&model), "{name}");
        let found = differences(&model, &inverted.model);
        assert_eq!(found.len() as u64, inverted.flipped, "{name}");
        // Nothing but the bits has changed: flipped back it is the same network.
        let back = inverted.model.with_flipped_bits(1.0, 2).unwrap();
        assert_eq!(back.model, model, "{name}");
    }
}

#[test]
fn a_seed_decides() {
    let model = wide(3, [3, 8, 8], 9, 1, 5).model().unwrap();
    let flipped = |seed| model.with_flipped_bits(0.03, seed).unwrap();
    assert_eq!(flipped(1), flipped(1));
    let places = [1, 2].map(|seed| differences(&model, &flipped(seed).model));
    assert_ne!(places[0], places[1]);
    assert_eq!(places[0].len() as u64, flipped(1).flipped);
}

/// Counts over many seeds, whole and by place: within five deviations of the binomial distribution.
#[test]
fn as_many_as_the_probability_says_everywhere() {
    let model = wide(4, [3, 8, 8], 9, 1, 5).model().unwrap();
    for (probability, seeds) in [(1e-4, 2000), (0.01, 400), (0.3, 60), (0.9, 60)] {
        let faulty: Vec<_> = (0..seeds)
            .map(|seed| model.with_flipped_bits(probability, seed).unwrap())
            .collect();
        let close = |what: &str, found: u64, bits: u64| {
            let trials = (bits * seeds) as f64;
            let mean = trials * probability;
            let deviation = (mean * (1.0 - probability)).sqrt();
            assert!(
                (found as f64 - mean).abs() <= 5.0 * deviation.max(1.0),
                "{what} at {probability}: {found} flips, expected {mean} give or take {deviation}"
            );
        };
        close("all", faulty.iter().map(|f| f.flipped).sum(), bits(&model));
        for layer in 0..model.convs().len() {
            let conv = &model.convs()[layer];
            let all = faulty.iter().flat_map(|f| differences(&model, &f.model));
            let here: Vec<_> = all.filter(|place| place.0 == layer).collect();
            close("a layer", here.len() as u64, conv.weight_count() as u64);
            // The first bit and the last bit of rows are as likely as any.
            for bit in [0, conv.row_len() - 1] {
                let found = here.iter().filter(|place| place.2 == bit).count();
                close("an end of rows", found as u64, conv.out_channels as u64);
            }
        }
    }
}

#[test]
fn real_weights_stay() {
    let (_, parts) = variants()
        .into_iter()
        .find(|(name, _)| name.starts_with("real weights"))
        .unwrap();
    let model = parts.model().unwrap();
    let faulty = model.with_flipped_bits(0.5, 1).unwrap().model;
    let real = |model: &Model| {
        let weights = model.convs().iter().map(|conv| match &conv.weights {
            Weights::Real(weights) => weights.clone(),
            _ => Vec::new(),
        });
        weights.collect::<Vec<_>>()
    };
    assert_eq!(real(&faulty), real(&model));
    assert_eq!(faulty.norms(), model.norms());
}

#[test]
fn what_is_no_probability() {
    let model = wide(5, [1, 4, 4], 4, 1, 2).model().unwrap();
    for wrong in [-0.1, 1.5, f64::NAN, f64::INFINITY] {
        let error = model.with_flipped_bits(wrong, 1).unwrap_err().to_string();
        assert!(error.contains("expected 0 to 1"), "{error}");
    }
}
