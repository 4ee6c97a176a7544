//! Times whole training steps on the CPU: forward pass, backward pass and SGD, on random images.
//!
//! `cargo run --release -p trainer --example bench_step [-- NET [STEPS [BATCH]]]`

use std::time::Instant;

use burn::tensor::{Device, Int, Tensor};
use burn::train::TrainStep;
use model::NetworkConfig;
use trainer::learn::{Classifier, ImageBatch, Sgd};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut args = std::env::args().skip(1);
    let net = args.next().unwrap_or("wrn-20-4".into());
    let mut number = |default| args.next().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (steps, batch) = (number(5usize), number(125usize));
    let name = net.parse().expect("a network, such as wrn-20-4");
    let device = Device::default().autodiff();
    let config = NetworkConfig::new(name, [3, 32, 32], 10);
    let mut classifier = Classifier::new(config.init(1, &device).expect("a network"));
    let mut optimizer = Sgd {
        momentum: 0.9,
        weight_decay: 5e-4,
    }
    .init();
    let pixels = (0..batch * 3 * 1024).map(|i| (i * 7919 % 251) as f32);
    let pixels: Vec<f32> = pixels.collect();
    let labels: Vec<i32> = (0..batch as i32).map(|i| i % 10).collect();
    let images = ImageBatch {
        images: Tensor::<1>::from_data(pixels.as_slice(), &device).reshape([batch, 3, 32, 32]),
        labels: Tensor::<1, Int>::from_data(labels.as_slice(), &device),
        mixed: None,
    };
    let mut times = Vec::new();
    for step in 0..=steps {
        let start = Instant::now();
        let output = classifier.step(images.clone());
        let passes = start.elapsed().as_secs_f64();
        let loss = output.item.loss.clone().into_scalar::<f32>();
        classifier = classifier.optimize(&mut optimizer, 0.01.into(), output.grads);
        let seconds = start.elapsed().as_secs_f64();
        let update = seconds - passes;
        println!("step {step}: {seconds:.3} s, of which {update:.3} s SGD; loss {loss:.4}");
        if step > 0 {
            times.push(seconds);
        }
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{net}, batches of {batch}: median {:.3} s",
        times[times.len() / 2]
    );
}
