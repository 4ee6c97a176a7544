//! Which values a run can use.

use super::TrainConfig;
use crate::Error;

/// No run needs more, and no product of two such numbers overflows.
const MAX: usize = 1_000_000;

impl TrainConfig {
    /// Refuses values that no run could use.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] that names the key, what was expected, and what was found.
    pub fn check(&self) -> Result<(), Error> {
        let within = |key: &str, min: usize, max: usize, found: usize| {
            (!(min..=max).contains(&found)).then(|| {
                format!(
                    "`{key}` = {found}: expected {min} or more, at most {max}; change it in the config or with --set {key}=…"
                )
            })
        };
        let between = |key: &str, low: f64, high: f64, found: f64| {
            (!(low..=high).contains(&found))
                .then(|| format!("`{key}` = {found}: expected {low} to {high}; change it in the config or with --set {key}=…"))
        };
        let wrong = within("epochs", 1, MAX, self.epochs)
            .or(within("batch_size", 1, MAX, self.batch_size))
            .or(within("accumulate", 1, self.batch_size, self.accumulate))
            .or(within("test_crops", 0, 25, self.test_crops))
            .or(within("first_cycle", 1, MAX, self.first_cycle))
            .or(within("keep_checkpoints", 2, MAX, self.keep_checkpoints))
            .or(between("learning_rate", 0.0, 1e3, self.learning_rate))
            .or(between(
                "learning_rate_min",
                0.0,
                self.learning_rate,
                self.learning_rate_min,
            ))
            .or(self
                .drops
                .iter()
                .find_map(|&drop| between("drops", 0.0, MAX as f64, drop)))
            .or(between("temperature", 1e-3, 1e6, self.temperature))
            .or(between("momentum", 0.0, 1.0, self.momentum))
            .or(between("weight_decay", 0.0, 1.0, self.weight_decay));
        let wrong = wrong.or_else(|| {
            let ascend = self.drops.windows(2).all(|pair| pair[0] < pair[1]);
            (!ascend).then(|| {
                format!(
                    "`drops` = {:?}: expected epochs that ascend; change it in the config or with --set drops=[85,170]",
                    self.drops
                )
            })
        });
        match wrong {
            Some(message) => Err(Error::Usage(message)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use data::Dataset;

    use super::*;

    #[test]
    fn values_out_of_range_are_named() {
        let config = TrainConfig::recipe(Dataset::Mnist);
        let cases = [
            (
                "epochs",
                TrainConfig {
                    epochs: 0,
                    ..config.clone()
                },
            ),
            (
                "batch_size",
                TrainConfig {
                    batch_size: 0,
                    ..config.clone()
                },
            ),
            (
                "keep_checkpoints",
                TrainConfig {
                    keep_checkpoints: 1,
                    ..config.clone()
                },
            ),
            (
                "learning_rate_min",
                TrainConfig {
                    learning_rate_min: 1.0,
                    ..config.clone()
                },
            ),
            (
                "learning_rate",
                TrainConfig {
                    learning_rate: f64::NAN,
                    ..config.clone()
                },
            ),
            (
                "momentum",
                TrainConfig {
                    momentum: 1.5,
                    ..config.clone()
                },
            ),
        ];
        for (key, config) in cases {
            let error = config.check().unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(
                error.to_string().starts_with(&format!("`{key}`")),
                "{error}"
            );
        }
    }
}
