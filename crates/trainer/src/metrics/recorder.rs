//! The metrics of a run: `metrics.jsonl` and `metrics.csv` for epochs, `steps.jsonl` for steps, and both for
//! TensorBoard.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use burn::train::Interrupter;
use burn::train::logger::MetricLogger;
use burn::train::metric::store::{EpochSummary, MetricsUpdate, Split};
use burn::train::metric::{MetricDefinition, MetricId, NumericEntry};
use run::checkpoints::Position;
use run::metrics::{
    EpochLine, SplitName, StepLine, WeightLine, keep_up_to, read_lines, restore, write_table,
};
use serde::Serialize;
use word_list::Counted;

use super::events::{EventFile, Point};
use super::{ERROR, LEARNING_RATE, LOSS, THROUGHPUT};
use crate::Error;

/// The last failure to write, shared with whoever can report it.
pub type Failure = Arc<Mutex<Option<String>>>;

/// Writes what Burn's learner measures into a run's folder.
pub struct Recorder {
    epochs: JsonLines,
    steps: JsonLines,
    events: EventFile,
    session: Session,
    names: HashMap<MetricId, String>,
    last: HashMap<(String, &'static str), f64>,
    step: usize,
    failure: Failure,
}

/// The last place in a run whose lines are written. Burn measures on a thread of its own, and a run that is killed must not
/// have a checkpoint without its metrics.
#[derive(Clone, Default)]
pub struct Written(Arc<(Mutex<Position>, Condvar)>);

impl Written {
    /// How long a checkpoint waits for its metrics at most: an epoch that was broken off may have none.
    const PATIENCE: Duration = Duration::from_secs(10);

    fn mark(&self, at: Position) {
        let (last, changed) = &*self.0;
        *last.lock().expect("no holder panics") = at;
        changed.notify_all();
    }

    /// Waits for the lines up to this place.
    pub fn wait(&self, at: Position) {
        let (last, changed) = &*self.0;
        let guard = last.lock().expect("no holder panics");
        drop(changed.wait_timeout_while(guard, Self::PATIENCE, |last| *last < at));
    }
}

/// A recorder that Burn's learner and whoever saves checkpoints share.
#[derive(Clone)]
pub struct SharedRecorder(Arc<Mutex<Recorder>>);

impl SharedRecorder {
    /// Shares a recorder.
    pub fn new(recorder: Recorder) -> Self {
        Self(Arc::new(Mutex::new(recorder)))
    }

    fn lock(&self) -> MutexGuard<'_, Recorder> {
        self.0.lock().expect("no holder panics")
    }

    /// Brings all that is written to the disk: a checkpoint has its records.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be written.
    pub fn sync(&self) -> Result<(), Error> {
        let mut recorder = self.lock();
        recorder.epochs.sync()?;
        recorder.steps.sync()?;
        recorder.events.sync()
    }

    /// Shows TensorBoard the latent weights of each layer at the end of an epoch, and how many of the signs changed in it.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be written.
    pub fn weights(&self, line: &WeightLine) -> Result<(), Error> {
        let recorder = &mut *self.lock();
        let point = of_weights(line, recorder.session.steps_per_epoch);
        recorder.events.add(point)
    }
}

/// What a recorder has to know of a run.
pub struct Session {
    /// Where the run goes on. Lines of what comes after are dropped: they were measured by steps that will be taken
    /// again.
    pub at: Position,
    /// The learning rate of the last step, of a run that goes on within an epoch.
    pub learning_rate: Option<f64>,
    /// Steps of an epoch.
    pub steps_per_epoch: usize,
    /// What is scored after an epoch.
    pub held_out: SplitName,
    /// The run's settings, with names in place of paths.
    pub settings: toml::Table,
    /// Stops a run that has diverged.
    pub interrupter: Interrupter,
    /// Where the recorder tells how far it is.
    pub written: Written,
}

