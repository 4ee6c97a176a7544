//! Look-up convolutions beside each other: the answer first, then the time.
//!
//! `cargo run --release -p onebit-kernels --example bench_lookup [isa]`
//!
//! Rows of one shape are measured in turns, round after round, so that what else runs on the
//! machine meets all of them; the last column is the peak of multiply-adds on registers in the same
//! rounds.

use std::hint::black_box;
use std::time::Instant;

use kernels::lookup::{LookupScratch, SignConv, Window};
use kernels::{Isa, Serial, peak_fma};

/// Side of the image, inputs and outputs: the layers of 20-1, 20-4 and 20-10.
const SHAPES: [(usize, usize); 9] = [
    (32, 16),
    (16, 32),
    (8, 64),
    (32, 64),
    (16, 128),
    (8, 256),
    (32, 160),
    (16, 320),
    (8, 640),
];
/// Channels of a group, rows of a tile.
const PLANS: [(usize, usize); 4] = [(4, 4), (4, 2), (5, 2), (5, 4)];
const ROUNDS: usize = 9;

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn seconds(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn main() {
    let asked = std::env::args().nth(1);
    let isas = Isa::available()
        .into_iter()
        .filter(|isa| asked.as_deref().is_none_or(|name| name == isa.name()));
    for isa in isas {
        println!(
            "{isa}: GMAC/s on one thread: f32, then i16, for (channels of a group, rows of a tile)"
        );
        println!(
            "{:>16} {} {:>9}",
            "side x channels",
            PLANS
                .map(|plan| format!("{:>15}", format!("{plan:?}")))
                .concat(),
            "FMA peak"
        );
        for (side, channels) in SHAPES {
            let window = Window {
                height: side,
                width: side,
                kernel: 3,
                stride: 1,
                before: [1, 1],
            };
            let mut state = 1u64;
            let mut next = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 40) as u32
            };
            let bits: Vec<u8> = (0..channels * (channels * 9).div_ceil(8))
                .map(|_| next() as u8)
                .collect();
            let mut out = vec![0.0; channels * side * side];
            let scales = vec![1.0; channels];
            let biases = vec![0; channels];
            let macs = (channels * channels * 9 * side * side) as f64;
            let mut times = vec![Vec::new(); 2 * PLANS.len() + 1];
            let repeats = (1e8 / macs) as usize + 1;
            let plans = PLANS.map(|(group, rows)| {
                let floats = SignConv::with::<f32>(window, channels, channels, &bits, group, rows);
                let integers =
                    SignConv::with::<i16>(window, channels, channels, &bits, group, rows);
                (floats, integers)
            });
            for _ in 0..ROUNDS {
                for (index, (floats, integers)) in plans.iter().enumerate() {
                    let count =
                        |conv: &SignConv| channels * conv.padded().iter().product::<usize>();
                    let real: Vec<f32> = (0..count(floats)).map(|i| (i % 255) as f32).collect();
                    let whole: Vec<i16> = (0..count(integers))
                        .map(|i| (i % 255) as i16 - 127)
                        .collect();
                    let mut scratch =
                        LookupScratch::new(floats.scratch_lines().max(integers.scratch_lines()));
                    let scratch = std::slice::from_mut(&mut scratch);
                    times[2 * index].push(seconds(|| {
                        for _ in 0..repeats {
                            let input = black_box(&real);
                            floats.convolve_f32(isa, &Serial, input, &scales, &mut out, scratch);
                        }
                    }));
                    times[2 * index + 1].push(seconds(|| {
                        for _ in 0..repeats {
                            integers.convolve_i16(
                                isa,
                                &Serial,
                                black_box(&whole),
                                &scales,
                                &biases,
                                &mut out,
                                scratch,
                            );
                        }
                    }));
                }
                let mut flops = 0;
                let spent = seconds(|| flops = peak_fma(isa, 50_000));
                times[2 * PLANS.len()].push(spent / flops as f64 * macs * repeats as f64);
            }
            let rates: Vec<String> = times
                .iter_mut()
                .map(|times| format!("{:7.1}", macs * repeats as f64 / median(times) / 1e9))
                .collect();
            println!("{:>16} {}", format!("{side} x {channels}"), rates.join(" "));
        }
    }
}
