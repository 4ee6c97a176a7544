//! Parts that make no network, given directly.

mod common;

use common::{variants, wide};
use runtime::{Model, Parts, Scale, Structure, Weights};

fn rejects(change: impl FnOnce(&mut Parts), words: &str) {
    let mut parts = wide(1, [1, 4, 4], 2, 1, 2);
    change(&mut parts);
    let error = Model::new(parts).expect_err(words).to_string();
    assert!(error.contains(words), "no `{words}` in: {error}");
}

#[test]
fn chains_that_do_not_fit() {
    rejects(
        |parts| parts.convs.truncate(1),
        "model: convs: expected 2 or more, found 1",
    );
    rejects(|parts| parts.convs.clear(), "model: convs");
    rejects(|parts| drop(parts.convs.remove(2)), "an even number");
    rejects(
        |parts| parts.convs.swap(2, 3),
        "convs.3.in_channels: expected 4, found 2",
    );
    rejects(
        |parts| parts.convs[0].in_channels = 2,
        "convs.0.in_channels: expected 1, found 2",
    );
    rejects(
        |parts| parts.convs[4].stride = 2,
        "convs.4.stride: expected 1, found 2",
    );
    rejects(
        |parts| parts.convs[7].stride = 2,
        "convs.7.stride: expected 1, found 2",
    );
    // Stride 1 keeps the channels, stride 2 doubles them.
    rejects(
        |parts| parts.convs[3].stride = 1,
        "convs.3.out_channels: expected 2, found 4",
    );
    rejects(
        |parts| parts.convs[1].stride = 2,
        "convs.1.out_channels: expected 4, found 2",
    );
    // A plain network asks for none of this.
    let mut parts = wide(1, [1, 4, 4], 2, 1, 2);
    parts.structure = Structure::Plain;
    parts.convs[3].stride = 1;
    parts.convs[1].stride = 2;
    Model::new(parts).unwrap();
}

/// A small file must not make whoever runs it take the memory of a feature map of 2^36 numbers.
#[test]
fn maps_too_large_to_run() {
    rejects(
        |parts| {
            parts.input = [1, 1 << 10, 1 << 10];
            let conv = &mut parts.convs[0];
            conv.out_channels = 1 << 16;
            if let Weights::Signs { bits, .. } = &mut conv.weights {
                *bits = vec![0; 2 << 16];
            }
        },
        "convs.0.out_channels: expected a feature map of at most 67108864 numbers, found 65536 x 1024 x 1024",
    );
    rejects(
        |parts| parts.input = [1 << 16, 1 << 10, 1 << 10],
        "input: expected a feature map",
    );
}

#[test]
fn sizes_and_numbers() {
    rejects(|parts| parts.input[0] = 0, "model: input");
    rejects(
        |parts| parts.convs[0].kernel = 0,
        "convs.0.kernel: expected an odd number",
    );
    rejects(
        |parts| parts.convs[0].kernel = 17,
        "convs.0.kernel: expected an odd number up to 15",
    );
    rejects(
        |parts| parts.convs[0].kernel = 5,
        "convs.0.signs, in bytes: expected 8, found 4",
    );
    rejects(
        |parts| parts.convs[0].stride = 0,
        "convs.0.stride: expected 1 or 2",
    );
    rejects(
        |parts| parts.convs[0].out_channels = 0,
        "convs.0.out_channels: expected 1 to 65536",
    );
    rejects(
        |parts| parts.class_names.push("c".into()),
        "class_names: expected 2, found 3",
    );
    rejects(
        |parts| drop(parts.norms.pop()),
        "norms: expected 9, found 8",
    );
    rejects(
        |parts| parts.norms.swap(3, 4),
        "norms.3.scale: expected 2, found 4",
    );
    rejects(
        |parts| parts.temperature = f32::NAN,
        "temperature: expected a positive number",
    );
    let channels = |scales| {
        move |parts: &mut Parts| {
            if let Weights::Signs { scale, .. } = &mut parts.convs[5].weights {
                *scale = Scale::Channels(scales);
            }
        }
    };
    rejects(channels(vec![1.0; 7]), "convs.5.scale: expected 8, found 7");
    rejects(
        channels(vec![f32::NAN; 8]),
        "convs.5.scale: expected finite numbers, found NaN at 0",
    );
    let real = |count| {
        move |parts: &mut Parts| {
            parts.convs[0].weights = Weights::Real(vec![0.5; count]);
        }
    };
    rejects(real(17), "convs.0.weight: expected 18, found 17");
}

#[test]
fn a_header_too_long_is_not_written() {
    let mut parts = variants().remove(0).1;
    parts.provenance.insert("note".into(), "x".repeat(1 << 20));
    let error = Model::new(parts).unwrap().write().unwrap_err().to_string();
    assert!(error.contains("at most 1048576 bytes"), "{error}");
}
