//! What was asked for of the parts of the data, and cannot be had of data that bring their parts.

use data::Brings;
use run::TrainConfig;
use run::config::Layers;

use crate::Error;

/// Settings of the parts that were chosen, each as it was given: those of a recipe are not.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    validation: Option<String>,
    test_fraction: Option<String>,
    split_seed: Option<String>,
}

impl Asked {
    /// What a command line and its config file ask for. A file may hold all settings, as that of a run does, so that
    /// of a file only those count that are not the recipe's.
    pub fn of(layers: &Layers, config: &TrainConfig) -> Self {
        let recipe = TrainConfig::with_recipe(config.recipe, config.dataset.clone());
        let of = |key: &str, differs: bool, value: String| {
            let given = layers.given(key).map(str::to_owned);
            given.or_else(|| differs.then(|| format!("`{key}` = {value}")))
        };
        let seed = config.split_seed.unwrap_or(config.seed).to_string();
        Self {
            validation: of(
                "validation",
                config.validation != recipe.validation,
                config.validation.to_string(),
            ),
            test_fraction: of(
                "test_fraction",
                config.test_fraction != recipe.test_fraction,
                config.test_fraction.to_string(),
            ),
            split_seed: of("split_seed", config.split_seed != recipe.split_seed, seed),
        }
    }

    /// How the part to choose by was asked for.
    pub fn validation(&self) -> Option<&str> {
        self.validation.as_deref()
    }

    /// Refuses what data that bring these parts cannot be asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] that names what was asked for, and which part the data bring.
    pub fn must_be_of_use(&self, config: &TrainConfig, brings: Brings) -> Result<(), Error> {
        let none = config.validation.is_none();
        let theirs = "data that have one";
        let cases = [
            (
                &self.test_fraction,
                brings.test,
                ["data without a test part", theirs, "leave it out"],
            ),
            (
                &self.validation,
                brings.validation && !none,
                [
                    "data without a validation part",
                    theirs,
                    "leave it out, or give --validation 0 to train without that part",
                ],
            ),
            (
                &self.split_seed,
                brings.test && (brings.validation || none),
                [
                    "data from which images are held out",
                    "data that have all parts",
                    "leave it out",
                ],
            ),
        ];
        for (asked, is_useless, [expected, found, way_out]) in cases {
            if let (Some(asked), true) = (asked, is_useless) {
                return Err(Error::Usage(format!(
                    "{asked}: expected {expected}, found {found}; {way_out}"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(flags: &[(&str, &str)], file: &str) -> (Asked, TrainConfig) {
        let mut layers = Layers::default();
        layers.toml("dataset = './photos'", "a.toml").unwrap();
        layers.toml(file, "a.toml").unwrap();
        for (key, value) in flags {
            let text = format!("{key}={value}");
            layers.assignment(&text, &format!("--set {text}")).unwrap();
        }
        let config = layers.resolve().unwrap();
        (Asked::of(&layers, &config), config)
    }

    fn brings(validation: bool, test: bool) -> Brings {
        let mut brings = Brings::default();
        (brings.validation, brings.test) = (validation, test);
        brings
    }

    #[test]
    fn what_is_asked_for_and_cannot_be_had_is_refused_as_it_was_given() {
        for (flags, data, said) in [
            (("test_fraction", "0.3"), brings(false, true), true),
            (("test_fraction", "0.3"), brings(true, false), false),
            // The value of the recipe, and asked for.
            (("validation", "0.1"), brings(true, false), true),
            (("validation", "0.1"), brings(false, true), false),
            (("validation", "0"), brings(true, true), false),
            (("split_seed", "0"), brings(true, true), true),
            (("split_seed", "5"), brings(false, true), false),
            (("split_seed", "5"), brings(true, false), false),
        ] {
            let (asked, config) = asked(&[flags], "");
            let found = asked.must_be_of_use(&config, data);
            assert_eq!(found.is_err(), said, "{flags:?} {data:?}");
            if let Err(error) = found {
                let given = format!("--set {}={}: expected data", flags.0, flags.1);
                assert!(error.to_string().starts_with(&given), "{error}");
            }
        }
    }

    #[test]
    fn of_a_file_what_the_recipe_has_too_is_not_asked_for() {
        let whole = brings(true, true);
        let (same, config) = asked(&[], "validation = 0.1\ntest_fraction = 0.2\nsplit_seed = 0");
        same.must_be_of_use(&config, whole).unwrap();
        let (other, config) = asked(&[], "test_fraction = 0.25");
        let error = other.must_be_of_use(&config, whole).unwrap_err();
        assert!(
            error.to_string().starts_with("`test_fraction` = 0.25: "),
            "{error}"
        );
        Asked::default().must_be_of_use(&config, whole).unwrap();
    }
}