impl Recorder {
    /// Opens the files of the folder `dir`. What the table and the event files should have of the run and have not is
    /// written anew from the lines; lines that are lost are told of.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when a file cannot be read or written.
    pub fn open(dir: &Path, session: Session) -> Result<Self, Error> {
        let at = session.at;
        let steps = at.epoch * session.steps_per_epoch + at.step;
        let [epoch_lines, step_lines] = ["metrics.jsonl", "steps.jsonl"].map(|file| dir.join(file));
        let lost = restore(&epoch_lines, at)?;
        if !lost.is_empty() {
            let found = at.epoch - lost.len();
            crate::say(&short(&epoch_lines, Counted(at.epoch, "epoch"), found));
        }
        if let Some(found) = keep_up_to(&step_lines, at)?
            && found < steps
        {
            crate::say(&short(&step_lines, Counted(steps, "step"), found));
        }
        let history = history(dir, at, session.steps_per_epoch)?;
        let rate = session.learning_rate;
        let train: &'static str = Split::Train.into();
        let rate = rate.map(|rate| ((LEARNING_RATE.to_owned(), train), rate));
        let events = dir.join(EventFile::FOLDER);
        let events = EventFile::create(&events, steps, &history, &session.settings)?;
        Ok(Self {
            epochs: JsonLines::open(epoch_lines)?,
            steps: JsonLines::open(step_lines)?,
            events,
            session,
            names: HashMap::new(),
            last: rate.into_iter().collect(),
            step: at.step,
            failure: Failure::default(),
        })
    }

    /// Where a failure to write is kept: Burn's loggers cannot return one.
    pub fn failure(&self) -> Failure {
        self.failure.clone()
    }

    fn fail(&self, message: String) {
        self.failure
            .lock()
            .expect("no holder panics")
            .get_or_insert(message);
    }

    fn value(&self, name: &str, split: &'static str) -> Option<f64> {
        self.last
            .get(&(name.to_owned(), split))
            .copied()
            .filter(|value| value.is_finite())
    }

    fn keep_failure(&self, result: Result<(), Error>) {
        if let Err(error) = result {
            self.fail(error.to_string());
        }
    }

    fn write_step(&mut self, line: &StepLine) {
        let point = of_step(line, self.session.steps_per_epoch);
        let written = self.steps.write(line);
        let written = written.and_then(|()| self.events.add(point));
        self.keep_failure(written);
        self.session.written.mark(Position {
            epoch: line.epoch - 1,
            step: line.step,
        });
    }

    fn write_epoch(&mut self, line: &EpochLine) {
        let point = of_epoch(line, self.session.steps_per_epoch);
        let write = || {
            self.epochs.write(line)?;
            self.epochs.flush()?;
            self.steps.flush()?;
            self.events.add(point)?;
            self.events.flush()
        };
        let written = write();
        self.keep_failure(written);
        if line.split != SplitName::Train {
            let table = write_table(&self.epochs.path);
            self.keep_failure(table.map_err(Error::from));
            self.session.written.mark(Position::end_of(line.epoch));
        }
    }
}

impl MetricLogger for SharedRecorder {
    fn log(&mut self, update: MetricsUpdate, epoch: usize, split: &Split) {
        self.lock().log(update, epoch, split);
    }

    fn read_numeric(
        &mut self,
        name: &str,
        _: usize,
        _: &Split,
    ) -> Result<Vec<NumericEntry>, String> {
        Err(format!(
            "metric `{name}`: nothing in this program chooses by a metric"
        ))
    }

    fn log_metric_definition(&mut self, definition: MetricDefinition) {
        self.lock()
            .names
            .insert(definition.metric_id, definition.name.to_string());
    }

    fn log_epoch_summary(&mut self, summary: EpochSummary) {
        self.lock().log_epoch_summary(&summary);
    }
}

impl Recorder {
    fn log(&mut self, update: MetricsUpdate, epoch: usize, split: &Split) {
        let split_key: &'static str = split.clone().into();
        let mut ended = false;
        for metric in update.entries_numeric {
            let Some(name) = self.names.get(&metric.entry.metric_id) else {
                continue;
            };
            // The value of a step, then at the end of the epoch that of all its images. Of a
            // learning rate the last one says more than the mean.
            let entry = metric.numeric_entry;
            ended |= matches!(entry, Some(NumericEntry::Final(_)));
            if let Some(entry) = entry
                && !(name == LEARNING_RATE && matches!(entry, NumericEntry::Final(_)))
            {
                self.last.insert((name.clone(), split_key), entry.current());
            }
        }
        if !ended && *split == Split::Train {
            self.step += 1;
            let value = |name| self.value(name, split_key).unwrap_or(f64::NAN);
            let line = StepLine {
                epoch,
                step: self.step,
                loss: value(LOSS),
                error_percent: value(ERROR),
                learning_rate: value(LEARNING_RATE),
            };
            self.write_step(&line);
        }
    }

