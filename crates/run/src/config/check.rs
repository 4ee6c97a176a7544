//! Which values a run can use.

use std::fmt::Display;
use std::ops::RangeInclusive;

use data::{Augment, Dataset};
use pixels::Fit;

use super::{Freeze, Range, Setting, TrainConfig};
use crate::RunError;

impl TrainConfig {
    /// Refuses values that no run could use.
    ///
    /// # Errors
    ///
    /// [`RunError::Value`] that names the key, what was expected, and what was found.
    pub fn check(&self) -> Result<(), RunError> {
        whole("epochs", self.epochs)?;
        whole("batch_size", self.batch_size)?;
        between("accumulate", 1..=self.batch_size, self.accumulate)?;
        whole("test_crops", self.test_crops)?;
        whole("first_cycle", self.first_cycle)?;
        whole("keep_checkpoints", self.keep_checkpoints)?;
        whole("workers", self.workers)?;
        real("learning_rate", self.learning_rate)?;
        let rates = 0.0..=self.learning_rate;
        between("learning_rate_min", rates, self.learning_rate_min)?;
        for &drop in &self.drops {
            between("drops", 0.0..=1e6, drop)?;
        }
        real("temperature", self.temperature)?;
        real("momentum", self.momentum)?;
        real("weight_decay", self.weight_decay)?;
        if let Some(decay) = self.decay_latent {
            real("decay_latent", decay)?;
        }
        whole("warm_up", self.warm_up)?;
        real("teacher_temperature", self.teacher_temperature)?;
        real("teacher_share", self.teacher_share)?;
        real("label_smoothing", self.label_smoothing)?;
        real("average_decay", self.average_decay)?;
        real("average_from", self.average_from)?;
        self.check_levers()?;
        real("checkpoint_minutes", self.checkpoint_minutes)?;
        real("test_fraction", self.test_fraction)?;
        if let Some(sides) = self.size {
            sized(sides)?;
        }
        if let Some(channels) = self.channels {
            whole("channels", channels)?;
        }
        if self.dataset.named().is_some()
            && let Some((key, found)) = self.of_own_images()
        {
            let expected = format!(
                "nothing for `{}`, whose images have their own size; it is for your own images",
                self.dataset
            );
            return Err(wrong(key, expected, found));
        }
        if self.augment.spec().scale.is_some() && self.dataset != Dataset::Imagenet {
            let others = Augment::words();
            let others = others.into_iter().filter(|word| {
                let augment = word.parse::<Augment>();
                augment.is_ok_and(|augment| augment.spec().scale.is_none())
            });
            let expected = format!(
                "a list of {}; scale-crop-flip is for the photographs of `imagenet`, whose sizes differ",
                others.collect::<Vec<_>>().join(", ")
            );
            return Err(wrong("augment", expected, self.augment));
        }
        if self.freeze != Freeze::None && self.init.is_none() {
            return Err(wrong(
                "freeze",
                "`init` beside it, which says where trained weights come from",
                format!("\"{}\" alone", self.freeze),
            ));
        }
        if self.keep_best && self.validation.is_none() {
            return Err(wrong(
                "keep_best",
                "a validation part, by which the best epoch is chosen",
                "true with `validation` = 0",
            ));
        }
        match self.drops.windows(2).all(|pair| pair[0] < pair[1]) {
            true => Ok(()),
            false => {
                let found = format!("{:?}", self.drops);
                Err(wrong("drops", "epochs that ascend", found))
            }
        }
    }
}

/// Whether a number is in the range that the table of settings has.
impl TrainConfig {
    /// A setting that says how own images are seen, where one is given.
    fn of_own_images(&self) -> Option<(&'static str, String)> {
        if let Some(size) = self.size {
            return Some(("size", format!("{size:?}")));
        }
        if let Some(channels) = self.channels {
            return Some(("channels", channels.to_string()));
        }
        (self.fit != Fit::Crop).then(|| ("fit", self.fit.to_string()))
    }
}

fn whole(key: &'static str, found: usize) -> Result<(), RunError> {
    let range = range(key);
    let is_in = match range {
        Range::Whole { min, max } => (min..=max).contains(&found),
        Range::Numbers(numbers) => numbers.contains(&found),
        _ => unreachable!("{key} has no range of whole numbers"),
    };
    is_in.then_some(()).ok_or_else(|| wrong(key, range, found))
}

/// The same of a height and a width, in words that fit any order of theirs.
fn sized(sides: [usize; 2]) -> Result<(), RunError> {
    let Range::Sides { max } = range("size") else {
        unreachable!("a size has sides");
    };
    match sides.iter().all(|side| (1..=max).contains(side)) {
        true => Ok(()),
        false => {
            let expected = format!("1 to {max} pixels a side");
            Err(wrong("size", expected, format!("{sides:?}")))
        }
    }
}

/// The same of a number that need not be whole.
fn real(key: &'static str, found: f64) -> Result<(), RunError> {
    let range = range(key);
    let is_in = match range {
        Range::Real { min, max } => (min..=max).contains(&found),
        Range::Share => found > 0.0 && found < 1.0,
        _ => unreachable!("{key} has no range of numbers"),
    };
    is_in.then_some(()).ok_or_else(|| wrong(key, range, found))
}

/// Whether a number is in a range that other settings decide.
fn between<T: PartialOrd + Display>(
    key: &'static str,
    range: RangeInclusive<T>,
    found: T,
) -> Result<(), RunError> {
    let text = || format!("{} to {}", range.start(), range.end());
    let is_in = range.contains(&found);
    is_in.then_some(()).ok_or_else(|| wrong(key, text(), found))
}

fn range(key: &str) -> Range {
    Setting::of(key).expect("a setting of ours").range
}

fn wrong(key: &'static str, expected: impl Display, found: impl Display) -> RunError {
    RunError::Value {
        key,
        expected: expected.to_string(),
        found: found.to_string(),
        given: None,
    }
}

#[cfg(test)]
mod tests {
    use data::Source;

    use super::*;

    #[test]
    fn scaling_is_for_photographs_of_any_size() {
        let with = |source: Source| TrainConfig {
            augment: Augment::SCALE_CROP_FLIP,
            ..TrainConfig::recipe(source)
        };
        with(Dataset::Imagenet.into()).check().unwrap();
        for source in [Dataset::Cifar10.into(), Source::Own("./photos".into())] {
            let error = with(source).check().unwrap_err().to_string();
            let (words, rest) = error.split_once("; ").unwrap();
            assert!(words.contains("crop-flip-cutout") && words.contains("rotate"));
            assert!(!words[20..].contains("scale-crop-flip,"), "{error}");
            assert!(rest.contains("imagenet"), "{error}");
        }
    }

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
