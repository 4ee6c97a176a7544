//! When a run on one device is saved, and what.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use burn::store::ModuleRecord;
use run::checkpoints::{Checkpoints, Position, Sums};
use run::metrics::best_epoch;

use crate::Error;
use crate::checkpoint::{Records, Unfinished, save};
use crate::metrics::{SharedRecorder, Total, WeightRecorder, Written};

/// Saves a run: at the ends of epochs, from time to time within one, and where it is stopped.
pub struct Saver {
    pub checkpoints: Checkpoints,
    pub steps_per_epoch: usize,
    /// How many ends of epochs are kept.
    pub keep: usize,
    /// `metrics.jsonl`, where the best epoch is kept too.
    pub best_of: Option<PathBuf>,
    /// From one checkpoint to the next; without it none is made within an epoch but where the run is stopped.
    pub pause: Option<Duration>,
    pub saved: Instant,
    pub weights: WeightRecorder,
    pub recorder: SharedRecorder,
    pub written: Written,
    /// What loss and error have summed up in this epoch.
    pub totals: [Total; 2],
}

impl Saver {
    /// The pause between checkpoints that a setting in minutes means.
    pub fn pause(minutes: f64) -> Option<Duration> {
        (minutes > 0.0).then(|| Duration::from_secs_f64(minutes * 60.0))
    }

    /// Whether it is time.
    pub fn is_due(&self) -> bool {
        self.pause
            .is_some_and(|pause| self.saved.elapsed() >= pause)
    }

    /// Saves the end of an epoch, whose metrics are on their way.
    pub fn save_epoch(&mut self, epoch: usize, records: Records) -> Result<(), Error> {
        let at = Position::end_of(epoch);
        // The lines first: a whole checkpoint then has its lines, and lines without one are dropped on resume.
        let model: ModuleRecord = records.model.clone();
        self.weights.record(epoch, model)?;
        self.written.wait(at);
        self.recorder.sync()?;
        save(&self.checkpoints, at, self.steps_per_epoch, records, None)?;
        self.finish()
    }

    /// What the metrics have summed up in this epoch, after a step of this rate.
    pub fn sums(&self, learning_rate: f64) -> Sums {
        let [(loss, images), (error_percent, _)] =
            [&self.totals[0], &self.totals[1]].map(Total::get);
        Sums {
            images,
            loss,
            error_percent,
            learning_rate,
        }
    }

    /// Saves a place within an epoch, whose steps the metrics have seen and summed up.
    pub fn save_within(&mut self, at: Position, sums: Sums, records: Records) -> Result<(), Error> {
        self.written.wait(at);
        self.recorder.sync()?;
        let signs = self.weights.signs();
        let unfinished = Unfinished { sums, signs };
        let (checkpoints, steps) = (&self.checkpoints, self.steps_per_epoch);
        save(checkpoints, at, steps, records, Some(&unfinished))?;
        self.finish()
    }

    fn finish(&mut self) -> Result<(), Error> {
        let there = |epoch| self.checkpoints.look(Position::end_of(epoch)).is_ok();
        let best = match &self.best_of {
            Some(jsonl) => best_epoch(jsonl, there)?,
            None => None,
        };
        self.checkpoints.prune(self.keep, best)?;
        self.saved = Instant::now();
        Ok(())
    }
}