    fn log_epoch_summary(&mut self, summary: &EpochSummary) {
        let split: &'static str = summary.split.clone().into();
        let train = summary.split == Split::Train;
        let (Some(loss), Some(error_percent)) = (self.value(LOSS, split), self.value(ERROR, split))
        else {
            // The step lines, where the loss is null, show when that began.
            let message = format!(
                "{}: training diverged in epoch {}: expected finite losses, found others; lower the rate with --set learning_rate=…, in a new run",
                self.steps.path.display(),
                summary.epoch_number
            );
            self.fail(message);
            self.steps.flush().ok();
            self.session
                .written
                .mark(Position::end_of(summary.epoch_number));
            self.session.interrupter.stop(Some("training diverged"));
            return;
        };
        let line = EpochLine {
            epoch: summary.epoch_number,
            split: if train {
                SplitName::Train
            } else {
                self.session.held_out
            },
            loss,
            error_percent,
            images_per_second: self.value(THROUGHPUT, split),
            learning_rate: self.value(LEARNING_RATE, split).filter(|_| train),
        };
        self.write_epoch(&line);
        if train {
            self.step = 0;
        }
    }
}

/// What is said of a file that has lost lines.
fn short(path: &Path, expected: Counted, found: usize) -> String {
    format!(
        "{}: expected the lines of {expected}, found those of {found}; the others are lost",
        crate::named(path)
    )
}

/// What the event files show of a step.
fn of_step(line: &StepLine, per_epoch: usize) -> Point {
    let step = (line.epoch - 1) * per_epoch + line.step;
    let scalars = [
        ("step/loss", line.loss),
        ("step/error_percent", line.error_percent),
        ("step/learning_rate", line.learning_rate),
    ];
    Point::new(step, &scalars)
}

/// What the event files show of an epoch.
fn of_epoch(line: &EpochLine, per_epoch: usize) -> Point {
    let split = line.split.name();
    let [loss, error, rate] =
        ["loss", "error_percent", "images_per_second"].map(|what| format!("{what}/{split}"));
    let mut scalars = vec![
        (loss.as_str(), line.loss),
        (error.as_str(), line.error_percent),
    ];
    scalars.extend(line.images_per_second.map(|value| (rate.as_str(), value)));
    Point::new(line.epoch * per_epoch, &scalars)
}

/// What the event files show of a layer's weights at the end of an epoch, in units of its initial standard deviation.
fn of_weights(line: &WeightLine, per_epoch: usize) -> Point {
    let share = 100.0 * line.flipped as f64 / line.weights.max(1) as f64;
    let tag = format!("signs_changed_percent/{}", line.layer);
    let point = Point::new(line.epoch * per_epoch, &[(&tag, share)]);
    point.with_histogram(&format!("latent_weights/{}", line.layer), &line.histogram)
}

/// What the event files should have of a run up to a place, in the order of its steps.
fn history(dir: &Path, at: Position, per_epoch: usize) -> Result<Vec<Point>, Error> {
    let steps = read_lines::<StepLine>(&dir.join("steps.jsonl"))?;
    let steps = steps.iter().filter(|line| line.epoch > 0);
    let mut points: Vec<Point> = steps.map(|line| of_step(line, per_epoch)).collect();
    let epochs = read_lines::<EpochLine>(&dir.join("metrics.jsonl"))?;
    points.extend(epochs.iter().map(|line| of_epoch(line, per_epoch)));
    let weights = read_lines::<WeightLine>(&dir.join("weights.jsonl"))?;
    let weights = weights.iter().filter(|line| line.epoch <= at.epoch);
    points.extend(weights.map(|line| of_weights(line, per_epoch)));
    points.sort_by_key(Point::step);
    Ok(points)
}

/// A file of JSON lines that is added to.
struct JsonLines {
    file: BufWriter<File>,
    path: PathBuf,
}

impl JsonLines {
    fn open(path: PathBuf) -> Result<Self, Error> {
        let file = run::append(&path)?;
        Ok(Self {
            file: BufWriter::new(file),
            path,
        })
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), Error> {
        let line = serde_json::to_string(line).expect("a line of numbers is JSON");
        let result = writeln!(self.file, "{line}");
        result.map_err(|e| Error::io("writing", &self.path, &e))
    }

    fn flush(&mut self) -> Result<(), Error> {
        let result = self.file.flush();
        result.map_err(|e| Error::io("writing", &self.path, &e))
    }

    fn sync(&mut self) -> Result<(), Error> {
        self.flush()?;
        let result = self.file.get_ref().sync_data();
        result.map_err(|e| Error::io("writing", &self.path, &e))
    }
}
