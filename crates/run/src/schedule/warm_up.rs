//! A rate that rises before it takes its course.

use super::Schedule;

/// A schedule whose first steps have a part of its rate: the n-th of N has n/N of it (Goyal et al.
/// 2017, section 2.2, arXiv 1706.02677).
#[derive(Clone, Debug, PartialEq)]
pub struct WarmUp {
    /// Steps with a part of the rate.
    pub steps: usize,
    /// The schedule.
    pub then: Box<Schedule>,
}

impl WarmUp {
    /// The rate of step number `step`.
    pub fn rate(&self, step: usize) -> f64 {
        let rate = self.then.rate(step);
        match step < self.steps {
            true => rate * (step + 1) as f64 / self.steps as f64,
            false => rate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Steps;

    #[test]
    fn the_rate_rises_linearly_to_that_of_the_schedule() {
        let steps = Schedule::Steps(Steps {
            max: 0.5,
            drops: vec![6],
        });
        let schedule = Schedule::WarmUp(WarmUp {
            steps: 4,
            then: Box::new(steps),
        });
        let rates: Vec<f64> = (0..7).map(|step| schedule.rate(step)).collect();
        assert_eq!(rates, [0.125, 0.25, 0.375, 0.5, 0.5, 0.5, 0.05]);
    }
}
