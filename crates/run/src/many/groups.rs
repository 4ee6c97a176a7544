//! Runs that differ in nothing but their seed.

use crate::TrainConfig;

/// A finished run: its settings, what its data are, its error.
#[derive(Clone, Copy, Debug)]
pub struct Scored<'a> {
    /// Which run, by an index of the caller's.
    pub run: usize,
    /// Its settings.
    pub config: &'a TrainConfig,
    /// The digest of its images, free of order, where it is known.
    pub content: Option<&'a str>,
    /// Its test error in percent.
    pub error: f64,
}

/// Runs of one config with one seed or several.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Which runs, by the caller's indices.
    pub runs: Vec<usize>,
    /// How many seeds they have. A seed that several runs have is a repetition, and counts once, with their mean.
    pub seeds: usize,
    /// Mean of the test errors over the seeds, in percent.
    pub mean: f64,
    /// Their sample deviation, of two seeds or more.
    pub deviation: Option<f64>,
    /// The least and the greatest error of the seeds.
    pub range: [f64; 2],
}

/// The groups, in the order of their first runs.
pub fn groups(runs: &[Scored]) -> Vec<Group> {
    let about: Vec<_> = runs.iter().map(|run| (run.config, run.content)).collect();
    let same = alike(&about).into_iter();
    same.map(|places| group(places.into_iter().map(|place| &runs[place]).collect()))
        .collect()
}

/// The places of runs that differ in nothing but their seed, finished or not, in the order of the first ones. Of each run
/// stand its settings and the digest of its images, where that is known.
pub fn alike(runs: &[(&TrainConfig, Option<&str>)]) -> Vec<Vec<usize>> {
    let (mut keys, mut found) = (Vec::new(), Vec::<Vec<usize>>::new());
    for (place, (config, content)) in runs.iter().enumerate() {
        let key = (seedless(config), *content);
        match keys.iter().position(|known| *known == key) {
            Some(group) => found[group].push(place),
            None => {
                keys.push(key);
                found.push(vec![place]);
            }
        }
    }
    found
}

fn group(runs: Vec<&Scored>) -> Group {
    let mut seeds: Vec<u64> = runs.iter().map(|run| run.config.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let of_seed = |seed: &u64| {
        let same = runs.iter().filter(|run| run.config.seed == *seed);
        let errors: Vec<f64> = same.map(|run| run.error).collect();
        mean_and_deviation(&errors).0
    };
    let errors: Vec<f64> = seeds.iter().map(of_seed).collect();
    let (mean, deviation) = mean_and_deviation(&errors);
    Group {
        runs: runs.iter().map(|run| run.run).collect(),
        seeds: seeds.len(),
        mean,
        deviation,
        range: [
            errors.iter().copied().fold(f64::INFINITY, f64::min),
            errors.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ],
    }
}

/// The mean, and of two numbers or more the sample deviation: with n − 1.
pub fn mean_and_deviation(numbers: &[f64]) -> (f64, Option<f64>) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    let deviation = (numbers.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
    (mean, deviation)
}

/// The config without what changes no expectation: the seed, and where and how it was computed.
pub(super) fn seedless(config: &TrainConfig) -> TrainConfig {
    TrainConfig {
        seed: 0,
        ..config.without_place()
    }
}

#[cfg(test)]
mod tests {
    use data::Dataset;

    use super::*;

    fn config(seed: u64) -> TrainConfig {
        TrainConfig {
            seed,
            ..TrainConfig::recipe(Dataset::Glyphs)
        }
    }

    fn scored<'a>(run: usize, config: &'a TrainConfig, error: f64) -> Scored<'a> {
        let content = None;
        Scored {
            run,
            config,
            content,
            error,
        }
    }

    #[test]
    fn the_deviation_is_that_of_a_sample() {
        let (mean, deviation) = mean_and_deviation(&[2.0, 4.0, 6.0]);
        assert_eq!((mean, deviation), (4.0, Some(2.0)));
        assert_eq!(mean_and_deviation(&[3.0]), (3.0, None));
    }

    #[test]
    fn runs_of_one_config_are_a_group_wherever_they_were_computed() {
        let [one, two] = [1, 2].map(config);
        let elsewhere = TrainConfig {
            device: "cuda:0".into(),
            workers: 9,
            ..config(3)
        };
        let longer = TrainConfig {
            epochs: 9,
            ..config(1)
        };
        let found = groups(&[
            scored(10, &one, 2.0),
            scored(11, &longer, 9.0),
            scored(12, &two, 4.0),
            scored(13, &elsewhere, 6.0),
        ]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].runs, [10, 12, 13]);
        assert_eq!((found[0].seeds, found[0].mean), (3, 4.0));
        assert_eq!(found[0].deviation, Some(2.0));
        assert_eq!(found[0].range, [2.0, 6.0]);
        assert_eq!((found[1].seeds, found[1].deviation), (1, None));
    }

    #[test]
    fn a_repeated_seed_counts_once() {
        let [one, two] = [1, 2].map(config);
        let found = groups(&[
            scored(0, &one, 1.0),
            scored(1, &one, 3.0),
            scored(2, &two, 4.0),
        ]);
        assert_eq!((found[0].seeds, found[0].mean), (2, 3.0));
        assert_eq!(found[0].runs, [0, 1, 2]);
    }

    #[test]
    fn other_images_are_another_group() {
        let one = config(1);
        let two = config(2);
        let with = |run, config, content| Scored {
            content: Some(content),
            ..scored(run, config, 1.0)
        };
        assert_eq!(groups(&[with(0, &one, "a"), with(1, &two, "b")]).len(), 2);
        assert_eq!(groups(&[with(0, &one, "a"), with(1, &two, "a")]).len(), 1);
    }
}
