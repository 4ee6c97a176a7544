//! The paper's recipes.

use data::{Augment, Dataset};
use graph::{InputNorm, Net, NetOptions, Padding, Weights};

use super::{ScheduleName, TrainConfig};

impl TrainConfig {
    /// The paper's recipe for `dataset`, on a network and with a number of epochs that suit a
    /// desktop machine.
    pub fn recipe(dataset: Dataset) -> Self {
        let net = |name: &str| name.parse::<Net>().expect("a name of ours");
        let (net, epochs) = match dataset {
            Dataset::Glyphs => (net("wrn-8-1"), 6),
            Dataset::Svhn | Dataset::Imagenet32 => (net("wrn-20-4"), 30),
            Dataset::Imagenet => (net("resnet-18-2.5"), 62),
            _ => (net("wrn-20-4"), 14),
        };
        // Section 4 of the paper: the two large sets decay less and learn their batch norms.
        let large = matches!(dataset, Dataset::Imagenet32 | Dataset::Imagenet);
        let augment = match dataset {
            Dataset::Cifar10 | Dataset::Cifar100 | Dataset::Imagenet32 => Augment::CropFlip,
            Dataset::Svhn => Augment::Crop,
            Dataset::Imagenet => Augment::ScaleCropFlip,
            _ => Augment::None,
        };
        Self {
            dataset,
            net,
            weights: Weights::ONE_BIT,
            first_last: None,
            augment,
            epochs,
            batch_size: 125,
            accumulate: 1,
            max_steps: 0,
            seed: 1,
            validation: 0,
            test_crops: 0,
            limit_train: 0,
            limit_test: 0,
            schedule: ScheduleName::CosineRestarts,
            learning_rate: 0.1,
            learning_rate_min: 1e-4,
            first_cycle: 2,
            drops: vec![85.0, 170.0],
            momentum: 0.9,
            clear_momentum: false,
            weight_decay: if large { 1e-4 } else { 5e-4 },
            input_norm: InputNorm::Learned,
            learn_norms: large,
            temperature: f64::from(NetOptions::TEMPERATURE),
            padding: Padding::Symmetric,
            device: Self::DEVICE.into(),
            workers: 1,
            keep_checkpoints: 2,
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
