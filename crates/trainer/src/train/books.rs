//! The files that are written while training, opened where a run goes on.

use burn::train::Interrupter;
use run::RunDir;
use run::checkpoints::{Checkpoints, Position};

use super::Training;
use crate::Error;
use crate::checkpoint::{Start, load_signs};
use crate::metrics::{Failure, Recorder, Session, SharedRecorder, Total, WeightRecorder, Written};

/// What training measures and writes, however its steps are taken.
pub(super) struct Books {
    pub checkpoints: Checkpoints,
    pub steps_per_epoch: usize,
    pub weights: WeightRecorder,
    pub recorder: SharedRecorder,
    pub recording: Failure,
    pub written: Written,
    pub totals: [Total; 2],
}

impl Training {
    /// Opens the files that are written while training, at the place where the run goes on.
    pub(super) fn books(
        &self,
        run: &RunDir,
        start: Option<&Start>,
        interrupter: &Interrupter,
        weights: impl FnOnce(Position, Option<&[u8]>) -> Result<WeightRecorder, Error>,
    ) -> Result<Books, Error> {
        let checkpoints = run.checkpoints()?;
        let folder = checkpoints.folder();
        std::fs::create_dir_all(folder).map_err(|e| Error::io("creating", folder, &e))?;
        let at = start.map_or(Position::default(), |start| start.at);
        checkpoints.sweep(at)?;
        let sums = start.and_then(|start| start.manifest.as_ref()?.sums);
        let signs = match sums {
            Some(_) => Some(load_signs(&checkpoints, at)?),
            None => None,
        };
        let written = Written::default();
        let steps_per_epoch = self
            .train_loader()?
            .batches_per_epoch()
            .min(self.max_batches());
        let session = Session {
            at,
            learning_rate: sums.map(|sums| sums.learning_rate),
            steps_per_epoch,
            held_out: self.held_out_name,
            settings: self.config.named(),
            interrupter: interrupter.clone(),
            written: written.clone(),
        };
        let recorder = Recorder::open(run.path(), session)?;
        // The names of what was made in the run's folder, such as that of the checkpoints.
        aside::sync_name(folder);
        let recording = recorder.failure();
        let recorder = SharedRecorder::new(recorder);
        let total = |sum: f64| Total::of(sum, sums.map_or(0, |sums| sums.images));
        Ok(Books {
            weights: weights(at, signs.as_deref())?.with_events(recorder.clone()),
            checkpoints,
            steps_per_epoch: self.steps_per_epoch()?,
            recording,
            recorder,
            written,
            totals: [
                total(sums.map_or(0.0, |sums| sums.loss)),
                total(sums.map_or(0.0, |sums| sums.error_percent)),
            ],
        })
    }
}
