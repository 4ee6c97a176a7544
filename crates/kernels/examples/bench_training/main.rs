//! Times the ops of one training step and says what share of the machine they use.
//!
//! `cargo run --release -p onebit-kernels --example bench_training [-- ROUNDS [FILTER]]`
//!
//! With `choices` before the rounds it times every algorithm that fits a convolution in place of that, and exits with 1
//! where the one that is chosen is slower than another by more than a tenth.
//!
//! Each answer is checked against one in `f64` first. The variants then take turns, each next to a loop of
//! multiply-adds on registers, so that a busy machine slows both: the share is the median of the ratios.

mod choices;
mod nhwc;
mod ops;

use std::time::Instant;

use kernels::{ExecContext, Isa, Scoped, Serial, peak_fma};
use ops::{Bench, benches};

/// About 1 ms on one core.
const PEAK_ROUNDS: usize = 250_000;

fn main() {
    let mut args = std::env::args().skip(1).peekable();
    let choices = args.next_if(|arg| arg == "choices").is_some();
    let rounds: usize = args
        .next()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(5);
    let filter = args.next().unwrap_or_default();
    let isa = Isa::from_env().unwrap_or_else(|error| {
        eprintln!("{error}");
        std::process::exit(2);
    });
    if choices {
        std::process::exit(i32::from(!choices::check(isa, rounds, &filter)));
    }
    let contexts = [
        ExecContext::new(isa, Serial),
        ExecContext::new(isa, Scoped(2)),
    ];
    let start = Instant::now();
    let peak = peak_fma(isa, 10 * PEAK_ROUNDS) as f64 * 1e-9 / start.elapsed().as_secs_f64();
    println!(
        "{isa}, {rounds} rounds; ms is the minimum, the rest medians; one core {peak:.1} GMAC/s"
    );
    println!(
        "{:44} {:>7} {:>9} {:>8} {:>6}",
        "op", "threads", "ms", "GMAC/s", "share"
    );
    for mut bench in benches().filter(|bench| bench.name.contains(&filter)) {
        (bench.check)(&contexts[1]);
        let mut results = [const { Vec::new() }; 2];
        for round in 0..=rounds {
            for (context, results) in contexts.iter().zip(&mut results) {
                let result = measure(&mut bench, context);
                if round > 0 {
                    results.push(result);
                }
            }
        }
        for (context, results) in contexts.iter().zip(&results) {
            report(&bench, context.threads(), results);
        }
    }
}

/// Seconds, and seconds in which the same multiply-adds would run from registers on as many cores.
fn measure(bench: &mut Bench, context: &ExecContext) -> (f64, f64) {
    let time = |f: &mut dyn FnMut()| {
        let start = Instant::now();
        f();
        start.elapsed().as_secs_f64()
    };
    let mut count = 0;
    let mut peak = || time(&mut || count = peak_fma(context.isa(), PEAK_ROUNDS));
    let before = peak();
    let seconds = time(&mut || (bench.run)(context));
    let peak = before.min(peak()) / count as f64;
    (seconds, peak * bench.macs as f64 / context.threads() as f64)
}

fn report(bench: &Bench, threads: usize, results: &[(f64, f64)]) {
    let min = results.iter().map(|r| r.0).fold(f64::INFINITY, f64::min);
    let rate = bench.macs as f64 * 1e-9 / median(results.iter().map(|r| r.0));
    let share = 100.0 * median(results.iter().map(|r| r.1 / r.0));
    print!("{:44} {threads:>7} {:>9.2}", bench.name, min * 1e3);
    if bench.macs > 0 {
        println!(" {rate:>8.1} {share:>5.0}%");
    } else {
        println!();
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
