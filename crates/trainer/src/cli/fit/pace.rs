//! How long a search will take: measured on the networks that are done, since no table knows the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use run::RunDir;

use super::plan::Rung;
use super::space::Candidate;
use crate::dashboard::duration;

/// What is to be done, and how fast that was done so far. A unit is an epoch of a multiply-accumulate for each image.
pub struct Pace {
    rungs: Vec<Rung>,
    /// Runs at once.
    jobs: usize,
    /// Units of an epoch of each network.
    work: BTreeMap<String, f64>,
    measured: Mutex<Measured>,
}

#[derive(Default)]
struct Measured {
    seconds: f64,
    units: f64,
    /// Networks that have come to an epoch.
    done: BTreeSet<(usize, String)>,
}

impl Pace {
    pub fn new(rungs: &[Rung], candidates: &[Candidate], jobs: usize) -> Self {
        let work = candidates.iter();
        Self {
            rungs: rungs.to_vec(),
            jobs,
            work: work.map(|one| (one.net.clone(), one.work as f64)).collect(),
            measured: Mutex::default(),
        }
    }

    /// Counts a network that has come to an epoch and was not trained for that now.
    pub fn is_there(&self, net: &str, epochs: usize) {
        self.measured().done.insert((epochs, net.into()));
    }

    /// Counts the run in a folder, which has come to an epoch: a phrase about what is left, where it tells its time.
    pub fn after(&self, folder: &Path, epochs: usize) -> Option<String> {
        let net = folder.file_name()?.to_str()?;
        let (run, _) = RunDir::open(folder).ok()?;
        let result = run.result().ok()??;
        let machine = result.machine?;
        let trained = epochs.saturating_sub(machine.resumed_after.unwrap_or(0));
        let left = self.left_after(net, epochs, trained, machine.wall_seconds)?;
        Some(format!("about {} left", duration(left)))
    }

    /// What is left once a network has come to an epoch, by so many epochs in so many seconds; none where nothing is.
    fn left_after(
        &self,
        net: &str,
        epochs: usize,
        trained: usize,
        seconds: f64,
    ) -> Option<Duration> {
        let mut measured = self.measured();
        measured.done.insert((epochs, net.into()));
        measured.seconds += seconds;
        measured.units += trained as f64 * self.work.get(net)?;
        let left = self.left(&measured.done, epochs);
        if left == 0.0 {
            return None;
        }
        let seconds = measured.seconds / measured.units * left / self.jobs as f64;
        // Of nothing that was trained no pace is known.
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// Units that are left amid a rung: those that are chosen later are taken for networks as any.
    fn left(&self, done: &BTreeSet<(usize, String)>, epochs: usize) -> f64 {
        let mean = self.work.values().sum::<f64>() / self.work.len() as f64;
        let mut before = 0;
        let mut left = 0.0;
        for rung in &self.rungs {
            let come = done.iter().filter(|(at, _)| *at == rung.epochs).count();
            if rung.epochs >= epochs {
                let networks = rung.networks.saturating_sub(come);
                left += (networks * (rung.epochs - before)) as f64 * mean;
            }
            before = rung.epochs;
        }
        left
    }

    fn measured(&self) -> std::sync::MutexGuard<'_, Measured> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_from_what_was_measured() {
        let rung = |epochs, networks| Rung { epochs, networks };
        let pace = Pace {
            rungs: vec![rung(2, 3), rung(6, 1)],
            jobs: 1,
            work: [("a", 10.0), ("b", 20.0), ("c", 30.0)]
                .map(|(net, work)| (net.to_owned(), work))
                .into(),
            measured: Mutex::default(),
        };
        let left = |net, epochs, trained, seconds| {
            let left = pace.left_after(net, epochs, trained, seconds);
            left.map(|left| left.as_secs_f64())
        };
        // 20 units in 10 seconds; two of 2 epochs and one of 4, of 20 units each: 160.
        assert_eq!(left("a", 2, 2, 10.0), Some(80.0));
        // 80 units in 40 seconds.
        pace.is_there("b", 2);
        assert_eq!(left("c", 2, 2, 30.0), Some(40.0));
        assert_eq!(left("c", 6, 4, 60.0), None);
    }

    #[test]
    fn of_no_training_nothing_is_told() {
        let pace = Pace {
            rungs: vec![Rung {
                epochs: 2,
                networks: 2,
            }],
            jobs: 1,
            work: [("a".to_owned(), 1.0)].into(),
            measured: Mutex::default(),
        };
        assert_eq!(pace.left_after("a", 2, 0, 1.0), None);
        assert_eq!(pace.left_after("z", 2, 2, 1.0), None);
    }
}
