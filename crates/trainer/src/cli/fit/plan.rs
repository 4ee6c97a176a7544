//! The rungs of successive halving: how many networks are trained up to which epoch.
//!
//! Rungs are the ends of the learning rate's cycles, where it has fallen (Jamieson and Talwalkar 2016, arXiv 1502.07943, on
//! the paper's warm restarts): a network that stays goes on with its own run, as if it had never been stopped.

use run::TrainConfig;
use run::config::ScheduleName;

use crate::Error;

/// Networks that are trained up to an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rung {
    pub epochs: usize,
    pub networks: usize,
}

/// The rungs up to the last one, on which one network is trained to the end.
///
/// # Errors
///
/// [`Error::Usage`] when runs with these settings cannot go on to more epochs, or `epochs` is no end of a cycle.
pub fn rungs(
    config: &TrainConfig,
    epochs: usize,
    networks: usize,
    keep: f64,
) -> Result<Vec<Rung>, Error> {
    if config.schedule != ScheduleName::CosineRestarts {
        return Err(Error::Usage(
            "`schedule`: expected cosine-restarts, whose cycles end where networks are compared; train the network that this finds with another schedule afterwards"
                .into(),
        ));
    }
    if let Some(key) = config.bound_to_epochs() {
        return Err(Error::Usage(format!(
            "`{key}`: expected settings with which a run can be made longer, found one that takes its course over all epochs; train the network that this finds with it afterwards"
        )));
    }
    if config.max_steps > 0 {
        return Err(Error::Usage(
            "`max_steps`: expected whole epochs, found a limit of steps; leave it out, and choose --epochs".into(),
        ));
    }
    let last = TrainConfig {
        epochs,
        ..config.clone()
    };
    if let Some(amid) = last.amid_cycle() {
        return Err(Error::Usage(format!(
            "--epochs {epochs}: expected the end of a cycle, where the learning rate has fallen, such as {}; found: {amid}",
            amid.before.unwrap_or(amid.after)
        )));
    }
    let mut rungs = Vec::new();
    let (mut end, mut cycle, mut left) = (config.first_cycle, config.first_cycle, networks);
    while left > 1 && end < epochs {
        rungs.push(Rung {
            epochs: end,
            networks: left,
        });
        left = next(left, keep);
        cycle *= 2;
        end += cycle;
    }
    // Where epochs are too few to come down to one, the last rung compares those that are left.
    rungs.push(Rung {
        epochs,
        networks: left,
    });
    Ok(rungs)
}

/// How many of so many go on: a share, rounded up, but fewer than before.
fn next(networks: usize, keep: f64) -> usize {
    let share = (networks as f64 * keep).ceil() as usize;
    share.clamp(1, (networks - 1).max(1))
}

/// Epochs of all networks together.
pub fn epochs(rungs: &[Rung]) -> usize {
    let before = [0].into_iter().chain(rungs.iter().map(|rung| rung.epochs));
    let own = rungs.iter().zip(before);
    own.map(|(rung, before)| rung.networks * (rung.epochs - before))
        .sum()
}

#[cfg(test)]
mod tests {
    use data::Dataset;

    use super::*;

    fn found(epochs: usize, networks: usize, keep: f64) -> Vec<(usize, usize)> {
        let config = TrainConfig::recipe(Dataset::Glyphs);
        let rungs = rungs(&config, epochs, networks, keep).unwrap();
        rungs
            .iter()
            .map(|rung| (rung.epochs, rung.networks))
            .collect()
    }

    #[test]
    fn rungs_are_the_ends_of_cycles() {
        let halves = [(2, 12), (6, 6), (14, 3), (30, 2), (62, 1)];
        assert_eq!(found(62, 12, 0.5), halves);
        assert_eq!(found(254, 12, 0.5)[3..], [(30, 2), (254, 1)]);
        assert_eq!(found(62, 9, 0.34), [(2, 9), (6, 4), (14, 2), (62, 1)]);
        assert_eq!(found(6, 12, 0.5), [(2, 12), (6, 6)]);
        assert_eq!(found(2, 3, 0.5), [(2, 3)]);
        assert_eq!(found(14, 1, 0.5), [(14, 1)]);
        assert_eq!(found(62, 3, 0.99), [(2, 3), (6, 2), (62, 1)]);
    }

    #[test]
    fn each_epoch_is_trained_once() {
        let config = TrainConfig::recipe(Dataset::Glyphs);
        let rungs = rungs(&config, 62, 12, 0.5).unwrap();
        assert_eq!(epochs(&rungs), 12 * 2 + 6 * 4 + 3 * 8 + 2 * 16 + 32);
    }

    #[test]
    fn what_cannot_go_on_is_refused() {
        let config = TrainConfig::recipe(Dataset::Glyphs);
        let error = |config: &TrainConfig, epochs| {
            let error = rungs(config, epochs, 4, 0.5).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            error.to_string()
        };
        let text = error(&config, 20);
        assert!(text.contains("such as 14"), "{text}");
        let cosine = TrainConfig {
            schedule: ScheduleName::Cosine,
            ..config.clone()
        };
        assert!(error(&cosine, 14).contains("`schedule`"));
        let average = TrainConfig {
            average: run::config::Average::Ema,
            ..config.clone()
        };
        assert!(error(&average, 14).contains("`average`"));
        let limited = TrainConfig {
            max_steps: 3,
            ..config
        };
        assert!(error(&limited, 14).contains("`max_steps`"));
    }
}
