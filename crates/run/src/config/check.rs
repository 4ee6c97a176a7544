//! Which values a run can use.

use std::ops::RangeInclusive;

use super::{Freeze, TrainConfig};
use crate::RunError;

/// No run needs more, and no product of two such numbers overflows.
const MAX: usize = 1_000_000;
/// The largest side of an image that a network takes.
const MAX_SIDE: usize = 4096;

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
        real(
            "checkpoint_minutes",
            0.0..=MAX as f64,
            self.checkpoint_minutes,
        )?;
        if !(self.test_fraction > 0.0 && self.test_fraction < 1.0) {
            return Err(RunError::Value {
                key: "test_fraction",
                expected: "a share between 0 and 1".into(),
                found: self.test_fraction.to_string(),
            });
        }
        for side in self.size.into_iter().flatten() {
            whole("size", 1..=MAX_SIDE, side)?;
        }
        if let Some(channels @ (0 | 2 | 4..)) = self.channels {
            return Err(RunError::Value {
                key: "channels",
                expected: "1 or 3".into(),
                found: channels.to_string(),
            });
        }
        if self.freeze != Freeze::None && self.init.is_none() {
            return Err(RunError::Value {
                key: "freeze",
                expected: "`init` beside it, which says where trained weights come from".into(),
                found: format!("\"{}\" alone", self.freeze),
            });
        }
        if self.keep_best && self.validation.is_none() {
            return Err(RunError::Value {
                key: "keep_best",
                expected: "a validation part, by which the best epoch is chosen".into(),
                found: "true with `validation` = 0".into(),
            });
        }
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
