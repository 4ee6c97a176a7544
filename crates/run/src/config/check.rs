//! Which values a run can use.

use std::ops::RangeInclusive;

use super::TrainConfig;
use crate::RunError;

/// No run needs more, and no product of two such numbers overflows.
const MAX: usize = 1_000_000;

impl TrainConfig {
    /// Refuses values that no run could use.
    ///
    /// # Errors
    ///
    /// [`RunError::Value`] that names the key, what was expected, and what was found.
    pub fn check(&self) -> Result<(), RunError> {
        whole("epochs", 1..=MAX, self.epochs)?;
        whole("batch_size", 1..=MAX, self.batch_size)?;
        whole("accumulate", 1..=self.batch_size, self.accumulate)?;
        whole("test_crops", 0..=25, self.test_crops)?;
        whole("first_cycle", 1..=MAX, self.first_cycle)?;
        whole("keep_checkpoints", 2..=MAX, self.keep_checkpoints)?;
        real("learning_rate", 0.0..=1e3, self.learning_rate)?;
        let rates = 0.0..=self.learning_rate;
        real("learning_rate_min", rates, self.learning_rate_min)?;
        for &drop in &self.drops {
            real("drops", 0.0..=MAX as f64, drop)?;
        }
        real("temperature", 1e-3..=1e6, self.temperature)?;
        real("momentum", 0.0..=1.0, self.momentum)?;
        real("weight_decay", 0.0..=1.0, self.weight_decay)?;
        match self.drops.windows(2).all(|pair| pair[0] < pair[1]) {
            true => Ok(()),
            false => Err(RunError::Value {
                key: "drops",
                expected: "epochs that ascend".into(),
                found: format!("{:?}", self.drops),
            }),
        }
    }
}

fn whole(key: &'static str, range: RangeInclusive<usize>, found: usize) -> Result<(), RunError> {
    let (min, max) = (range.start(), range.end());
    match range.contains(&found) {
        true => Ok(()),
        false => Err(RunError::Value {
            key,
            expected: format!("{min} or more, at most {max}"),
            found: found.to_string(),
        }),
    }
}

fn real(key: &'static str, range: RangeInclusive<f64>, found: f64) -> Result<(), RunError> {
    let (low, high) = (range.start(), range.end());
    match range.contains(&found) {
        true => Ok(()),
        false => Err(RunError::Value {
            key,
            expected: format!("{low} to {high}"),
            found: found.to_string(),
        }),
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
            assert!(
                error.to_string().starts_with(&format!("`{key}`")),
                "{error}"
            );
        }
    }
}
