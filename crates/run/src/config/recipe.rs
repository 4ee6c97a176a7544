//! The recipes: what a setting is that nothing else gives.

use data::{Augment, Balance, Dataset, Part, Source};
use graph::{Estimator, InputNorm, LatentNorm, Net, NetOptions, Padding, Weights};
use pixels::Fit;
use word_list::word_list;

use super::{Average, Freeze, ScheduleName, TrainConfig};
use crate::RunError;

word_list! {
    /// Where settings come from that nothing else gives.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Recipe("recipe", RunError) {
        /// The paper's, that of every dataset with a name.
        Paper = "paper",
        /// Ours for small sets of one's own.
        Small = "small",
    }
}

impl Recipe {
    /// The recipe of a config that names none.
    pub fn of(source: &Source) -> Self {
        match source {
            Source::Named(_) => Self::Paper,
            Source::Own(_) => Self::Small,
        }
    }
}

fn net(name: &str) -> Net {
    name.parse().expect("a name of ours")
}

impl TrainConfig {
    /// The recipe that images of this source have where none is named: the paper's for a dataset
    /// with a name, [`Recipe::Small`] for a user's own.
    pub fn recipe(source: impl Into<Source>) -> Self {
        let source = source.into();
        Self::with_recipe(Recipe::of(&source), source)
    }

    /// A recipe, for images of this source.
    pub fn with_recipe(recipe: Recipe, source: Source) -> Self {
        match recipe {
            Recipe::Paper => Self::paper(source),
            Recipe::Small => Self::small(source),
        }
    }

    /// The paper's recipe, on a network and with a number of epochs that suit a desktop machine.
    fn paper(source: Source) -> Self {
        let named = source.named();
        let (net, epochs) = match named {
            Some(Dataset::Glyphs) => (net("wrn-8-1"), 6),
            Some(Dataset::Svhn | Dataset::Imagenet32) => (net("wrn-20-4"), 30),
            Some(Dataset::Imagenet) => (net("resnet-18-2.5"), 62),
            _ => (net("wrn-20-4"), 14),
        };
        // Section 4 of the paper: the two large sets decay less and learn their batch norms.
        let large = matches!(named, Some(Dataset::Imagenet32 | Dataset::Imagenet));
        let augment = match named {
            Some(Dataset::Cifar10 | Dataset::Cifar100 | Dataset::Imagenet32) => Augment::CROP_FLIP,
            Some(Dataset::Svhn) => Augment::CROP,
            Some(Dataset::Imagenet) => Augment::SCALE_CROP_FLIP,
            _ => Augment::NONE,
        };
        let validation = match named {
            Some(_) => Part::NONE,
            None => Part::Fraction(0.1),
        };
        Self {
            dataset: source,
            recipe: Recipe::Paper,
            size: None,
            channels: None,
            fit: Fit::Crop,
            test_fraction: 0.2,
            validation,
            split_seed: Some(0),
            skip_bad: false,
            net,
            weights: Weights::ONE_BIT,
            first_last: None,
            augment,
            balance: Balance::None,
            init: None,
            freeze: Freeze::None,
            teacher: None,
            teacher_temperature: 4.0,
            teacher_share: 0.5,
            label_smoothing: 0.0,
            epochs,
            batch_size: 125,
            accumulate: 1,
            max_steps: 0,
            seed: 1,
            test_crops: 0,
            limit_train: 0,
            limit_test: 0,
            schedule: ScheduleName::CosineRestarts,
            learning_rate: 0.1,
            learning_rate_min: 1e-4,
            first_cycle: 2,
            drops: vec![85.0, 170.0],
            warm_up: 0,
            momentum: 0.9,
            clear_momentum: false,
            weight_decay: if large { 1e-4 } else { 5e-4 },
            decay_latent: None,
            decay_norms: false,
            latent_norm: LatentNorm::None,
            estimator: Estimator::Straight,
            average: Average::None,
            average_decay: 0.999,
            average_from: 0.75,
            input_norm: InputNorm::Learned,
            learn_norms: large,
            temperature: f64::from(NetOptions::TEMPERATURE),
            padding: Padding::Symmetric,
            device: Self::DEVICE.into(),
            workers: 1,
            keep_checkpoints: 2,
            checkpoint_minutes: 10.0,
            keep_best: false,
        }
    }

    /// A recipe for small sets: a small network, small batches, learned batch norms.
    fn small(source: Source) -> Self {
        Self {
            recipe: Recipe::Small,
            net: net("wrn-14-1"),
            augment: Augment::CROP,
            epochs: 62,
            batch_size: 50,
            learn_norms: true,
            ..Self::paper(source)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolved_config_round_trips() {
        for dataset in Dataset::ALL {
            let config = TrainConfig::recipe(dataset);
            config.check().unwrap();
            let text = toml::to_string(&config).unwrap();
            assert_eq!(
                toml::from_str::<TrainConfig>(&text).unwrap(),
                config,
                "{text}"
            );
        }
    }
}
