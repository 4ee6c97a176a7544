//! A run among others: what a line about it says.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::{About, RunDir, RunError, RunResult, TrainConfig};

/// A run as a line of a table has it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Entry {
    /// Its folder.
    pub folder: PathBuf,
    /// Every setting.
    pub config: TrainConfig,
    /// The digest of its images, free of order; none of a run of an earlier version.
    pub content: Option<String>,
    /// How far it came.
    pub state: State,
    /// The test score, also of a run that was made longer since.
    pub result: Option<RunResult>,
    /// When its settings were written: when it began, or was last gone on with.
    pub begun: Option<SystemTime>,
}

/// How far a run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As far as its config says, with a test score.
    Finished,
    /// A process is training it; epochs that are saved.
    Running(usize),
    /// No process is, and there is no score for all of its epochs; epochs that are saved.
    Stopped(usize),
}

impl Entry {
    /// Reads a run.
    ///
    /// # Errors
    ///
    /// An error that names the file that is missing, damaged, or larger than any run writes.
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        let (run, config) = RunDir::open(folder)?;
        let result = run.result()?;
        if let Some(result) = &result
            && !result.is_possible()
        {
            let found = format!(
                "{:?} %, {} wrong of {}",
                result.test_error_percent, result.wrong, result.images
            );
            return Err(RunError::damaged(
                &folder.join("result.json"),
                "the score of a test",
                found,
            ));
        }
        let content = About::read(folder)?.map(|about| about.data.digests.content);
        let saved = run.newest_checkpoint().unwrap_or(0);
        let begun = folder.join("config.toml").metadata();
        Ok(Self {
            folder: folder.into(),
            content,
            state: match &result {
                Some(result) if result.is_of_all(&config) => State::Finished,
                _ if run.is_training() => State::Running(saved),
                _ => State::Stopped(saved),
            },
            config,
            result,
            begun: begun.and_then(|file| file.modified()).ok(),
        })
    }

    /// The test error in percent, of a finished run.
    pub fn error(&self) -> Option<f64> {
        let result = self.result.as_ref()?;
        (self.state == State::Finished).then_some(result.test_error_percent)
    }
}

#[cfg(test)]
mod tests {
    use data::Dataset;

    use super::*;

    fn score() -> RunResult {
        let json = r#"{"test_error_percent": 25.0, "wrong": 1, "images": 4, "loss": 0.5, "epochs": 6, "trainable_weights": 1, "version": "1"}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_run_is_finished_stopped_or_running() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("run");
        let config = TrainConfig::recipe(Dataset::Glyphs);
        let run = RunDir::create(&folder, &config, "1").unwrap();
        let state = || Entry::read(&folder).unwrap().state;
        // A lock is held by a process, and this one can ask itself.
        assert_eq!(state(), State::Running(0));
        run.write_result(&score()).unwrap();
        assert_eq!(state(), State::Finished);
        assert_eq!(Entry::read(&folder).unwrap().error(), Some(25.0));
        drop(run);
        // Made longer since: the score is not that of all its epochs.
        let (run, _) = RunDir::open(&folder).unwrap();
        let longer = TrainConfig {
            epochs: 14,
            ..config
        };
        run.write_config(&longer, "1").unwrap();
        assert_eq!(state(), State::Stopped(0));
        assert_eq!(Entry::read(&folder).unwrap().error(), None);
    }

    #[test]
    fn a_damaged_run_names_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("run");
        let config = TrainConfig::recipe(Dataset::Glyphs);
        let run = RunDir::create(&folder, &config, "1").unwrap();
        let error = || Entry::read(&folder).unwrap_err().to_string();
        let damaged = RunResult {
            wrong: 3,
            ..score()
        };
        run.write_result(&damaged).unwrap();
        assert!(error().contains("result.json"), "{}", error());
        std::fs::write(folder.join("result.json"), vec![b' '; (1 << 20) + 1]).unwrap();
        assert!(error().contains("1048577 bytes"), "{}", error());
        std::fs::write(folder.join("config.toml"), "epochs = ").unwrap();
        std::fs::remove_file(folder.join("result.json")).unwrap();
        assert!(error().contains("config.toml"), "{}", error());
    }
}
