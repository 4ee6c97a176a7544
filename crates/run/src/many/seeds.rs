//! Lists of seeds as people write them: `1,2,3` or `1-3`, and any mix.

use std::fmt;
use std::str::FromStr;

use crate::RunError;

/// Seeds in the order they were named, each once, one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(Vec<u64>);

impl Seeds {
    /// The most seeds of a list.
    pub const MAX: usize = 10_000;

    /// The seeds.
    pub fn all(&self) -> &[u64] {
        &self.0
    }

    /// Seeds by their numbers.
    ///
    /// # Errors
    ///
    /// [`RunError::Value`] when there is none, one twice, one that TOML cannot hold, or too many.
    pub fn new(seeds: Vec<u64>) -> Result<Self, RunError> {
        let found = |found: String| Err(wrong(&found));
        if seeds.is_empty() {
            return found("none".into());
        }
        if seeds.len() > Self::MAX {
            return found(format!("{} seeds", seeds.len()));
        }
        let mut sorted = seeds.clone();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return found(format!("{} twice", pair[0]));
        }
        match sorted.last() {
            Some(&last) if i64::try_from(last).is_err() => found(last.to_string()),
            _ => Ok(Self(seeds)),
        }
    }
}

impl FromStr for Seeds {
    type Err = RunError;

    fn from_str(text: &str) -> Result<Self, RunError> {
        let number = |part: &str| part.trim().parse::<u64>().map_err(|_| wrong(text));
        if text.trim().is_empty() {
            return Err(wrong("nothing"));
        }
        let mut seeds = Vec::new();
        for part in text.split(',') {
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (number(first)?, number(last)?),
                None => (number(part)?, number(part)?),
            };
            // Counted before they are listed: a range may name more than there is memory for.
            if first > last || last - first >= Self::MAX as u64 {
                return Err(wrong(text));
            }
            seeds.extend(first..=last);
            if seeds.len() > Self::MAX {
                return Err(wrong(text));
            }
        }
        Self::new(seeds)
    }
}

/// `1-3,7`: as short as may be.
impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let follows = |a: &u64, b: &u64| a.checked_add(1) == Some(*b);
        for (index, chunk) in self.0.chunk_by(follows).enumerate() {
            let comma = if index > 0 { "," } else { "" };
            match chunk {
                [one] => write!(f, "{comma}{one}")?,
                [first, .., last] => write!(f, "{comma}{first}-{last}")?,
                [] => {}
            }
        }
        Ok(())
    }
}

fn wrong(found: &str) -> RunError {
    RunError::Value {
        key: "seeds",
        expected: format!(
            "seeds such as 1,2,3 or 1-3, each once, at most {}",
            Seeds::MAX
        ),
        found: found.into(),
        given: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges_mix() {
        for (text, seeds, short) in [
            ("1,2,3", vec![1, 2, 3], "1-3"),
            ("1-3", vec![1, 2, 3], "1-3"),
            ("1, 4-6", vec![1, 4, 5, 6], "1,4-6"),
            ("7", vec![7], "7"),
            ("3,1", vec![3, 1], "3,1"),
            ("5-5", vec![5], "5"),
            ("0-1", vec![0, 1], "0-1"),
        ] {
            let found: Seeds = text.parse().unwrap();
            assert_eq!(
                (found.all(), found.to_string().as_str()),
                (&seeds[..], short)
            );
        }
        let all: Seeds = "1-10000".parse().unwrap();
        assert_eq!(all.all().len(), Seeds::MAX);
    }

    #[test]
    fn what_is_no_list_of_seeds_is_refused() {
        for text in [
            "",
            ",",
            "1,",
            "a",
            "1-",
            "-1",
            "3-1",
            "1,1",
            "1-3,2",
            "1.5",
            "1--3",
            "0-18446744073709551615",
            "18446744073709551615",
            "1-10001",
            "1-6000,7000-14000",
        ] {
            let error = text.parse::<Seeds>().unwrap_err().to_string();
            assert!(
                error.contains("`seeds`") && error.contains("1-3"),
                "{text}: {error}"
            );
        }
    }
}
