//! What a kind of weights costs: the error of runs beside that of their 32-bit baseline.

use graph::Weights;

use super::Difference;
use super::groups::{Group, seedless};
use crate::TrainConfig;

/// The gap between a group of runs and the one that differs from it in having 32-bit weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// The group, by its index.
    pub group: usize,
    /// Its baseline, by its index.
    pub baseline: usize,
    /// How much greater the mean test error is than the baseline's.
    pub difference: Difference,
}

/// The gaps of all groups that have a baseline. `of` gives the settings and the images' digest of a run, by the index that
/// the groups have of it.
pub fn gaps<'a>(
    groups: &[Group],
    of: impl Fn(usize) -> (&'a TrainConfig, Option<&'a str>),
) -> Vec<Gap> {
    let key = |group: &Group| {
        let (config, content) = of(group.runs[0]);
        let mut config = seedless(config);
        let weights = std::mem::replace(&mut config.weights, Weights::FULL);
        // Of a 32-bit network the first and the last layer are 32-bit in every way to say so.
        let full = weights == Weights::FULL && config.first_last.is_none_or(|w| w == Weights::FULL);
        config.first_last = None;
        (config, content, full)
    };
    let keys: Vec<_> = groups.iter().map(key).collect();
    let mut gaps = Vec::new();
    for (index, (config, content, full)) in keys.iter().enumerate() {
        let is_baseline = |(other, theirs, full): &(TrainConfig, Option<&str>, bool)| {
            *full && other == config && theirs == content
        };
        let baseline = keys.iter().position(is_baseline).filter(|_| !full);
        let Some(baseline) = baseline else { continue };
        gaps.push(Gap {
            group: index,
            baseline,
            difference: Difference::new(&groups[index], &groups[baseline]),
        });
    }
    gaps
}

#[cfg(test)]
mod tests {
    use data::Dataset;

    use super::super::groups::{Scored, groups};
    use super::*;

    fn found(runs: &[(&str, u64, usize, f64)]) -> Vec<Gap> {
        let configs: Vec<TrainConfig> = runs
            .iter()
            .map(|&(weights, seed, epochs, _)| TrainConfig {
                weights: weights.parse().unwrap(),
                seed,
                epochs,
                ..TrainConfig::recipe(Dataset::Glyphs)
            })
            .collect();
        let scored: Vec<Scored> = configs
            .iter()
            .zip(runs)
            .enumerate()
            .map(|(run, (config, &(.., error)))| Scored {
                run,
                config,
                content: None,
                error,
            })
            .collect();
        gaps(&groups(&scored), |run| (&configs[run], None))
    }

    #[test]
    fn a_gap_has_the_standard_error_of_both_means() {
        let gaps = found(&[
            ("1bit", 1, 6, 5.0),
            ("1bit", 2, 6, 7.0),
            ("32bit", 1, 6, 3.0),
            ("32bit", 2, 6, 5.0),
            ("ternary", 1, 6, 4.5),
        ]);
        assert_eq!(gaps.len(), 2);
        assert_eq!((gaps[0].group, gaps[0].baseline), (0, 1));
        assert_eq!(gaps[0].difference.points, 2.0);
        // Each has a deviation of √2, so a variance of the mean of 1.
        let error = gaps[0].difference.standard_error.unwrap();
        assert!((error - 2f64.sqrt()).abs() < 1e-12, "{error}");
        let difference = gaps[1].difference;
        assert_eq!((difference.points, difference.standard_error), (0.5, None));
    }

    #[test]
    fn other_settings_have_no_gap() {
        assert!(found(&[("1bit", 1, 6, 5.0), ("32bit", 1, 14, 3.0)]).is_empty());
        assert!(found(&[("1bit", 1, 6, 5.0), ("ternary", 1, 6, 3.0)]).is_empty());
        assert!(found(&[("32bit", 1, 6, 5.0)]).is_empty());
    }
}
