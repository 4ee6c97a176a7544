//! The metrics of a run as JSON lines: `metrics.jsonl` for epochs, `steps.jsonl` for steps.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use burn::train::Interrupter;
use burn::train::logger::MetricLogger;
use burn::train::metric::store::{EpochSummary, MetricsUpdate, Split};
use burn::train::metric::{MetricDefinition, MetricId, NumericEntry};
use serde::{Deserialize, Serialize};

use super::{ERROR, LEARNING_RATE, LOSS, THROUGHPUT};
use crate::Error;
use crate::run::write_aside;

/// The images that a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SplitName {
    /// Training images, in training: each batch scored before the step that it causes.
    Train,
    /// Training images that were held out.
    Validation,
    /// The test set, where no validation split was asked for.
    Test,
}

/// One line of `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochLine {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Which images.
    pub split: SplitName,
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// Wrong images in percent.
    pub error_percent: f64,
    /// Images per second.
    pub images_per_second: Option<f64>,
    /// Learning rate of the epoch's last step; only for `train`.
    pub learning_rate: Option<f64>,
}

/// One line of `steps.jsonl`: a step of training.
#[derive(Serialize)]
struct StepLine {
    epoch: usize,
    step: usize,
    loss: f64,
    error_percent: f64,
    learning_rate: f64,
}

/// The last failure to write, shared with whoever can report it.
pub type Failure = Arc<Mutex<Option<String>>>;

/// Writes what Burn's learner measures into a run's folder.
pub struct Recorder {
    epochs: BufWriter<File>,
    steps: BufWriter<File>,
    paths: [PathBuf; 2],
    held_out: SplitName,
    names: HashMap<MetricId, String>,
    last: HashMap<(String, &'static str), f64>,
    step: usize,
    failure: Failure,
    interrupter: Interrupter,
}

impl Recorder {
    /// Opens the two files of the folder `dir`. Lines of epochs after `resumed` are dropped: they
    /// were measured by steps that will be taken again. `held_out` names what follows an epoch;
    /// `interrupter` stops a training that has diverged.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when a file cannot be read or written.
    pub fn open(
        dir: &Path,
        resumed: usize,
        held_out: SplitName,
        interrupter: Interrupter,
    ) -> Result<Self, Error> {
        let open = |path: &PathBuf| {
            keep_epochs(path, resumed)?;
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.map(BufWriter::new)
                .map_err(|e| Error::io("opening", path, &e))
        };
        let paths = [dir.join("metrics.jsonl"), dir.join("steps.jsonl")];
        Ok(Self {
            epochs: open(&paths[0])?,
            steps: open(&paths[1])?,
            paths,
            held_out,
            names: HashMap::new(),
            last: HashMap::new(),
            step: 0,
            failure: Failure::default(),
            interrupter,
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

    fn write(&mut self, which: usize, line: &impl Serialize, flush: bool) {
        let file = [&mut self.epochs, &mut self.steps]
            .into_iter()
            .nth(which)
            .expect("two files");
        let line = serde_json::to_string(line).expect("a line of numbers is JSON");
        let result =
            writeln!(file, "{line}").and_then(|()| if flush { file.flush() } else { Ok(()) });
        if let Err(error) = result {
            let message = Error::io("writing", &self.paths[which], &error).to_string();
            self.fail(message);
        }
    }
}

impl MetricLogger for Recorder {
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
            self.write(1, &line, false);
        }
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
        self.names
            .insert(definition.metric_id, definition.name.to_string());
    }

    fn log_epoch_summary(&mut self, summary: EpochSummary) {
        let split: &'static str = summary.split.clone().into();
        let train = summary.split == Split::Train;
        let (Some(loss), Some(error_percent)) = (self.value(LOSS, split), self.value(ERROR, split))
        else {
            // The step lines, where the loss is null, show when that began.
            let message = format!(
                "{}: training diverged in epoch {}: expected finite losses, found others; lower the rate with --set learning_rate=…, in a new run",
                self.paths[1].display(),
                summary.epoch_number
            );
            self.fail(message);
            self.steps.flush().ok();
            self.interrupter.stop(Some("training diverged"));
            return;
        };
        let line = EpochLine {
            epoch: summary.epoch_number,
            split: if train {
                SplitName::Train
            } else {
                self.held_out
            },
            loss,
            error_percent,
            images_per_second: self.value(THROUGHPUT, split),
            learning_rate: self.value(LEARNING_RATE, split).filter(|_| train),
        };
        self.write(0, &line, true);
        if train {
            self.step = 0;
            if let Err(error) = self.steps.flush() {
                let message = Error::io("writing", &self.paths[1], &error).to_string();
                self.fail(message);
            }
        }
    }
}

/// Drops the lines of epochs after `resumed`, and a last line that a killed process left cut.
fn keep_epochs(path: &Path, resumed: usize) -> Result<(), Error> {
    #[derive(Deserialize)]
    struct Numbered {
        epoch: usize,
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("reading", path, &error)),
    };
    let mut kept = Vec::new();
    for line in BufReader::new(file).split(b'\n') {
        let line = line.map_err(|e| Error::io("reading", path, &e))?;
        if serde_json::from_slice::<Numbered>(&line).is_ok_and(|line| line.epoch <= resumed) {
            kept.extend_from_slice(&line);
            kept.push(b'\n');
        }
    }
    write_aside(path, &kept)
}
