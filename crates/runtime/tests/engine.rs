//! The engine against the reference, on every instruction set and for any number of threads.

mod common;

use common::{Random, wide};
use kernels::Isa;
use runtime::{
    Activation, Activations, Conv, Engine, Model, Options, Padding, PoolDivisor, Scale,
    SequenceParts, Stem, Structure, Weights, calibrate, reference,
};

/// A network of three pairs, of which the second and third halve the size.
fn network(
    random: &mut Random,
    input: [usize; 3],
    width: usize,
    change: impl Fn(&mut SequenceParts),
) -> Model {
    let mut parts = wide(random.next(), input, width, 1, 5);
    change(&mut parts);
    parts.model().unwrap()
}

fn networks() -> Vec<Model> {
    let random = &mut Random(5);
    let mut models = Vec::new();
    for input in [
        [3, 32, 32],
        [1, 28, 28],
        [2, 7, 9],
        [3, 1, 1],
        [1, 3, 40],
        [3, 33, 16],
    ] {
        models.push(network(random, input, 4, |_| ()));
        models.push(network(random, input, 3, |parts| {
            parts.padding = Padding::BottomRight;
            parts.pool_divisor = PoolDivisor::Kernel;
            parts.input_relu = true;
        }));
    }
    models.push(network(random, [3, 16, 16], 17, |parts| {
        parts.structure = Structure::Plain
    }));
    models.push(network(random, [3, 16, 16], 16, |parts| {
        parts.activation = Activation::ShiftedRelu;
        parts.temperature = 40.0;
        parts.norms[1..].fill(None);
    }));
    models.push(network(random, [3, 20, 20], 8, |parts| {
        parts.stem = Stem::MaxPool;
        parts.convs[0] = Random(9).conv(3, 8, 7);
        parts.convs[0].stride = 2;
    }));
    models.push(network(random, [3, 12, 12], 6, |parts| {
        let count = parts.convs[0].weight_count();
        let values = (0..count).map(|i| (i % 7) as f32 / 7.0 - 0.4).collect();
        parts.convs[0].weights = Weights::Real(values);
        let scales = (0..6).map(|i| 0.1 + i as f32 / 20.0).collect();
        if let Weights::Signs { scale, .. } = &mut parts.convs[1].weights {
            *scale = Scale::Channels(scales);
        }
    }));
    models
}

fn isas() -> Vec<Isa> {
    let isas = Isa::available();
    println!(
        "covered {}",
        isas.iter()
            .map(|isa| isa.name())
            .collect::<Vec<_>>()
            .join(", ")
    );
    for (isa, there) in [
        ("avx2", Isa::named("avx2").is_some()),
        ("avx512", Isa::named("avx512").is_some()),
    ] {
        if !there {
            testkit::skipped(&format!("the engine on {isa}"), "this machine lacks it");
        }
    }
    isas
}

fn engine(model: &Model, threads: usize, activations: Activations, isa: Isa) -> Engine {
    Engine::with_isa(
        model,
        Options::default()
            .with_threads(threads)
            .with_activations(activations),
        isa,
    )
    .unwrap()
}

#[test]
fn float_logits_equal_the_reference() {
    for model in networks() {
        let mut random = Random(6);
        let images: Vec<Vec<u8>> = (0..3).map(|_| random.image(&model)).collect();
        for isa in isas() {
            for threads in [1, 2, 3] {
                let mut engine = engine(&model, threads, Activations::F32, isa);
                for image in &images {
                    let expected = reference::logits::<f64>(&model, image).unwrap();
                    let found = engine.logits(image).unwrap();
                    for (&found, &expected) in found.iter().zip(&expected) {
                        let tolerance = 1e-4 * (1.0 + expected.abs());
                        assert!(
                            (f64::from(found) - expected).abs() < tolerance,
                            "{isa}, {threads} threads, input {:?}: {found}, expected {expected}",
                            model.input()
                        );
                    }
                }
            }
        }
    }
}

/// A network with calibrated scales.
fn calibrated(model: &Model, images: &[Vec<u8>]) -> Model {
    let scales = calibrate(model, &images.concat()).unwrap();
    model.clone().with_activation_scales(scales).unwrap()
}

#[test]
fn integer_logits_are_the_same_everywhere_and_near_the_float_ones() {
    for model in networks() {
        let mut random = Random(7);
        let images: Vec<Vec<u8>> = (0..4).map(|_| random.image(&model)).collect();
        let model = calibrated(&model, &images);
        let mut expected: Vec<Vec<f32>> = Vec::new();
        let mut first = engine(&model, 1, Activations::Int8, Isa::portable());
        for image in &images {
            let logits = first.logits(image).unwrap().to_vec();
            let float = reference::logits::<f64>(&model, image).unwrap();
            let spread = float.iter().fold(1.0f64, |max, l| max.max(l.abs()));
            for (&found, &float) in logits.iter().zip(&float) {
                let off = (f64::from(found) - float).abs();
                assert!(
                    off < 0.2 * spread,
                    "{:?}: {found}, in floats {float}",
                    model.input()
                );
            }
            expected.push(logits);
        }
        for isa in isas() {
            for threads in [1, 2, 3] {
                let mut engine = engine(&model, threads, Activations::Int8, isa);
                let mut logits = vec![0.0; images.len() * model.classes()];
                engine.logits_batch(&images.concat(), &mut logits).unwrap();
                assert_eq!(logits, expected.concat(), "{isa}, {threads} threads, batch");
                for (image, expected) in images.iter().zip(&expected) {
                    assert_eq!(engine.logits(image).unwrap(), expected, "{isa}, {threads}");
                }
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let model = networks().remove(0);
    let options = Options::default().with_activations(Activations::Int8);
    let error = Engine::new(&model, options).err().unwrap().to_string();
    assert!(error.contains("activation_scales"), "{error}");
    let mut engine = engine(&model, 1, Activations::F32, Isa::portable());
    for len in [0, 3 * 32 * 32 - 1, 3 * 32 * 32 + 1] {
        let error = engine.classify(&vec![0; len]).unwrap_err().to_string();
        assert!(
            error.contains("3072") && error.contains(&len.to_string()),
            "{error}"
        );
    }
    let error = engine
        .logits_batch(&[0; 3072], &mut [0.0; 6])
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "logits: expected 5 numbers for each image, found 6 in all"
    );
    assert!(calibrate(&model, &[]).is_err());
}

/// Where an unused import would hide that a kind of convolution has no test.
#[test]
fn signs_and_real_weights_are_both_covered() {
    let models = networks();
    let convs = models.iter().flat_map(|model| model.convs());
    let real = |conv: &&Conv| matches!(conv.weights, Weights::Real(_));
    assert_eq!(convs.filter(real).count(), 1);
}
