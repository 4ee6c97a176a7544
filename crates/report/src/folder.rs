//! What a report takes from the folder of a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data::Dataset;
use graph::Costs;
use run::metrics::{EpochLine, SplitName};
use run::{About, RunDir, RunError, RunResult, TrainConfig};

use crate::ReportError;
use crate::layers::LayerHistory;
use crate::lines;
use crate::note::{Note, Subject};
use crate::picture;
use crate::published;
use crate::validate::{MAX_CONFIG, MAX_RESULT, is_score, must_be_small, possible};

/// What is read of `metrics.jsonl`: some 50,000 epochs.
const MAX_METRICS: u64 = 16 << 20;
/// Characters of a run's name on the page.
const MAX_NAME: usize = 80;

/// A run as its folder tells of it.
pub struct Run {
    /// The folder's name, told apart from the others' where they are alike.
    pub name: String,
    /// The folder.
    pub dir: RunDir,
    /// Every setting.
    pub config: TrainConfig,
    /// Of training images, by epoch.
    pub train: BTreeMap<usize, EpochLine>,
    /// Of the images that were scored after each epoch.
    pub held_out: BTreeMap<usize, EpochLine>,
    /// Which images those are.
    pub held_out_name: SplitName,
    /// The test score of the finished network.
    pub result: Option<RunResult>,
    /// Whether there is a score that cannot be read.
    pub damaged_result: bool,
    /// The layers' weights, where the run recorded them.
    pub layers: Option<LayerHistory>,
    /// Size and operations of the network.
    pub summary: Costs,
    /// What the run is about; none of a run of an earlier version.
    pub about: Option<About>,
    /// Training images as the network sees them, as an address that holds the picture, and its width
    /// and height.
    pub augmented: Option<(String, [u32; 2])>,
    /// What a reader has to know of the files.
    pub notes: Vec<Note>,
}

/// How far a run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As far as its config says, with a test score.
    Finished,
    /// A score of fewer epochs than the config says since it was made longer.
    Lengthened,
    /// No score yet: a process is training it.
    Training,
    /// No score.
    Stopped,
    /// A score that cannot be read.
    Damaged,
}

impl Run {
    /// Reads the folder of a run.
    ///
    /// # Errors
    ///
    /// An error that names a file that is missing, damaged, or larger than any run writes.
    pub fn read(folder: &Path) -> Result<Self, ReportError> {
        must_be_small(&folder.join("config.toml"), MAX_CONFIG)?;
        must_be_small(&folder.join("result.json"), MAX_RESULT)?;
        let (dir, config) = RunDir::open(folder)?;
        let mut notes = Vec::new();
        let (mut train, mut held_out) = (BTreeMap::new(), BTreeMap::new());
        let mut held_out_name = SplitName::Test;
        let mut impossible = 0;
        let outcome = lines::read(
            &folder.join("metrics.jsonl"),
            MAX_METRICS,
            |line: EpochLine| {
                if !possible(&line) {
                    impossible += 1;
                } else if line.split == SplitName::Train {
                    train.insert(line.epoch, line);
                } else {
                    held_out_name = line.split;
                    held_out.insert(line.epoch, line);
                }
            },
        )?;
        match outcome {
            None => notes.push(Note::other(
                "it has no metrics.jsonl, so there is nothing to draw",
            )),
            Some(outcome) => {
                let damaged = outcome.damaged + impossible;
                if damaged > 0 {
                    notes.push(Note::other(format!(
                        "damaged lines of metrics.jsonl, left out: {damaged}"
                    )));
                }
                if outcome.longer {
                    notes.push(Note::other(
                        "metrics.jsonl is too long; its end was left out",
                    ));
                }
                if damaged == 0 && train.is_empty() && held_out.is_empty() {
                    notes.push(Note::other(
                        "metrics.jsonl has no epoch yet, so there is nothing to draw",
                    ));
                }
            }
        }
        let (result, damaged_result) = match dir.result() {
            Ok(Some(result)) if !is_score(&result) => {
                let text = format!(
                    "result.json: expected the score of a test, found {:?} % and {} wrong of {} after {} epochs",
                    result.test_error_percent, result.wrong, result.images, result.epochs
                );
                notes.push(Note::new(Subject::DamagedResult, text));
                (None, true)
            }
            Ok(result) => (result, false),
            Err(error) => {
                let subject = match error {
                    RunError::DamagedResult { .. } => Subject::DamagedResult,
                    _ => Subject::Other,
                };
                notes.push(Note::new(subject, error.to_string()));
                (None, true)
            }
        };
        let layers = LayerHistory::read(&folder.join("weights.jsonl"))?;
        if let Some(damaged) = layers.as_ref().map(|l| l.outcome.damaged)
            && damaged > 0
        {
            notes.push(Note::other(format!(
                "damaged lines of weights.jsonl, left out: {damaged}"
            )));
        }
        let layers = layers.filter(|history| !history.layers.is_empty());
        let about = match dir.about() {
            Ok(about) => about,
            Err(error) => {
                notes.push(Note::other(error.to_string()));
                None
            }
        };
        let augmented = match run::read_augmented(folder) {
            Ok(Some(png)) => {
                let held = picture::held(&png);
                if held.is_none() {
                    notes.push(Note::other(
                        "augmented.png: expected a picture of a run, found another file",
                    ));
                }
                held
            }
            Ok(None) => None,
            Err(error) => {
                notes.push(Note::other(error.to_string()));
                None
            }
        };
        let summary = match &about {
            Some(about) => config.costs(&about.graph),
            None => {
                // Runs on data without a name say what they are about.
                let dataset = config.dataset.named().unwrap_or_default();
                if dataset == Dataset::Imagenet {
                    notes.push(Note::other(format!(
                        "a run of an earlier version, which does not say how many classes its images have: its costs are counted for {}",
                        dataset.classes()
                    )));
                }
                config.costs(&config.graph(dataset.shape(), dataset.classes())?)
            }
        };
        let name = file_name(folder);
        let mut run = Self {
            name: name.chars().take(MAX_NAME).collect(),
            dir,
            config,
            train,
            held_out,
            held_out_name,
            result,
            damaged_result,
            layers,
            summary,
            about,
            augmented,
            notes,
        };
        if let Some(difference) = published::other_images(&run)
            && !published::of(&run.config).is_empty()
        {
            let text = format!(
                "no published figure is beside it: its images are not those of the published {}: {difference}",
                run.config.dataset.name()
            );
            run.notes.push(Note::other(text));
        }
        Ok(run)
    }

