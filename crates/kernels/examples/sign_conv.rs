//! A convolution with weights of ±1 by table look-up, beside a loop that multiplies:
//!
//! ```text
//! cargo run --release -p onebit-kernels --example sign_conv
//! ```

use std::time::Instant;

use kernels::lookup::{LookupScratch, SignConv, Window};
use kernels::{Isa, Serial};

const CHANNELS: usize = 64;
const SIDE: usize = 32;
const KERNEL: usize = 3;
/// Weights of an output.
const ROW: usize = CHANNELS * KERNEL * KERNEL;

fn main() {
    let mut random = Random(1);
    let scale = (2.0 / ROW as f32).sqrt();
    let signs: Vec<bool> = (0..CHANNELS * ROW)
        .map(|_| random.next() & 1 == 1)
        .collect();

    // A bit for each weight, from the least significant on, 1 for +1; each output begins a new byte.
    let mut bits = vec![0u8; CHANNELS * ROW.div_ceil(8)];
    for (bits, signs) in bits.chunks_mut(ROW.div_ceil(8)).zip(signs.chunks(ROW)) {
        for (at, _) in signs.iter().enumerate().filter(|(_, positive)| **positive) {
            bits[at / 8] |= 1 << (at % 8);
        }
    }

    // The image stands in planes that are padded by one pixel, and by what a vector may read too much.
    let window = Window {
        height: SIDE,
        width: SIDE,
        kernel: KERNEL,
        stride: 1,
        before: [1, 1],
    };
    let conv = SignConv::new::<f32>(window, CHANNELS, CHANNELS, &bits);
    let [rows, columns] = conv.padded();
    let mut input = vec![0.0; CHANNELS * rows * columns];
    for plane in input.chunks_mut(rows * columns) {
        for row in plane.chunks_mut(columns).skip(1).take(SIDE) {
            let pixels = &mut row[1..=SIDE];
            pixels.fill_with(|| f32::from(random.next() as u8) / 256.0);
        }
    }

    // By look-up: four or five channels have 16 or 32 signed sums, and each output adds one of them.
    let isa = Isa::best();
    let mut scratch = [LookupScratch::new(conv.scratch_lines())];
    let scales = [scale; CHANNELS];
    let mut out = vec![0.0; CHANNELS * SIDE * SIDE];
    let begin = Instant::now();
    conv.convolve_f32(isa, &Serial, &input, &scales, &mut out, &mut scratch);
    let by_lookup = begin.elapsed();

    // By multiplications, one after the other.
    let begin = Instant::now();
    let mut expected = vec![0.0; CHANNELS * SIDE * SIDE];
    for (o, plane) in expected.chunks_mut(SIDE * SIDE).enumerate() {
        for (at, sum) in plane.iter_mut().enumerate() {
            let (y, x) = (at / SIDE, at % SIDE);
            for (tap, &positive) in signs[o * ROW..][..ROW].iter().enumerate() {
                let (c, dy, dx) = (tap / 9, tap / 3 % 3, tap % 3);
                let pixel = input[(c * rows + y + dy) * columns + x + dx];
                *sum += if positive { scale } else { -scale } * pixel;
            }
        }
    }
    let by_loop = begin.elapsed();

    let differences = out.iter().zip(&expected).map(|(a, b)| (a - b).abs());
    let difference = differences.fold(0.0, f32::max);
    println!("{CHANNELS} to {CHANNELS} channels of {SIDE}x{SIDE} pixels, on {isa}, one thread");
    println!("look-up {by_lookup:?}, loop {by_loop:?}; they differ by {difference:.1e} at most");
    // Sums of 576 numbers, in another order.
    assert!(difference < 1e-3, "the two are one convolution");
}

/// A linear congruential generator (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}
