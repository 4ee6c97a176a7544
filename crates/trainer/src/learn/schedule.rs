//! A run's learning rates as Burn's learner steps them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::lr_scheduler::{LrScheduler, LrSchedulerRecord};
use run::schedule::Schedule;

/// Set when the learning rate restarts, taken by whoever has to react to it.
///
/// Burn's learner asks the scheduler for a rate right before each optimiser step, on one thread.
#[derive(Clone, Debug, Default)]
pub struct Restart(Arc<AtomicBool>);

impl Restart {
    /// Whether a restart happened since the last call.
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// A [`Schedule`] as Burn's learner steps it; its record is the number of steps done.
#[derive(Clone)]
pub struct Scheduler {
    schedule: Schedule,
    step: usize,
    restart: Restart,
}

impl Scheduler {
    /// A scheduler at step 0 that announces its restarts through `restart`.
    pub fn new(schedule: Schedule, restart: Restart) -> Self {
        Self {
            schedule,
            step: 0,
            restart,
        }
    }
}

impl LrScheduler for Scheduler {
    fn step(&mut self) -> f64 {
        let rate = self.schedule.rate(self.step);
        if self.schedule.restarts_at(self.step) {
            self.restart.0.store(true, Ordering::Relaxed);
        }
        self.step += 1;
        rate
    }

    fn to_record(&self) -> LrSchedulerRecord {
        LrSchedulerRecord::new().with_scalar("step", self.step)
    }

    fn load_record(&mut self, record: LrSchedulerRecord) {
        // A record without the step is not one of ours; resuming checks that before it gets here.
        self.step = record.scalar("step").unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use run::schedule::CosineRestarts;

    use super::*;

    fn cosine(first_cycle: usize) -> Schedule {
        Schedule::Cosine(CosineRestarts {
            max: 0.1,
            min: 1e-4,
            first_cycle,
        })
    }

    #[test]
    fn a_loaded_scheduler_goes_on_where_the_saved_one_was() {
        let restart = Restart::default();
        let mut saved = Scheduler::new(cosine(3), restart);
        for _ in 0..5 {
            LrScheduler::step(&mut saved);
        }
        assert!(saved.restart.take(), "step 3 was a restart");
        let mut loaded = Scheduler::new(saved.schedule.clone(), Restart::default());
        loaded.load_record(saved.to_record());
        for _ in 0..20 {
            assert_eq!(
                LrScheduler::step(&mut saved),
                LrScheduler::step(&mut loaded)
            );
            assert_eq!(saved.restart.take(), loaded.restart.take());
        }
    }

    #[test]
    fn a_restart_is_announced_once() {
        let restart = Restart::default();
        let mut scheduler = Scheduler::new(cosine(2), restart.clone());
        let announced: Vec<bool> = (0..8)
            .map(|_| {
                LrScheduler::step(&mut scheduler);
                restart.take()
            })
            .collect();
        let expected = [false, false, true, false, false, false, true, false];
        assert_eq!(announced, expected);
    }
}
