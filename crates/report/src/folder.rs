//! What a report takes from the folder of a run.

use std::collections::BTreeMap;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

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
    /// The layers' weights, where the run recorded them and is shown in detail.
    pub layers: Option<LayerHistory>,
    /// Size and operations of the network, where it is known what that is.
    pub summary: Option<Costs>,
    /// What the run is about; none of a run of an earlier version.
    pub about: Option<About>,
    /// Of a run that is shown in detail, training images as the network sees them, as an address that holds the picture, and its width
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
    /// An error that names `config.toml`, where it is missing, damaged, or larger than any run writes. Whatever else is
    /// becomes a note.
    pub fn read(folder: &Path) -> Result<Self, ReportError> {
        must_be_small(&folder.join("config.toml"), MAX_CONFIG)?;
        let (dir, config) = RunDir::open(folder)?;
        let mut notes = Vec::new();
        let metrics = Metrics::read(folder, &mut notes);
        let (result, damaged_result) = score(&dir, &mut notes);
        let about = dir.about().unwrap_or_else(|error| {
            notes.push(Note::other(error.to_string()));
            None
        });
        let summary = costs(&config, about.as_ref(), &mut notes);
        let name = file_name(folder);
        let mut run = Self {
            name: name.chars().take(MAX_NAME).collect(),
            dir,
            config,
            train: metrics.train,
            held_out: metrics.held_out,
            held_out_name: metrics.held_out_name,
            result,
            damaged_result,
            layers: None,
            summary,
            about,
            augmented: None,
            notes,
        };
        if let Some(difference) = published::other_images(&run)
            && !published::of(&run.config).is_empty()
        {
            let text = format!(
                "no published figure is shown beside it: its images are not those of the published {}: {difference}",
                run.config.dataset.name()
            );
            run.notes.push(Note::other(text));
        }
        Ok(run)
    }

    /// Reads what only a run that is shown in detail needs: its weights, and what its network saw.
    pub fn look_closer(&mut self) {
        let folder = self.dir.path().to_owned();
        self.layers = layers(&folder, &mut self.notes);
        self.augmented = augmented(&folder, &mut self.notes);
    }

    /// The folder, as [`given`] has it.
    pub fn folder(&self) -> String {
        given(self.dir.path())
    }

    /// A message about this run, for a page that names the run beside it: of its files the names are left, and of its images
    /// the name.
    pub fn told(&self, message: &str) -> String {
        let within = format!("{}{MAIN_SEPARATOR}", self.dir.path().display());
        let message = told(self.dir.path(), &message.replace(&within, ""));
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

/// The lines of `metrics.jsonl`, by epoch.
struct Metrics {
    train: BTreeMap<usize, EpochLine>,
    held_out: BTreeMap<usize, EpochLine>,
    held_out_name: SplitName,
}

impl Metrics {
    fn read(folder: &Path, notes: &mut Vec<Note>) -> Self {
        let mut metrics = Self {
            train: BTreeMap::new(),
            held_out: BTreeMap::new(),
            held_out_name: SplitName::Test,
        };
        let mut impossible = 0;
        let take = |line: EpochLine| {
            if !possible(&line) {
                impossible += 1;
            } else if line.split == SplitName::Train {
                metrics.train.insert(line.epoch, line);
            } else {
                metrics.held_out_name = line.split;
                metrics.held_out.insert(line.epoch, line);
            }
        };
        let outcome = lines::read(&folder.join("metrics.jsonl"), MAX_METRICS, take);
        let mut note = |text: String| notes.push(Note::other(text));
        match outcome {
            Err(error) => note(error.to_string()),
            Ok(None) => note("it has no metrics.jsonl, so there is nothing to draw".into()),
            Ok(Some(outcome)) => {
                let damaged = outcome.damaged + impossible;
                if damaged > 0 {
                    note(format!(
                        "damaged lines of metrics.jsonl, left out: {damaged}"
                    ));
                }
                if outcome.longer {
                    note("metrics.jsonl is too long; its end was left out".into());
                }
                if damaged == 0 && metrics.train.is_empty() && metrics.held_out.is_empty() {
                    note("metrics.jsonl has no epoch yet, so there is nothing to draw".into());
                }
            }
        }
        metrics
    }
}

/// The test score, and whether there is one that cannot be read.
fn score(dir: &RunDir, notes: &mut Vec<Note>) -> (Option<RunResult>, bool) {
    let found =
        must_be_small(&dir.path().join("result.json"), MAX_RESULT).and_then(|()| Ok(dir.result()?));
    let (subject, text) = match found {
        Ok(Some(result)) if !is_score(&result) => {
            let text = format!(
                "result.json: expected the score of a test, found {:?} % and {} wrong of {} after {} epochs",
                result.test_error_percent, result.wrong, result.images, result.epochs
            );
            (Subject::DamagedResult, text)
        }
        Ok(result) => return (result, false),
        Err(error) => {
            let subject = match error {
                ReportError::Run(RunError::DamagedResult { .. }) => Subject::DamagedResult,
                _ => Subject::Other,
            };
            (subject, error.to_string())
        }
    };
    notes.push(Note::new(subject, text));
    (None, true)
}

fn layers(folder: &Path, notes: &mut Vec<Note>) -> Option<LayerHistory> {
    match LayerHistory::read(&folder.join("weights.jsonl")) {
        Ok(layers) => {
            let layers = layers?;
            let damaged = layers.outcome.damaged;
            if damaged > 0 {
                notes.push(Note::other(format!(
                    "damaged lines of weights.jsonl, left out: {damaged}"
                )));
            }
            Some(layers).filter(|history| !history.layers.is_empty())
        }
        Err(error) => {
            notes.push(Note::other(error.to_string()));
            None
        }
    }
}

/// Training images as the network sees them.
fn augmented(folder: &Path, notes: &mut Vec<Note>) -> Option<(String, [u32; 2])> {
    let mut note = |text: String| {
        notes.push(Note::other(text));
        None
    };
    match run::read_augmented(folder) {
        Ok(Some(png)) => match picture::held(&png) {
            None => note("augmented.png: expected a picture of a run, found another file".into()),
            held => held,
        },
        Ok(None) => None,
        Err(error) => note(error.to_string()),
    }
}

/// What the network costs: by what the run says that it is about, or where an earlier version did not write that, by the
/// dataset.
fn costs(config: &TrainConfig, about: Option<&About>, notes: &mut Vec<Note>) -> Option<Costs> {
    if let Some(about) = about {
        return Some(config.costs(&about.graph));
    }
    let Some(dataset) = config.dataset.named() else {
        notes.push(Note::other(
            "the cost of its network is not known without network.json, which says what its images are",
        ));
        return None;
    };
    if dataset == Dataset::Imagenet {
        notes.push(Note::other(format!(
            "a run of an earlier version, which does not say how many classes its images have: its cost is counted for {}",
            dataset.classes()
        )));
    }
    match config.graph(dataset.shape(), dataset.classes()) {
        Ok(graph) => Some(config.costs(&graph)),
        Err(error) => {
            notes.push(Note::other(format!(
                "the cost of its network is not known: {error}"
            )));
            None
        }
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
