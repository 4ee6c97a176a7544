//! Settings that mean nothing without another one, and what a run's number of epochs decides.

use graph::{Estimator, Graph, LatentNorm, Net, Storage, Weights};
use toml::Table;

use super::{Average, ScheduleName, TrainConfig};
use crate::RunError;

/// Settings, the one that each needs, and what it has to be.
const NEED: [(&str, &str, &str); 4] = [
    ("teacher_temperature", "teacher", "`teacher` beside it"),
    ("teacher_share", "teacher", "`teacher` beside it"),
    ("average_decay", "average", "`average` = \"ema\" beside it"),
    (
        "average_from",
        "average",
        "`average` = \"ema\" or \"swa\" beside it",
    ),
];

impl TrainConfig {
    /// Refuses a setting that changes nothing because of the others.
    pub(super) fn check_levers(&self) -> Result<(), RunError> {
        let table = |config: &Self| Table::try_from(config).unwrap_or_default();
        let recipe = Self::with_recipe(self.recipe, self.dataset.clone());
        let (ours, usual) = (table(self), table(&recipe));
        for (key, needs, expected) in NEED {
            let works = match needs {
                "teacher" => self.teacher.is_some(),
                _ if key == "average_decay" => self.average == Average::Ema,
                _ => self.average != Average::None,
            };
            if !works && ours.get(key) != usual.get(key) {
                return Err(RunError::Value {
                    given: None,
                    key,
                    expected: expected.into(),
                    found: format!("{} alone", ours[key]),
                });
            }
        }
        let learned = self.learn_norms || self.input_norm.is_learned();
        if self.decay_norms && !learned {
            return Err(RunError::Value {
                given: None,
                key: "decay_norms",
                expected: "learned batch norms, by `learn_norms` or `input_norm`".into(),
                found: "true with none".into(),
            });
        }
        match self.net {
            // A network of a file names kinds of its own.
            Net::Own(_) => Ok(()),
            _ => self.check_kinds([self.weights].into_iter().chain(self.first_last)),
        }
    }

    /// Refuses settings of 1-bit weights for a network that has none, or a filter of one weight, which
    /// has no mean to be told from.
    ///
    /// # Errors
    ///
    /// [`RunError::Value`] that names the setting.
    pub fn check_levers_of(&self, graph: &Graph) -> Result<(), RunError> {
        self.check_kinds(graph.convs().map(|(_, conv)| conv.weights))?;
        let mut one_bit = graph
            .convs()
            .filter(|(_, conv)| conv.weights == Weights::ONE_BIT);
        let single = one_bit.find(|(node, _)| graph.weight_shape(*node)[1..] == [1; 3]);
        match single {
            Some((node, _)) if self.latent_norm != LatentNorm::None => Err(RunError::Value {
                given: None,
                key: "latent_norm",
                expected: "filters of more than one weight".into(),
                found: format!("one weight in `{}`", graph.nodes()[node].name),
            }),
            _ => Ok(()),
        }
    }

    fn check_kinds(&self, kinds: impl Iterator<Item = Weights>) -> Result<(), RunError> {
        let kinds: Vec<Weights> = kinds.collect();
        let one_bit = kinds.contains(&Weights::ONE_BIT);
        let signs = kinds.iter().any(|&kind| Self::is_latent(kind));
        let given = [
            ("latent_norm", self.latent_norm == LatentNorm::None, one_bit),
            ("estimator", self.estimator == Estimator::Straight, one_bit),
            ("decay_latent", self.decay_latent.is_none(), signs),
        ];
        match given.iter().find(|(_, idle, works)| !idle && !works) {
            Some(&(key, ..)) => Err(RunError::Value {
                given: None,
                key,
                expected: "a network with `1bit` weights".into(),
                found: format!("none: `weights` = \"{}\"", self.weights),
            }),
            None => Ok(()),
        }
    }

    /// The setting, if there is one, whose course follows from the number of epochs, so that another
    /// number amid a run would break it.
    pub fn bound_to_epochs(&self) -> Option<&'static str> {
        [
            ("schedule", self.schedule == ScheduleName::Cosine),
            ("estimator", self.estimator.sharpens()),
            ("average", self.average != Average::None),
        ]
        .into_iter()
        .find_map(|(key, bound)| bound.then_some(key))
    }

    /// Whether this kind of weights has one bit each, so that `decay_latent` is its decay.
    pub fn is_latent(kind: Weights) -> bool {
        kind.storage() == Storage::Signs
    }
}

#[cfg(test)]
mod tests {
    use data::Dataset;
    use graph::InputNorm;

    use super::*;

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        let base = TrainConfig::recipe(Dataset::Cifar10);
        base.check().unwrap();
        let full = TrainConfig {
            weights: Weights::FULL,
            ..base.clone()
        };
        let refused = [
            TrainConfig {
                teacher_share: 0.25,
                ..base.clone()
            },
            TrainConfig {
                teacher_temperature: 2.0,
                ..base.clone()
            },
            TrainConfig {
                average_from: 0.5,
                ..base.clone()
            },
            TrainConfig {
                average: Average::Swa,
                average_decay: 0.5,
                ..base.clone()
            },
            TrainConfig {
                latent_norm: LatentNorm::Centre,
                ..full.clone()
            },
            TrainConfig {
                estimator: Estimator::Ede,
                ..full.clone()
            },
            TrainConfig {
                decay_latent: Some(0.0),
                ..full.clone()
            },
            TrainConfig {
                decay_norms: true,
                input_norm: InputNorm::Fixed,
                ..base.clone()
            },
        ];
        let keys = [
            "teacher_share",
            "teacher_temperature",
            "average_from",
            "average_decay",
            "latent_norm",
            "estimator",
            "decay_latent",
            "decay_norms",
        ];
        for (config, key) in refused.iter().zip(keys) {
            let error = config.check().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{key}`")), "{error}");
        }
        let taken = [
            TrainConfig {
                teacher: Some("run".into()),
                teacher_share: 0.25,
                ..base.clone()
            },
            TrainConfig {
                average: Average::Ema,
                average_decay: 0.5,
                ..base.clone()
            },
            TrainConfig {
                average: Average::Swa,
                average_from: 0.5,
                ..base.clone()
            },
            TrainConfig {
                first_last: Some(Weights::ONE_BIT),
                estimator: Estimator::Clip,
                ..full
            },
            TrainConfig {
                decay_norms: true,
                ..base.clone()
            },
        ];
        for config in taken {
            config.check().unwrap();
        }
    }

    #[test]
    fn what_follows_from_the_epochs_is_named() {
        let base = TrainConfig::recipe(Dataset::Cifar10);
        assert_eq!(base.bound_to_epochs(), None);
        let clip = TrainConfig {
            estimator: Estimator::Clip,
            ..base.clone()
        };
        assert_eq!(clip.bound_to_epochs(), None);
        let reste = TrainConfig {
            estimator: Estimator::Reste,
            ..base.clone()
        };
        assert_eq!(reste.bound_to_epochs(), Some("estimator"));
        let cosine = TrainConfig {
            schedule: ScheduleName::Cosine,
            ..base
        };
        assert_eq!(cosine.bound_to_epochs(), Some("schedule"));
    }
}
