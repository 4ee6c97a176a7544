//! Products with ±1 by table look-up beside a dense product: the answer first, then the time.
//!
//! `cargo run --release -p kernels --example bench_signs`

use std::hint::black_box;
use std::time::Instant;

use kernels::signs::{PIXELS, SignMatrix, sign_product, sign_product_i16};
use kernels::{Isa, spin};

/// Outputs, input rows: the layers of 20-1, 20-4 and 20-10.
const SHAPES: [(usize, usize); 7] = [
    (16, 144),
    (64, 576),
    (128, 1152),
    (256, 2304),
    (160, 1440),
    (320, 2880),
    (640, 5760),
];

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn seconds(runs: usize, mut work: impl FnMut()) -> f64 {
    let times = (0..runs).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    });
    median(times.collect())
}

fn main() {
    println!(
        "{:>9} {:>14} {:>12} {:>12} {:>12}",
        "isa", "outputs x rows", "f32 GMAC/s", "i16 GMAC/s", "FMA peak"
    );
    for isa in Isa::available() {
        for (outputs, inputs) in SHAPES {
            let mut state = 1u64;
            let mut next = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 40) as u32
            };
            let bits: Vec<u8> = (0..outputs * inputs.div_ceil(8))
                .map(|_| next() as u8)
                .collect();
            let matrix = SignMatrix::new(outputs, inputs, &bits);
            let rows: Vec<i16> = (0..matrix.padded_inputs() * PIXELS)
                .map(|i| {
                    if i < inputs * PIXELS {
                        (next() % 256) as i16
                    } else {
                        0
                    }
                })
                .collect();
            let floats: Vec<f32> = rows.iter().map(|&r| f32::from(r)).collect();
            let mut sums = vec![0.0; outputs * PIXELS];
            let (mut scratch, mut exact) = (vec![0; sums.len()], vec![0; sums.len()]);
            sign_product(isa, &matrix, &floats, &mut sums);
            sign_product_i16(isa, &matrix, &rows, &mut scratch, &mut exact);
            // Sums of integers below 2^24 are exact in f32 too.
            assert!(sums.iter().zip(&exact).all(|(&a, &b)| a == b as f32));
            let macs = (outputs * inputs * PIXELS) as f64;
            let runs = (4e8 / macs) as usize + 5;
            let float = seconds(runs, || {
                sign_product(isa, &matrix, black_box(&floats), &mut sums)
            });
            let integer = seconds(runs, || {
                sign_product_i16(isa, &matrix, black_box(&rows), &mut scratch, &mut exact);
            });
            let start = Instant::now();
            let flops = spin(isa, 200_000);
            let peak = flops as f64 / start.elapsed().as_secs_f64();
            println!(
                "{:>9} {:>14} {:>12.1} {:>12.1} {:>12.1}",
                isa.name(),
                format!("{outputs} x {inputs}"),
                macs / float / 1e9,
                macs / integer / 1e9,
                peak / 1e9
            );
        }
    }
}
