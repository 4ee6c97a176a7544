//! What a run is made of, and where each setting comes from.

mod layers;
mod words;

use std::path::Path;

use data::{Augment, Dataset};
use model::{InputNorm, NetName, Weights, WideResNetConfig};
use serde::{Deserialize, Serialize};

pub use layers::Layers;

use crate::Error;

/// Every setting of a training run, resolved. A run folder holds it as `config.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Which images.
    pub dataset: Dataset,
    /// Which network, `wrn-DEPTH-WIDTH`.
    #[serde(with = "words")]
    pub net: NetName,
    /// Bits per weight, `1bit` or `32bit`.
    #[serde(with = "words")]
    pub weights: Weights,
    /// What is done to training images.
    pub augment: Augment,
    /// Passes over the training set.
    pub epochs: usize,
    /// Images of a step; a partial last batch of an epoch is dropped.
    pub batch_size: usize,
    /// Decides the initial weights, the order of the images and their augmentation.
    pub seed: u64,
    /// Training images held out; with 0, the test set is scored after each epoch instead.
    pub validation: usize,
    /// Use only so many training images; 0 means all (of `glyphs`: 10,000).
    pub limit_train: usize,
    /// Use only so many test images; 0 means all (of `glyphs`: 2,000).
    pub limit_test: usize,
    /// Rate at the start of each cycle.
    pub learning_rate: f64,
    /// Rate that each cycle falls to.
    pub learning_rate_min: f64,
    /// Epochs of the first cycle; each next one is twice as long.
    pub first_cycle: usize,
    /// Momentum of SGD.
    pub momentum: f64,
    /// Whether each restart of the learning rate forgets the momentum.
    pub clear_momentum: bool,
    /// Decay of the convolutions' weights.
    pub weight_decay: f64,
    /// The batch norm of the input: `fixed`, `learned`, or `learned-relu`.
    #[serde(with = "words")]
    pub input_norm: InputNorm,
    /// Where to compute; `trainer devices` lists the choices.
    pub device: String,
    /// Threads that prepare batches. Changes no result.
    pub workers: usize,
    /// How many of the last checkpoints are kept, at least 2.
    pub keep_checkpoints: usize,
}

/// No run needs more, and no product of two such numbers overflows.
const MAX: usize = 1_000_000;

impl TrainConfig {
    /// The paper's recipe for `dataset`, on a network and with a number of epochs that suit a
    /// desktop machine.
    pub fn recipe(dataset: Dataset) -> Self {
        let (net, epochs) = match dataset {
            Dataset::Glyphs => (NetName { depth: 8, width: 1 }, 6),
            _ => (
                NetName {
                    depth: 20,
                    width: 4,
                },
                14,
            ),
        };
        let augment = match dataset {
            Dataset::Cifar10 | Dataset::Cifar100 | Dataset::Imagenet32 => Augment::CropFlip,
            _ => Augment::None,
        };
        Self {
            dataset,
            net,
            weights: Weights::OneBit,
            augment,
            epochs,
            batch_size: 125,
            seed: 1,
            validation: 0,
            limit_train: 0,
            limit_test: 0,
            learning_rate: 0.1,
            learning_rate_min: 1e-4,
            first_cycle: 2,
            momentum: 0.9,
            clear_momentum: false,
            weight_decay: 5e-4,
            input_norm: InputNorm::Learned,
            device: crate::device::DEFAULT.into(),
            workers: 1,
            keep_checkpoints: 2,
        }
    }

    /// Refuses values that no run could use.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] that names the key, what was expected, and what was found.
    pub fn check(&self) -> Result<(), Error> {
        let within = |key: &str, least: usize, most: usize, found: usize| {
            (!(least..=most).contains(&found)).then(|| {
                format!(
                    "`{key}` = {found}: expected {least} or more, at most {most}; change it in the config or with --set {key}=…"
                )
            })
        };
        let between = |key: &str, low: f64, high: f64, found: f64| {
            (!(low..=high).contains(&found))
                .then(|| format!("`{key}` = {found}: expected {low} to {high}; change it in the config or with --set {key}=…"))
        };
        let wrong = within("epochs", 1, MAX, self.epochs)
            .or(within("batch_size", 1, MAX, self.batch_size))
            .or(within("first_cycle", 1, MAX, self.first_cycle))
            .or(within("keep_checkpoints", 2, MAX, self.keep_checkpoints))
            .or(between("learning_rate", 0.0, 1e3, self.learning_rate))
            .or(between(
                "learning_rate_min",
                0.0,
                self.learning_rate,
                self.learning_rate_min,
            ))
            .or(between("momentum", 0.0, 1.0, self.momentum))
            .or(between("weight_decay", 0.0, 1.0, self.weight_decay));
        match wrong {
            Some(message) => Err(Error::Usage(message)),
            None => Ok(()),
        }
    }

    /// The network for images of this shape (channels, height, width).
    pub fn network(&self, input: [usize; 3], classes: usize) -> WideResNetConfig {
        let Self {
            net: name,
            weights,
            input_norm,
            ..
        } = *self;
        WideResNetConfig {
            name,
            input,
            classes,
            weights,
            input_norm,
        }
    }

    /// The name of a run with these settings: `cifar10-wrn-20-1-1bit`.
    pub fn run_name(&self) -> String {
        format!("{}-{}-{}", self.dataset, self.net, self.weights)
    }

    /// Reads a resolved config, as a run folder holds it.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the file cannot be read or is not a resolved config.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("reading", path, &e))?;
        let config: Self = toml::from_str(&text).map_err(|e| {
            Error::Failed(format!(
                "{}: expected the config of a run, found: {e}",
                path.display()
            ))
        })?;
        config.check()?;
        Ok(config)
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
