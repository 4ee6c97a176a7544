//! Which values a setting takes: what the check of a config asks, and what texts say of it.

use std::fmt;

use graph::Weights;

/// Which values a setting takes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Range {
    /// `true` or `false`.
    Switch,
    /// One of these words.
    Words(&'static [&'static str]),
    /// One of these words, or what the text says.
    WordsOr(&'static [&'static str], &'static str),
    /// A kind of weights, or one of these words.
    Kinds(&'static [&'static str]),
    /// One of these numbers.
    Numbers(&'static [usize]),
    /// A whole number.
    Whole {
        /// The least.
        min: usize,
        /// The greatest; `usize::MAX` for no limit.
        max: usize,
    },
    /// A number.
    Real {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// A number up to what another setting is.
    UpTo {
        /// The least.
        min: usize,
        /// The key of the other.
        key: &'static str,
    },
    /// More than 0 and less than 1.
    Share,
    /// Height and width, each from 1 on.
    Sides {
        /// The greatest of each.
        max: usize,
    },
    /// What else there is, in words.
    Text(&'static str),
}

impl Range {
    /// The words that it lists; empty where it lists none.
    pub fn words(&self) -> Vec<&'static str> {
        match self {
            Self::Words(words) | Self::WordsOr(words, _) => words.to_vec(),
            Self::Kinds(words) => {
                let kinds = Weights::ALL.iter().map(|kind| kind.name());
                kinds.chain(words.iter().copied()).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// As texts tell it: `1 to 1000000`.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch => f.write_str("true or false"),
            Self::Words(_) | Self::Kinds(_) => f.write_str(&self.words().join(", ")),
            Self::Numbers(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
                f.write_str(&numbers.join(" or "))
            }
            Self::Whole {
                min,
                max: usize::MAX,
            } => write!(f, "{min} or more"),
            Self::Whole { min, max } => write!(f, "{min} to {max}"),
            Self::Real { min, max } => write!(f, "{min} to {max}"),
            Self::UpTo { min, key } => write!(f, "{min} to {key}"),
            Self::Share => f.write_str("more than 0, less than 1"),
            Self::Sides { max } => write!(f, "[height, width], each 1 to {max}"),
            Self::WordsOr(words, or) => write!(f, "{}, or {or}", words.join(", ")),
            Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use data::Dataset;
    use toml::{Table, Value};

    use super::*;
    use crate::RunError;
    use crate::config::layers::over_recipe;
    use crate::config::{SETTINGS, Setting, TrainConfig};

    /// A config of own images with one setting changed, and what that setting needs beside it.
    fn with(key: &str, value: Value) -> Result<TrainConfig, RunError> {
        let mut table = Table::from_iter([("dataset".to_owned(), Value::from("./own"))]);
        match key {
            "freeze" => drop(table.insert("init".into(), "run".into())),
            "teacher_temperature" | "teacher_share" => {
                drop(table.insert("teacher".into(), "run".into()));
            }
            "average_decay" | "average_from" => drop(table.insert("average".into(), "ema".into())),
            // The least rate is at most the first one.
            "learning_rate" => drop(table.insert("learning_rate_min".into(), 0.0.into())),
            _ => {}
        }
        table.insert(key.into(), value);
        let config = over_recipe(&table, "test")?;
        config.check().map(|()| config)
    }

    /// Values at the ends of the range, and just beyond.
    fn ends(setting: &Setting) -> (Vec<Value>, Vec<Value>) {
        let whole = |number: usize| Value::Integer(number as i64);
        let own = TrainConfig::recipe(data::Source::Own("./own".into()));
        match setting.range {
            Range::Switch => (
                vec![true.into(), false.into()],
                vec![1.into(), "yes".into()],
            ),
            Range::Words(_) | Range::WordsOr(..) | Range::Kinds(_) => {
                let words = setting.range.words().into_iter();
                (
                    words.map(Value::from).collect(),
                    vec!["another".into(), "".into(), 1.into()],
                )
            }
            Range::Numbers(numbers) => {
                let max = *numbers.iter().max().unwrap();
                let others = (0..=max + 1).filter(|number| !numbers.contains(number));
                (
                    numbers.iter().copied().map(whole).collect(),
                    others.map(whole).collect(),
                )
            }
            Range::Whole { min, max } => {
                let mut outside = vec![Value::Integer(min as i64 - 1), 0.5.into()];
                outside.extend((max < usize::MAX).then(|| whole(max + 1)));
                (vec![whole(min), whole(max.min(i64::MAX as usize))], outside)
            }
            Range::Real { min, max } => {
                let beyond = [min.next_down(), max.next_up(), f64::NAN, f64::INFINITY];
                (
                    vec![min.into(), max.into()],
                    beyond.map(Value::from).to_vec(),
                )
            }
            Range::UpTo {
                min,
                key: "batch_size",
            } => (
                vec![whole(min), whole(own.batch_size)],
                vec![Value::Integer(min as i64 - 1), whole(own.batch_size + 1)],
            ),
            Range::UpTo { min, .. } => (
                vec![(min as f64).into(), own.learning_rate.into()],
                vec![
                    (min as f64).next_down().into(),
                    own.learning_rate.next_up().into(),
                ],
            ),
            Range::Share => (
                vec![f64::MIN_POSITIVE.into(), 1f64.next_down().into()],
                vec![0.0.into(), 1.0.into(), (-0.5).into()],
            ),
            Range::Sides { max } => {
                let sides = |h: usize, w: usize| Value::Array(vec![whole(h), whole(w)]);
                (
                    vec![sides(1, max), sides(max, 1)],
                    vec![
                        sides(0, 1),
                        sides(1, max + 1),
                        Value::Array(vec![whole(1)]),
                        whole(1),
                    ],
                )
            }
            Range::Text(_) => (Vec::new(), Vec::new()),
        }
    }

    #[test]
    fn the_ends_of_a_range_are_taken_and_what_is_beyond_is_refused() {
        let mut checked = 0;
        for setting in SETTINGS {
            let (inside, outside) = ends(setting);
            for value in inside {
                let found = with(setting.key, value.clone());
                assert!(
                    found.is_ok(),
                    "{} = {value}: {}",
                    setting.key,
                    found.unwrap_err()
                );
                checked += 1;
            }
            for value in outside {
                let error = with(setting.key, value.clone());
                let error = error
                    .expect_err(&format!("{} = {value}", setting.key))
                    .to_string();
                assert!(error.contains(setting.key), "{error}");
                checked += 1;
            }
        }
        assert!(checked > 100, "{checked}");
    }

    #[test]
    fn examples_are_values() {
        for setting in SETTINGS {
            let text = format!("v = {}", setting.example);
            let value = text.parse::<Table>().unwrap().remove("v").unwrap();
            let config = with(setting.key, value.clone());
            assert!(config.is_ok(), "{}: {}", setting.key, config.unwrap_err());
            let recipes = [Dataset::Glyphs.into(), data::Source::Own("./own".into())];
            let unusual = recipes.into_iter().any(|source| {
                let usual = Table::try_from(TrainConfig::recipe(source)).unwrap();
                usual.get(setting.key) != Some(&value)
            });
            assert!(unusual, "{}", setting.key);
        }
    }

    #[test]
    fn texts_of_ranges() {
        let text = |key: &str| Setting::of(key).unwrap().range.to_string();
        assert_eq!(text("epochs"), "1 to 1000000");
        assert_eq!(text("seed"), "0 or more");
        assert_eq!(text("temperature"), "0.001 to 1000000");
        assert_eq!(text("accumulate"), "1 to batch_size");
        assert_eq!(text("channels"), "1 or 3");
        assert_eq!(text("fit"), "crop, pad, stretch");
        assert!(
            text("first_last").starts_with("1bit, ")
                && text("first_last").ends_with(", as-weights")
        );
    }
}
