//! The score of a packed network whose stored weights have bit errors.

use std::path::Path;

use serde::Serialize;
use word_list::Counted;

use super::packed::Scorer;
use super::{Args, must_be_numbers};
use crate::cli::within;
use crate::learn::Score;
use crate::{Error, say, say_json};

/// The most seeds.
const MAX_SEEDS: usize = 10_000;

#[derive(Serialize)]
struct Seed {
    seed: u64,
    flipped_bits: u64,
    test_error_percent: f64,
    #[serde(flatten)]
    score: Score,
}

#[derive(Serialize)]
struct Report {
    flip_bits: f64,
    /// Over all seeds.
    mean_test_error_percent: f64,
    min_test_error_percent: f64,
    max_test_error_percent: f64,
    seeds: Vec<Seed>,
}

/// Scores the network of the file once for each seed, its bits flipped with this probability.
pub fn run(args: &Args, file: &Path, probability: f64) -> Result<(), Error> {
    within("--seeds", args.seeds, MAX_SEEDS)?;
    if !(0.0..=1.0).contains(&probability) {
        return Err(Error::Usage(format!(
            "--flip-bits {probability}: expected a probability, 0 to 1"
        )));
    }
    let (scorer, model) = Scorer::new(args, file)?;
    let convs = model.convs();
    let signed = || convs.iter().filter(|conv| conv.signs().is_some());
    let bits: usize = signed().map(|conv| conv.weight_count()).sum();
    if bits == 0 {
        return Err(Error::Usage(format!(
            "--flip-bits {probability}: {}: expected sign bits to flip, found weights of other kinds",
            file.display()
        )));
    }
    if signed().count() < convs.len() && !args.json {
        say(&format!(
            "bits are flipped in the {} of {} whose weights are signs; the others stay as they are",
            signed().count(),
            Counted(convs.len(), "convolution")
        ));
    }
    let mut seeds = Vec::new();
    for seed in 1..=args.seeds as u64 {
        let faulty = model
            .with_flipped_bits(probability, seed)
            .map_err(|e| Error::Failed(e.to_string()))?;
        let score = scorer.score(&faulty.model)?;
        must_be_numbers(&score, args)?;
        if !args.json {
            say(&format!(
                "seed {seed}: {} of {bits} bits flipped, test error: {score}",
                faulty.flipped
            ));
        }
        seeds.push(Seed {
            seed,
            flipped_bits: faulty.flipped,
            test_error_percent: score.error_percent(),
            score,
        });
    }
    let errors = || seeds.iter().map(|seed| seed.test_error_percent);
    let report = Report {
        flip_bits: probability,
        mean_test_error_percent: errors().sum::<f64>() / seeds.len() as f64,
        min_test_error_percent: errors().fold(f64::INFINITY, f64::min),
        max_test_error_percent: errors().fold(0.0, f64::max),
        seeds,
    };
    if args.json {
        say_json(&serde_json::to_string(&report).expect("numbers are JSON"));
        return Ok(());
    }
    say(&format!(
        "test error over {}: mean {:.2} %, min {:.2} %, max {:.2} %",
        Counted(report.seeds.len(), "seed"),
        report.mean_test_error_percent,
        report.min_test_error_percent,
        report.max_test_error_percent
    ));
    Ok(())
}