    /// The folder, as [`given`] has it.
    pub fn folder(&self) -> String {
        given(self.dir.path())
    }

    /// A message about this run, for a page: its images have their name in place of their path.
    pub fn told(&self, message: &str) -> String {
        let message = told(self.dir.path(), message);
        match self.config.dataset.path().filter(|path| path.is_absolute()) {
            Some(path) => message.replace(&path.display().to_string(), &self.config.dataset.name()),
            None => message,
        }
    }

    /// Epochs that the run has trained.
    pub fn epochs(&self) -> usize {
        let last = |lines: &BTreeMap<usize, EpochLine>| lines.keys().next_back().copied();
        let scored = self.result.as_ref().map(|result| result.epochs);
        let trained = last(&self.train).max(last(&self.held_out));
        scored.max(trained).unwrap_or(0)
    }

    /// How far it came.
    pub fn state(&self) -> State {
        match &self.result {
            None if self.damaged_result => State::Damaged,
            None if self.dir.is_training() => State::Training,
            None => State::Stopped,
            // `max_steps` may end a run amid its epochs.
            Some(_) if self.config.max_steps > 0 => State::Finished,
            Some(result) if result.epochs < self.config.epochs => State::Lengthened,
            Some(_) => State::Finished,
        }
    }

    /// The test error after an epoch in percent, and whether it is that of the finished network.
    pub fn test_error(&self, epoch: usize) -> Option<(f64, bool)> {
        if let Some(result) = &self.result
            && result.epochs == epoch
        {
            return Some((result.test_error_percent, true));
        }
        let line = self.held_out.get(&epoch)?;
        (line.split == SplitName::Test).then_some((line.error_percent, false))
    }

    /// The epochs, up to `last`, after which the learning rate restarts.
    pub fn cycle_ends(&self, last: usize) -> Vec<usize> {
        // Counted in epochs, as if each had one step.
        let schedule = self.config.schedule(1);
        (1..=last)
            .filter(|&epoch| schedule.restarts_at(epoch))
            .collect()
    }
}

/// Names runs that are called alike by their folders' folders too, then by numbers.
pub fn tell_apart(runs: &mut [Run]) {
    for longer in [true, false] {
        let names: Vec<String> = runs.iter().map(|run| run.name.clone()).collect();
        for (index, run) in runs.iter_mut().enumerate() {
            if names.iter().filter(|&name| *name == run.name).count() < 2 {
                continue;
            }
            let parent = run.dir.path().parent().map(file_name);
            run.name = match parent.filter(|parent| longer && !parent.is_empty()) {
                Some(parent) => format!("{parent}/{}", run.name),
                None => format!("{} ({})", run.name, index + 1),
            };
        }
    }
}

/// A folder as it was named, without where on the machine it lies: pages are given away.
fn given(folder: &Path) -> String {
    match folder.is_absolute() {
        true => file_name(folder),
        false => folder.display().to_string(),
    }
}

/// A message about a folder, which it has as [`given`].
pub fn told(folder: &Path, message: &str) -> String {
    message.replace(&folder.display().to_string(), &given(folder))
}

fn file_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| PathBuf::from(path));
    let name = whole.file_name().unwrap_or(whole.as_os_str());
    name.to_string_lossy().into_owned()
}
