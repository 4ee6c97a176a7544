//! Time of an image on this machine: 20-1, 20-4 and 20-10 with random signs, both arithmetics.
//!
//! `cargo run --release -p runtime --example bench_infer [threads]`

use std::collections::BTreeMap;
use std::time::Instant;

use runtime::{
    Activation, Activations, Affine, Conv, Engine, Model, Options, Padding, Parts, PoolDivisor,
    Scale, Stem, Structure, Weights, calibrate,
};

struct Random(u64);

impl Random {
    fn byte(&mut self) -> u8 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 56) as u8
    }
}

fn network(width: usize) -> Model {
    let mut random = Random(width as u64);
    let mut conv = |inputs: usize, outputs: usize, kernel: usize, stride: usize| {
        let row = inputs * kernel * kernel;
        let signs = (0..outputs * row).map(|_| random.byte() & 1 == 1);
        Conv {
            in_channels: inputs,
            out_channels: outputs,
            kernel,
            stride,
            weights: Weights::Signs {
                scale: Scale::Layer((2.0 / row as f32).sqrt()),
                bits: Conv::pack(signs.collect::<Vec<_>>(), row),
            },
        }
    };
    let base = 16 * width;
    let mut convs = vec![conv(3, base, 3, 1)];
    let mut channels = base;
    for stage in 0..3 {
        for block in 0..3 {
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            convs.push(conv(channels, base << stage, 3, stride));
            channels = base << stage;
            convs.push(conv(channels, channels, 3, 1));
        }
    }
    convs.push(conv(channels, 10, 1, 1));
    let norm = |channels: usize, scale: f32| {
        Some(Affine {
            scale: vec![scale; channels],
            offset: vec![0.1; channels],
        })
    };
    let mut norms: Vec<_> = convs
        .iter()
        .map(|conv| norm(conv.in_channels, 0.5))
        .collect();
    norms[0] = norm(3, 1.0 / 64.0);
    norms.push(norm(10, 1.0));
    Model::new(Parts {
        input: [3, 32, 32],
        class_names: (0..10).map(|class| class.to_string()).collect(),
        padding: Padding::Symmetric,
        structure: Structure::Residual,
        pool_divisor: PoolDivisor::Inside,
        activation: Activation::Relu,
        input_relu: false,
        temperature: 1.0,
        stem: Stem::Plain,
        norms,
        convs,
        activation_scales: None,
        provenance: BTreeMap::new(),
    })
    .expect("the parts fit together")
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let threads = std::env::args()
        .nth(1)
        .map_or(2, |n| n.parse().expect("a number of threads"));
    for width in [1, 4, 10] {
        let model = network(width);
        let mut random = Random(3);
        let images: Vec<u8> = (0..50 * 3072).map(|_| random.byte()).collect();
        let scales = calibrate(&model, &images[..3072]).expect("images of the right size");
        let model = model
            .with_activation_scales(scales)
            .expect("as many as convolutions");
        for activations in [Activations::F32, Activations::Int8] {
            let mut engine = Engine::new(
                &model,
                Options {
                    threads,
                    activations,
                },
            )
            .expect("a plan");
            let rounds = [400, 60, 16][[1, 4, 10].iter().position(|&w| w == width).unwrap_or(0)];
            let one: Vec<f64> = (0..rounds)
                .map(|round| {
                    let start = Instant::now();
                    let image = &images[round % 50 * 3072..][..3072];
                    engine.classify(image).expect("an image of the right size");
                    start.elapsed().as_secs_f64()
                })
                .collect();
            let mut logits = vec![0.0; 500];
            let batch: Vec<f64> = (0..5)
                .map(|_| {
                    let start = Instant::now();
                    engine
                        .logits_batch(&images, &mut logits)
                        .expect("images of the right size");
                    start.elapsed().as_secs_f64() / 50.0
                })
                .collect();
            println!(
                "20-{width:<3} {activations:?}: {:.3} ms an image, {:.3} ms in batches of 50, {threads} threads",
                1e3 * median(one),
                1e3 * median(batch)
            );
        }
    }
}
