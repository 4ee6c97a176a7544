//! What the logits of a picture say.

use std::cmp::Ordering;

use serde::Serialize;

/// What a network says of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The most probable classes with their probabilities, the first first.
    pub top: Vec<Ranked>,
    /// By how much the largest logit is above the second; of one class alone, nothing.
    pub margin: Option<f64>,
    /// Whether the picture is none of the classes.
    pub rejected: bool,
    /// All logits.
    pub logits: Vec<f64>,
}

/// A class with its probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ranked {
    pub index: usize,
    pub probability: f64,
}

/// What logits are made of: as `runtime` has it, so that every program draws the line between "one of the classes" and "none of
/// them" in the same place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arithmetic {
    /// 32-bit numbers, whose difference is rounded to one: [`runtime::margin`].
    Single,
    /// Integers in steps of a power of two, whose difference is exact: [`runtime::integer::Network::answer`].
    Integer,
}

impl Arithmetic {
    fn margin(self, first: f64, second: f64) -> f64 {
        match self {
            Self::Single => f64::from(runtime::margin(&[first as f32, second as f32])),
            Self::Integer => first - second,
        }
    }
}

/// Ranks classes.
pub struct Answerer {
    top: usize,
    threshold: Option<f64>,
    arithmetic: Arithmetic,
}

impl Answerer {
    /// One that keeps so many classes, and calls a picture none of them where the margin is below the threshold.
    pub fn new(top: usize, threshold: Option<f64>, arithmetic: Arithmetic) -> Self {
        Self {
            top,
            threshold,
            arithmetic,
        }
    }

    /// What these logits say, or why they say nothing.
    pub fn answer(&self, logits: &[f64]) -> Result<Answer, String> {
        if !logits.iter().all(|logit| logit.is_finite()) {
            return Err("the network's logits are no numbers".into());
        }
        let greatest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let exponentials = logits.iter().map(|logit| (logit - greatest).exp());
        let exponentials: Vec<f64> = exponentials.collect();
        let sum: f64 = exponentials.iter().sum();
        let mut order: Vec<usize> = (0..logits.len()).collect();
        // Equal ones stay in their order.
        order.sort_by(|&a, &b| logits[b].partial_cmp(&logits[a]).unwrap_or(Ordering::Equal));
        let margin = match order[..] {
            [first, second, ..] => Some(self.arithmetic.margin(logits[first], logits[second])),
            _ => None,
        };
        let ranked = |&index: &usize| Ranked {
            index,
            probability: exponentials[index] / sum,
        };
        Ok(Answer {
            top: order.iter().take(self.top).map(ranked).collect(),
            rejected: margin
                .zip(self.threshold)
                .is_some_and(|(margin, least)| margin < least),
            margin,
            logits: logits.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ranked_and_small_margins_are_none_of_them() {
        let answer = |threshold, logits: &[f64]| {
            let answerer = Answerer::new(2, threshold, Arithmetic::Integer);
            answerer.answer(logits).unwrap()
        };
        let found = answer(Some(1.0), &[0.0, 3.0, 2.5, 3.0 - 2f64.ln()]);
        let order: Vec<usize> = found.top.iter().map(|ranked| ranked.index).collect();
        assert_eq!(order, [1, 2]);
        assert!(found.rejected);
        let ratio = found.top[0].probability / found.top[1].probability;
        assert!((ratio - 0.5f64.exp()).abs() < 1e-12);
        // At the threshold it is one of them, as the packed file has it.
        assert!(!answer(Some(0.5), &[3.0, 2.5]).rejected);
        assert!(answer(Some(0.51), &[3.0, 2.5]).rejected);
        assert!(!answer(None, &[3.0, 3.0]).rejected);
        assert_eq!(answer(None, &[3.0, 3.0]).top[0].index, 0);
        // With one class there is no margin.
        let one = answer(Some(9.0), &[0.25]);
        assert_eq!(
            (one.rejected, one.margin, one.top[0].probability),
            (false, None, 1.0)
        );
        // Of all sizes.
        assert_eq!(answer(None, &[-1e6, 1e6]).top[0].probability, 1.0);
        assert!(
            Answerer::new(1, None, Arithmetic::Single)
                .answer(&[f64::NAN, 0.0])
                .is_err()
        );
    }

    /// A difference of two 32-bit numbers is rounded in the file's own code, so it is here; a threshold in between tells.
    #[test]
    fn the_line_is_drawn_where_the_runtime_draws_it() {
        for logits in [
            [1.0, 1e-9_f32],
            [16_777_216.0, 0.4],
            [0.3, 0.1],
            [-1e-8, -3.0],
        ] {
            let exact = f64::from(logits[0]) - f64::from(logits[1]);
            let rounded = f64::from(logits[0] - logits[1]);
            for threshold in [exact, rounded, (exact + rounded) / 2.0] {
                let threshold = threshold as f32;
                let rejection = runtime::Rejection::new(threshold, 0.95, 100);
                let wide = logits.map(f64::from);
                let found = |arithmetic| {
                    let answerer = Answerer::new(1, Some(f64::from(threshold)), arithmetic);
                    answerer.answer(&wide).unwrap().rejected
                };
                assert_eq!(
                    found(Arithmetic::Single),
                    rejection.rejects(&logits),
                    "{logits:?}"
                );
                assert_eq!(
                    found(Arithmetic::Integer),
                    exact < f64::from(threshold),
                    "{logits:?}"
                );
            }
        }
    }
}
