//! Numbers that are finite, and too large to compute with: refused, never an answer that means nothing.

mod common;

use common::{Random, variants};
use runtime::{
    Activations, Affine, Engine, Model, Options, RuntimeError, Scale, SequenceParts, Weights,
    reference,
};

/// The logits of an image, on two threads and as a batch.
fn logits(parts: SequenceParts, activations: Activations) -> Result<Vec<f32>, RuntimeError> {
    let mut model = parts.model()?;
    if activations == Activations::Int8 {
        let steps = vec![0.05; model.convs().len()];
        model = model.with_activation_scales(steps)?;
    }
    let image = Random(3).image(&model);
    let options = Options::default()
        .with_threads(2)
        .with_activations(activations);
    let mut engine = Engine::new(&model, options)?;
    let alone = engine.logits(&image).map(<[f32]>::to_vec);
    let mut batch = vec![0.0; 3 * model.classes()];
    let done = engine.logits_batch(&[&image[..]; 3].concat(), &mut batch);
    assert_eq!(alone.is_ok(), done.is_ok(), "{alone:?}, {done:?}");
    let alone = alone?;
    assert_eq!(batch, [&alone[..]; 3].concat());
    if activations == Activations::F32 {
        like_the_reference(&model, &image, &alone);
    }
    Ok(alone)
}

fn like_the_reference(model: &Model, image: &[u8], found: &[f32]) {
    let expected = reference::logits::<f64>(model, image).unwrap();
    let largest = expected.iter().fold(1.0f64, |max, x| max.max(x.abs()));
    for (&found, &expected) in found.iter().zip(&expected) {
        let off = (f64::from(found) - expected).abs();
        assert!(off <= 1e-3 * largest, "{found}, expected {expected}");
    }
}

fn enlarge(affine: &mut Affine, factor: f32) {
    for number in affine.scale.iter_mut().chain(&mut affine.offset) {
        *number = (*number * factor).clamp(f32::MIN, f32::MAX);
    }
}

/// Whatever is made larger, and by how much: right, or refused.
#[test]
fn an_answer_is_right_or_there_is_none() {
    let (mut right, mut refused) = (0, 0);
    for (name, parts) in variants() {
        let layers = parts.convs.len();
        for exponent in (0..40).step_by(6) {
            let factor = 10f32.powi(exponent).min(f32::MAX);
            for layer in [0, layers / 2] {
                for what in 0..3 {
                    let mut parts = parts.clone();
                    match what {
                        0 => parts.norms[layer]
                            .iter_mut()
                            .for_each(|norm| enlarge(norm, factor)),
                        1 => {
                            if let Weights::Signs { scale, .. } = &mut parts.convs[layer].weights {
                                *scale = Scale::Layer(factor);
                            }
                        }
                        // A little in all layers is as much as a lot in one.
                        _ => {
                            let each = factor.powf(2.0 / layers as f32);
                            for norm in parts.norms.iter_mut().flatten() {
                                enlarge(norm, each);
                            }
                        }
                    }
                    for activations in [Activations::F32, Activations::Int8] {
                        match logits(parts.clone(), activations) {
                            Ok(logits) => {
                                assert!(logits.iter().all(|logit| logit.is_finite()));
                                right += 1;
                            }
                            Err(error) => {
                                let text = error.to_string();
                                assert!(exponent >= 6, "{name}, {factor:e}: {text}");
                                refused += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(
        right > 100 && refused > 100,
        "{right} right, {refused} refused"
    );
}

#[test]
fn the_message_says_which_layer_or_what_was_found() {
    let base = || common::wide(1, [1, 8, 8], 4, 1, 3);
    let mut parts = base();
    parts.norms[2].as_mut().unwrap().scale[0] = -3e38;
    let error = logits(parts, Activations::F32).unwrap_err().to_string();
    let words = ["norm", "scale: expected magnitudes up to 1e20, found -3e38"];
    assert!(words.iter().all(|word| error.contains(word)), "{error}");

    let mut parts = base();
    for norm in parts.norms.iter_mut().flatten() {
        norm.scale.fill(1e6);
    }
    let error = logits(parts, Activations::F32).unwrap_err().to_string();
    assert!(
        error.contains("results: expected at most 1e15, found "),
        "{error}"
    );

    // Integers of 8 bits whose step is a number without bounds.
    let model = base().model().unwrap();
    for step in [f32::MAX, f32::MIN_POSITIVE / 4.0] {
        let steps = vec![step; model.convs().len()];
        let model = model.clone().with_activation_scales(steps).unwrap();
        let options = Options::default().with_activations(Activations::Int8);
        let error = Engine::new(&model, options).err().unwrap().to_string();
        assert!(
            error.contains("32-bit floats hold, found results up to"),
            "{error}"
        );
    }
}
