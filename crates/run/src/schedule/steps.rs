//! The schedule that the paper compares with: a constant that drops to a tenth, twice.

/// A rate that is multiplied by 0.1 at each of some steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// The first rate.
    pub max: f64,
    /// The steps, counted from 0, from which on the rate is a tenth of what it was before.
    pub drops: Vec<usize>,
}

impl Steps {
    /// The rate of step number `step`.
    pub fn rate(&self, step: usize) -> f64 {
        let dropped = self.drops.iter().filter(|&&drop| step >= drop).count();
        self.max / 10f64.powi(dropped as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paper's: 0.1, then 0.01 after epoch 85, then 0.001 after epoch 170.
    #[test]
    fn the_paper_s_rates() {
        let steps = 400;
        let schedule = Steps {
            max: 0.1,
            drops: vec![85 * steps, 170 * steps],
        };
        for (step, expected) in [
            (0, 0.1),
            (85 * steps - 1, 0.1),
            (85 * steps, 0.01),
            (170 * steps - 1, 0.01),
            (170 * steps, 0.001),
            (254 * steps, 0.001),
        ] {
            assert!((schedule.rate(step) - expected).abs() < 1e-15, "{step}");
        }
    }
}
