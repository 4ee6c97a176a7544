//! Runs that differ in nothing but their seed.

use run::TrainConfig;

use super::folder::{Run, State};

/// Finished runs of one config with several seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Which runs, by index.
    pub runs: Vec<usize>,
    /// Mean of their test errors in percent.
    pub mean: f64,
    /// The least and the greatest of them.
    pub range: [f64; 2],
}

/// The groups of two runs or more.
pub fn groups(runs: &[Run]) -> Vec<Group> {
    let scored = |run: &Run| match run.state() {
        State::Finished => run.result.as_ref().map(|result| result.test_error_percent),
        State::Lengthened | State::Training | State::Stopped | State::Damaged => None,
    };
    let entries: Vec<_> = runs
        .iter()
        .enumerate()
        .filter_map(|(index, run)| Some((index, seedless(&run.config), scored(run)?)))
        .collect();
    let mut groups: Vec<Group> = Vec::new();
    for (place, (_, config, _)) in entries.iter().enumerate() {
        if entries[..place].iter().any(|(_, other, _)| other == config) {
            continue;
        }
        let same: Vec<_> = entries
            .iter()
            .filter(|(_, other, _)| other == config)
            .collect();
        let seeds = |&&(index, ..): &&(usize, TrainConfig, f64)| runs[index].config.seed;
        let mut distinct: Vec<u64> = same.iter().map(seeds).collect();
        distinct.sort_unstable();
        distinct.dedup();
        // One seed twice is a repetition, and says nothing of the spread.
        if distinct.len() < 2 || distinct.len() < same.len() {
            continue;
        }
        let errors = same.iter().map(|(.., error)| *error);
        groups.push(Group {
            runs: same.iter().map(|(index, ..)| *index).collect(),
            mean: errors.clone().sum::<f64>() / same.len() as f64,
            range: [
                errors.clone().fold(f64::INFINITY, f64::min),
                errors.fold(f64::NEG_INFINITY, f64::max),
            ],
        });
    }
    groups
}

/// The config without what changes no expectation: the seed, and where and how it was computed.
fn seedless(config: &TrainConfig) -> TrainConfig {
    TrainConfig {
        seed: 0,
        device: String::new(),
        workers: 0,
        keep_checkpoints: 0,
        ..config.clone()
    }
}
