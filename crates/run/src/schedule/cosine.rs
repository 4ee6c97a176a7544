//! The learning rate of the paper: a cosine with warm restarts, stepped every batch.

use std::f64::consts::PI;

/// A cosine from `max` to `min` whose cycles double: with a first cycle of 2 epochs they end
/// after 2, 6, 14, 30, … epochs (SGDR, Loshchilov & Hutter 2017, with T_0 = 2 and T_mult = 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineRestarts {
    /// Rate of the first step of each cycle.
    pub max: f64,
    /// Rate that a cycle falls to.
    pub min: f64,
    /// Steps of the first cycle.
    pub first_cycle: usize,
}

impl CosineRestarts {
    /// The cycle that step number `step` (from 0) falls into: its first step and its length.
    pub fn cycle(&self, step: usize) -> (usize, usize) {
        let (mut start, mut length) = (0, self.first_cycle);
        while step - start >= length {
            start += length;
            length = length.saturating_mul(2);
        }
        (start, length)
    }

    /// `min + (max − min)/2 · (1 + cos(π · t/T))` for the t-th of the T steps of a cycle.
    pub fn rate(&self, step: usize) -> f64 {
        let (start, length) = self.cycle(step);
        let progress = (step - start) as f64 / length as f64;
        self.min + 0.5 * (self.max - self.min) * (1.0 + (PI * progress).cos())
    }

    /// Whether `step` begins a cycle other than the first.
    pub fn restarts_at(&self, step: usize) -> bool {
        step > 0 && self.cycle(step).0 == step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: usize = 400; // of an epoch of CIFAR-10 in batches of 125
    const PAPER: CosineRestarts = CosineRestarts {
        max: 0.1,
        min: 1e-4,
        first_cycle: 2 * STEPS,
    };

    /// The formula written out once more, from the epochs at which the paper's cycles end.
    #[test]
    fn rates_of_epochs_1_to_14_equal_the_formula_at_every_step() {
        for epoch in 0..14 {
            let (first, last) = [(0, 2), (2, 6), (6, 14)]
                .into_iter()
                .find(|&(first, last)| (first..last).contains(&epoch))
                .unwrap();
            for batch in 0..STEPS {
                let done = (epoch - first) as f64 + batch as f64 / STEPS as f64;
                let cosine = (PI * done / (last - first) as f64).cos();
                let expected = 1e-4 + (0.1 - 1e-4) * (1.0 + cosine) / 2.0;
                let rate = PAPER.rate(epoch * STEPS + batch);
                assert!(
                    (rate - expected).abs() < 1e-12,
                    "epoch {epoch} batch {batch}"
                );
            }
        }
    }

    #[test]
    fn every_step_has_a_cycle() {
        for first_cycle in [1, 2, 3, 2 * STEPS, usize::MAX] {
            let schedule = CosineRestarts {
                first_cycle,
                ..PAPER
            };
            for step in [1 << 63, usize::MAX - 1, usize::MAX] {
                let (start, length) = schedule.cycle(step);
                assert!(step - start < length, "{step}");
                let rate = schedule.rate(step);
                assert!((1e-4 - 1e-9..=0.1 + 1e-9).contains(&rate), "{step}: {rate}");
                schedule.restarts_at(step);
            }
        }
    }

    #[test]
    fn cycles_end_after_2_6_14_30_62_126_254_epochs() {
        let restarts: Vec<usize> = (0..255 * STEPS)
            .filter(|&s| PAPER.restarts_at(s))
            .map(|s| s / STEPS)
            .collect();
        assert_eq!(restarts, [2, 6, 14, 30, 62, 126, 254]);
        for epoch in restarts {
            assert_eq!(PAPER.rate(epoch * STEPS), 0.1);
            assert!(PAPER.rate(epoch * STEPS - 1) < 1.01e-4);
        }
    }
}
