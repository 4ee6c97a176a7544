//! What the JSON lines of a run hold.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::RunError;
use crate::checkpoints::Position;
use crate::files::open_lines;

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

impl SplitName {
    /// The word for it in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// One line of `metrics.jsonl`, and of `metrics.csv`.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepLine {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Number of the step in its epoch, from 1.
    pub step: usize,
    /// Mean cross-entropy of the batch in nats.
    pub loss: f64,
    /// Wrong images of the batch in percent.
    pub error_percent: f64,
    /// Learning rate of the step.
    pub learning_rate: f64,
}

/// One line of `weights.jsonl`: a convolution's latent weights at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightLine {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Name of the layer: its node in the network's graph.
    pub layer: String,
    /// How many weights it has.
    pub weights: usize,
    /// How many are +1: latent weights that are not negative.
    pub positive: usize,
    /// How many changed their sign since the end of the epoch before; of the first epoch, since the
    /// initial weights.
    pub flipped: usize,
    /// Of the latent weights, over the layer's initial standard deviation.
    pub histogram: Histogram,
}

/// Counts of numbers in intervals of equal width. What lies outside is counted at the ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Lower end of the first interval.
    pub from: f64,
    /// Upper end of the last.
    pub to: f64,
    /// Numbers in each.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Counts `numbers` in `intervals` between `from` and `to`.
    pub fn new([from, to]: [f64; 2], intervals: usize, numbers: impl Iterator<Item = f64>) -> Self {
        let mut counts = vec![0; intervals];
        for number in numbers {
            // The cast saturates: below 0 is 0.
            let index = ((number - from) / (to - from) * intervals as f64) as usize;
            counts[index.min(intervals - 1)] += 1;
        }
        Self { from, to, counts }
    }
}

/// Drops the lines of what comes after a place in a run, and a last line that a killed process left cut. Of the epoch
/// that the place is in, lines of steps stay up to it, and a line of the epoch does not. Returns how many lines there
/// are then, or `None` where there is no file.
///
/// # Errors
///
/// [`RunError::Io`] when the file cannot be read or written.
pub fn keep_up_to(path: &Path, at: Position) -> Result<Option<usize>, RunError> {
    #[derive(Deserialize)]
    struct Numbered {
        epoch: usize,
        step: Option<usize>,
    }
    let is_done = |line: Numbered| {
        let step = line.step.is_some_and(|step| step <= at.step);
        line.epoch <= at.epoch || (line.epoch == at.epoch + 1 && step)
    };
    let Some(lines) = open_lines(path)? else {
        return Ok(None);
    };
    let mut count = 0;
    let kept = aside::write_with(path, |kept| {
        // Closed before the new file takes its place.
        let mut lines = lines;
        while let Some(line) = lines.next_line()? {
            if serde_json::from_slice::<Numbered>(line).is_ok_and(is_done) {
                kept.write_all(line)?;
                kept.write_all(b"\n")?;
                count += 1;
            }
        }
        Ok(())
    });
    kept.map_err(|e| RunError::io("rewriting", path, e))?;
    Ok(Some(count))
}

/// The lines of a file that are whole.
///
/// # Errors
///
/// [`RunError::Io`] when the file is there and cannot be read.
pub fn read_lines<L: DeserializeOwned>(path: &Path) -> Result<Vec<L>, RunError> {
    let mut all = Vec::new();
    let Some(mut lines) = open_lines(path)? else {
        return Ok(all);
    };
    let failed = |e| RunError::io("reading", path, e);
    while let Some(line) = lines.next_line().map_err(failed)? {
        all.extend(serde_json::from_slice::<L>(line));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_a_place_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        let steps =
            "{\"epoch\":1,\"step\":2}\n{\"epoch\":2,\"step\":1}\n{\"epoch\":2,\"step\":2}\n";
        let epochs = "{\"epoch\":1}\n{\"epoch\":2}\n{\"epo";
        for (text, step, kept) in [(steps, 0, 1), (steps, 1, 2), (steps, 2, 3), (epochs, 1, 1)] {
            std::fs::write(&path, text).unwrap();
            let count = keep_up_to(&path, Position { epoch: 1, step }).unwrap();
            assert_eq!(count, Some(kept));
            let lines: Vec<&str> = text.lines().take(kept).collect();
            let expected = lines.join("\n") + "\n";
            assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        }
        let none = dir.path().join("none");
        assert_eq!(keep_up_to(&none, Position::end_of(1)).unwrap(), None);
        assert!(read_lines::<EpochLine>(&none).unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_of_lines_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("metrics.jsonl");
        let at = Position::end_of(1);
        for make in ["mkfifo", "ln -s /dev/zero"] {
            let mut words = make.split(' ');
            let mut made = std::process::Command::new(words.next().unwrap());
            assert!(made.args(words).arg(&path).status().unwrap().success());
            let errors = [
                keep_up_to(&path, at).unwrap_err(),
                read_lines::<EpochLine>(&path).unwrap_err(),
            ];
            for error in errors.map(|error| error.to_string()) {
                assert!(error.contains("metrics.jsonl"), "{error}");
                assert!(error.ends_with("it is no regular file"), "{make}: {error}");
            }
            std::fs::remove_file(&path).unwrap();
        }
        // A line without an end takes no memory, and is dropped.
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(64 << 20).unwrap();
        assert_eq!(keep_up_to(&path, at).unwrap(), Some(0));
        assert_eq!(path.metadata().unwrap().len(), 0);
    }

    #[test]
    fn a_histogram_counts_what_is_outside_at_its_ends() {
        let numbers = [-9.0, -2.0, -0.1, 0.0, 0.9, 1.0, 2.0, f64::INFINITY];
        let histogram = Histogram::new([-2.0, 2.0], 4, numbers.into_iter());
        assert_eq!(histogram.counts, [2, 1, 2, 3]);
    }
}
