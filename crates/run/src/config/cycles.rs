//! Where a number of epochs stands among the cycles of the learning rate.

use std::fmt;

use super::{ScheduleName, TrainConfig};

/// A run that ends amid a cycle of the cosine: its learning rate has not fallen to the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmidCycle {
    /// Epochs of the run.
    pub epochs: usize,
    /// The learning rate of its last step, and the rate that a cycle begins with.
    pub rate: [f64; 2],
    /// The epochs after which the first cycle ends.
    pub first_cycle: usize,
    /// The last number of epochs before it after which a cycle ends; none within the first cycle.
    pub before: Option<usize>,
    /// The first number of epochs beyond it after which a cycle ends.
    pub after: usize,
}

impl TrainConfig {
    /// How the run's end stands amid a cycle; `None` where one ends with it, where the rate falls in steps, and where
    /// `max_steps` ends the run for a first look.
    pub fn amid_cycle(&self) -> Option<AmidCycle> {
        if self.schedule != ScheduleName::CosineRestarts || self.max_steps > 0 {
            return None;
        }
        let mut ends = ends(self.first_cycle);
        let mut before = None;
        let after = loop {
            match ends.next()? {
                end if end < self.epochs => before = Some(end),
                end if end == self.epochs => return None,
                end => break end,
            }
        };
        // Fine enough steps for a number of three digits, whatever the run's own are.
        const STEPS: usize = 1000;
        let rate = self.schedule(STEPS).rate(self.epochs * STEPS - 1);
        Some(AmidCycle {
            epochs: self.epochs,
            rate: [rate, self.learning_rate],
            first_cycle: self.first_cycle,
            before,
            after,
        })
    }
}

/// The numbers of epochs after which cycles end that begin with one of `first` and double.
fn ends(first: usize) -> impl Iterator<Item = usize> {
    (1..usize::BITS).map_while(move |cycles| first.checked_mul((1 << cycles) - 1))
}

/// `10 epochs end amid a cycle, at a learning rate of 0.050 (at most 0.1); cycles end after 2, 6, 14, 30, … epochs, the
/// nearest after 6 and 14`.
impl fmt::Display for AmidCycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [rate, max] = self.rate;
        let first: Vec<String> = ends(self.first_cycle)
            .take(4)
            .map(|n| n.to_string())
            .collect();
        let begin = match self.epochs {
            1 => "1 epoch ends".into(),
            epochs => format!("{epochs} epochs end"),
        };
        write!(
            f,
            "{begin} amid a cycle, at a learning rate of {rate:.3} (at most {max}); cycles end after {}, … epochs, the nearest after ",
            first.join(", ")
        )?;
        match self.before {
            Some(before) => write!(f, "{before} and {}", self.after),
            None => write!(f, "{}", self.after),
        }
    }
}

#[cfg(test)]
mod tests {
    use data::Dataset;

    use super::*;

    fn with(epochs: usize) -> TrainConfig {
        TrainConfig {
            epochs,
            ..TrainConfig::recipe(Dataset::Mnist)
        }
    }

    #[test]
    fn ends_of_cycles_are_good_and_others_name_their_neighbours() {
        for epochs in [2, 6, 14, 30, 62, 126, 254] {
            assert_eq!(with(epochs).amid_cycle(), None, "{epochs}");
        }
        let around = |epochs| {
            let amid = with(epochs).amid_cycle().unwrap();
            (amid.before, amid.after)
        };
        assert_eq!(around(1), (None, 2));
        assert_eq!(around(3), (Some(2), 6));
        assert_eq!(around(20), (Some(14), 30));
        assert_eq!(around(1_000_000), (Some(524_286), 1_048_574));
        let first_cycle = 5;
        let five = TrainConfig {
            first_cycle,
            ..with(20)
        };
        let amid = five.amid_cycle().unwrap();
        assert_eq!((amid.before, amid.after), (Some(15), 35));
    }

    #[test]
    fn one_line_names_the_rate_and_the_good_ends() {
        let line = with(10).amid_cycle().unwrap().to_string();
        assert_eq!(
            line,
            "10 epochs end amid a cycle, at a learning rate of 0.050 (at most 0.1); cycles end after 2, 6, 14, 30, … epochs, the nearest after 6 and 14"
        );
        let line = with(1).amid_cycle().unwrap().to_string();
        assert!(
            line.starts_with("1 epoch ends") && line.ends_with("nearest after 2"),
            "{line}"
        );
    }

    #[test]
    fn other_schedules_and_first_looks_have_no_cycles() {
        let steps = TrainConfig {
            schedule: ScheduleName::Steps,
            ..with(10)
        };
        assert_eq!(steps.amid_cycle(), None);
        let max_steps = 3;
        let look = TrainConfig {
            max_steps,
            ..with(10)
        };
        assert_eq!(look.amid_cycle(), None);
    }
}
