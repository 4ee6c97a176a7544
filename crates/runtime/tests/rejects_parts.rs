//! SequenceParts that make no network, given directly.

mod common;

use common::{Random, variants, wide};
use runtime::{Scale, SequenceParts, Structure, Weights};

fn rejects(change: impl FnOnce(&mut SequenceParts), words: &str) {
    let mut parts = wide(1, [1, 4, 4], 2, 1, 2);
    change(&mut parts);
    let error = parts.model().expect_err(words).to_string();
    assert!(error.contains(words), "no `{words}` in: {error}");
}

#[test]
fn chains_that_do_not_fit() {
    rejects(
        |parts| parts.convs.truncate(1),
        "model: convolutions: expected 2 or more, found 1",
    );
    rejects(|parts| parts.convs.clear(), "model: convolutions");
    rejects(
        |parts| {
            parts.convs.remove(2);
            parts.norms.remove(2);
        },
        "an even number",
    );
    rejects(
        |parts| parts.convs.swap(2, 3),
        "node `block 1 add`: expected two maps of 4 x 2 x 2, found 4 x 4 x 4",
    );
    rejects(
        |parts| parts.convs[0].in_channels = 2,
        "input conv, weights: expected 2 x 1 x 3 x 3, stride 1, found 2 x 2 x 3 x 3, stride 1",
    );
    rejects(
        |parts| parts.convs[4].stride = 2,
        "node `block 2 add`: expected two maps of 4 x 1 x 1, found 4 x 2 x 2",
    );
    // A skip connection may append channels without a pool, and pool without appending channels.
    for (index, stride) in [(3, 1), (1, 2)] {
        let mut parts = wide(1, [1, 4, 4], 2, 1, 2);
        parts.convs[index].stride = stride;
        parts.model().unwrap();
    }
    // A plain network asks for none of this.
    let mut parts = wide(1, [1, 4, 4], 2, 1, 2);
    parts.structure = Structure::Plain;
    parts.convs[3].stride = 1;
    parts.convs[1].stride = 2;
    parts.model().unwrap();
}

/// A small file must not make whoever runs it take the memory of a feature map of 2^36 numbers.
#[test]
fn maps_too_large_to_run() {
    rejects(
        |parts| {
            parts.input = [1, 1 << 10, 1 << 10];
            parts.structure = Structure::Plain;
            parts.convs[1] = Random(1).conv(1 << 16, 2, 1);
            let conv = &mut parts.convs[0];
            conv.out_channels = 1 << 16;
            if let Weights::Signs { bits, .. } = &mut conv.weights {
                *bits = vec![0; 2 << 16];
            }
        },
        "input conv: expected a feature map of at most 67108864 numbers, found 65536 x 1024 x 1024",
    );
    rejects(
        |parts| parts.input = [1 << 16, 1 << 10, 1 << 10],
        "input: expected a feature map of at most 67108864 numbers",
    );
}

#[test]
fn sizes_and_numbers() {
    rejects(|parts| parts.input[0] = 0, "model: input");
    rejects(
        |parts| parts.convs[0].kernel = 0,
        "node `input conv`: expected an odd kernel",
    );
    rejects(
        |parts| parts.convs[0].kernel = 17,
        "node `input conv`: expected an odd kernel up to 15",
    );
    rejects(
        |parts| parts.convs[0].kernel = 5,
        "input conv, signs, in bytes: expected 8, found 4",
    );
    rejects(
        |parts| parts.convs[0].stride = 0,
        "node `input conv`: expected stride 1 or 2",
    );
    rejects(
        |parts| parts.convs[0].out_channels = 0,
        "node `input conv`: expected 1 to 65536 output channels",
    );
    rejects(
        |parts| parts.class_names.push("c".into()),
        "class_names: expected 2, found 3",
    );
    rejects(
        |parts| drop(parts.norms.pop()),
        "norms: expected 9, one more than convolutions, found 8",
    );
    rejects(
        |parts| parts.norms.swap(3, 4),
        "block 2 norm 1, scale: expected 2, found 4",
    );
    rejects(
        |parts| parts.temperature = f32::NAN,
        "node `temperature`: expected a positive divisor",
    );
    let channels = |scales| {
        move |parts: &mut SequenceParts| {
            if let Weights::Signs { scale, .. } = &mut parts.convs[5].weights {
                *scale = Scale::Channels(scales);
            }
        }
    };
    rejects(
        channels(vec![1.0; 7]),
        "block 3 conv 1, scale: expected 8, found 7",
    );
    rejects(
        channels(vec![f32::NAN; 8]),
        "block 3 conv 1, scale: expected finite numbers, found NaN at 0",
    );
    let real = |count| {
        move |parts: &mut SequenceParts| {
            parts.convs[0].weights = Weights::Real(vec![0.5; count]);
        }
    };
    rejects(real(17), "input conv, weight: expected 18, found 17");
}

#[test]
fn a_header_too_long_is_not_written() {
    let mut parts = variants().remove(0).1;
    parts.provenance.insert("note".into(), "x".repeat(1 << 21));
    let error = parts.model().unwrap().write().unwrap_err().to_string();
    assert!(error.contains("at most 2097152 bytes"), "{error}");
}
