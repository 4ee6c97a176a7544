//! Whether the algorithm that is chosen for a shape is the fastest of those that fit it.

use std::time::Instant;

use kernels::{Algorithm, Conv2d, ExecContext, Isa, Serial};

use super::median;
use super::ops::convolution;

/// How much slower than another a choice may be.
const TOLERANCE: f64 = 1.1;
/// Seconds of a round, or more.
const ENOUGH: f64 = 0.1;
/// Images: a fifth of a training batch. Longer ones take longer, and no choice here hangs on their number.
const BATCH: usize = 25;

/// Times every algorithm that fits, in turns, for the layers of 20-1, 20-4 and 20-10. Whether no choice is slower than
/// another by more than [`TOLERANCE`], as the median over the rounds of their ratios.
pub fn check(isa: Isa, rounds: usize, filter: &str) -> bool {
    println!(
        "{isa}, {rounds} rounds, {BATCH} images on one thread; medians in ms, * is the choice"
    );
    let mut all_fastest = true;
    for mut bench in layers().flat_map(convolution) {
        let Some((op, shape)) = bench.conv else {
            continue;
        };
        let fitting: Vec<_> = Algorithm::ALL
            .into_iter()
            .filter(|algorithm| algorithm.fits(op, &shape))
            .collect();
        if fitting.len() < 2 || !bench.name.contains(filter) {
            continue;
        }
        let contexts: Vec<_> = fitting
            .iter()
            .map(|&algorithm| ExecContext::new(isa, Serial).with_algorithm(algorithm))
            .collect();
        let mut time = |context| {
            let start = Instant::now();
            (bench.run)(context);
            start.elapsed().as_secs_f64()
        };
        // The first turn warms up, and tells how many more turns a short one needs.
        let mut shortest = f64::INFINITY;
        for context in &contexts {
            (bench.check)(context);
            shortest = time(context).min(shortest);
        }
        let turns = rounds * (ENOUGH / shortest).clamp(1.0, 20.0) as usize;
        let mut times = vec![Vec::new(); fitting.len()];
        for _ in 0..turns {
            for (context, times) in contexts.iter().zip(&mut times) {
                times.push(time(context));
            }
        }
        let choice = Algorithm::choose(isa, op, &shape);
        let chosen = fitting.iter().position(|&algorithm| algorithm == choice);
        let chosen = times[chosen.expect("a choice fits")].clone();
        print!("{:44}", bench.name);
        let mut worst = 1.0f64;
        for (algorithm, times) in fitting.iter().zip(&times) {
            let mark = if *algorithm == choice { "*" } else { "" };
            let name = format!("{algorithm}{mark}");
            print!(" {name:>9} {:8.2}", 1e3 * median(times.iter().copied()));
            worst = worst.max(median(chosen.iter().zip(times).map(|(a, b)| a / b)));
        }
        if worst > TOLERANCE {
            all_fastest = false;
            println!("  SLOWER: {worst:.2} times the fastest");
        } else {
            println!();
        }
    }
    all_fastest
}

/// The different convolutions of the three networks.
fn layers() -> impl Iterator<Item = Conv2d> {
    let layers = [1, 4, 10].into_iter().flat_map(|width| {
        let [a, b, c] = [16 * width, 32 * width, 64 * width];
        [
            (3, a, 32, 3, 1),
            (a, a, 32, 3, 1),
            (a, b, 32, 3, 2),
            (b, b, 16, 3, 1),
            (b, c, 16, 3, 2),
            (c, c, 8, 3, 1),
            (c, 10, 8, 1, 1),
        ]
    });
    layers.map(|(in_channels, out_channels, size, kernel, stride)| Conv2d {
        batch: BATCH,
        in_channels,
        out_channels,
        height: size,
        width: size,
        kernel,
        stride,
        padding: kernel / 2,
    })
}
