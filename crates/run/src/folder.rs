//! Making, finding and reading run folders.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use data::Source;

use crate::about::{About, NAME};
use crate::checkpoints::Checkpoints;
use crate::config::{TrainConfig, written};
use crate::digest::sha256;
use crate::files::{MAX_SETTINGS, must_be_folder, read_bytes, read_text, write_aside};
use crate::place::place_of;
use crate::result::RunResult;
use crate::{RunError, free, id, lock};

/// The folder of the checkpoints.
const CHECKPOINTS: &str = "checkpoint";

/// How a config begins, with a line for each program that went on with the run; after it come version and commit.
const WRITTEN_BY: &str = "# Written by onebit ";

/// The same of runs from before the program had its present name.
const WRITTEN_BY_OLD: &str = "# Written by trainer ";

/// A run's folder; see the crate's documentation for what is in it.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    /// Held while this process trains, so that two processes do not write one run.
    _lock: Option<File>,
}

impl RunDir {
    /// Makes the folder `path` for a new run and writes its config. `writer` is the version of the program
    /// that will train it.
    ///
    /// # Errors
    ///
    /// As [`must_be_free`](Self::must_be_free); [`RunError::Io`] when it cannot be made.
    pub fn create(path: &Path, config: &TrainConfig, writer: &str) -> Result<Self, RunError> {
        Self::must_be_free(path)?;
        fs::create_dir_all(path).map_err(|e| RunError::io("creating", path, e))?;
        let run = Self {
            path: path.into(),
            _lock: Some(lock::take(path)?),
        };
        run.sweep()?;
        // Another process may have begun one there before the lock was held.
        Self::must_be_free(path)?;
        run.write_config(config, writer)?;
        aside::sync_name(path);
        Ok(run)
    }

    /// Refuses a folder that already holds a run, or anything else.
    ///
    /// # Errors
    ///
    /// [`RunError::Occupied`] when it holds a run, [`RunError::NotEmpty`] when it holds other files.
    pub fn must_be_free(path: &Path) -> Result<(), RunError> {
        free::must_be_free(path)
    }

    /// Refuses a folder that cannot be made, or in which nothing can; nothing is left behind.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] that says why.
    pub fn must_be_makeable(path: &Path) -> Result<(), RunError> {
        free::must_be_makeable(path)
    }

    /// Makes a folder `ROOT/NAME-N` with the first free number. However many processes do so at once, each has its own:
    /// who makes the folder has the number.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn create_numbered(
        root: &Path,
        config: &TrainConfig,
        writer: &str,
    ) -> Result<Self, RunError> {
        fs::create_dir_all(root).map_err(|e| RunError::io("creating", root, e))?;
        let name = config.run_name();
        for number in 1_usize.. {
            let path = root.join(format!("{name}-{number}"));
            match fs::create_dir(&path) {
                Ok(()) => return Self::create(&path, config, writer),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(RunError::io("creating", &path, error)),
            }
        }
        unreachable!("numbers do not end")
    }

    /// Opens an existing run to read from it. Where its config names a user's own images by a path
    /// that depends on the folder that a process works in, the config that is returned has the place
    /// where the run found them.
    ///
    /// # Errors
    ///
    /// [`RunError::NoRun`] when it holds no run; [`RunError::Damaged`] when its config is damaged.
    pub fn open(path: &Path) -> Result<(Self, TrainConfig), RunError> {
        let config = path.join("config.toml");
        if !config.is_file() {
            return Err(RunError::NoRun { path: path.into() });
        }
        let mut config = TrainConfig::read(&config)?;
        config.dataset = place_of(path, config.dataset);
        Ok((
            Self {
                path: path.into(),
                _lock: None,
            },
            config,
        ))
    }

    /// Opens an existing run to continue it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); [`RunError::Locked`] when another process is training it.
    pub fn resume(path: &Path) -> Result<(Self, TrainConfig), RunError> {
        let (mut run, config) = Self::open(path)?;
        run._lock = Some(lock::take(path)?);
        run.sweep()?;
        Ok((run, config))
    }

    /// Removes what a program that was killed left aside of the run's files.
    fn sweep(&self) -> Result<(), RunError> {
        let checkpoints = self.path.join(CHECKPOINTS);
        must_be_folder(&checkpoints)?;
        [&self.path, &checkpoints]
            .into_iter()
            .try_for_each(|folder| {
                aside::sweep(folder).map_err(|e| RunError::io("reading", folder, e))
            })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its checkpoints.
    ///
    /// # Errors
    ///
    /// [`RunError::Damaged`] when `network.json` is damaged, which says whose they are.
    pub fn checkpoints(&self) -> Result<Checkpoints, RunError> {
        let run = About::read(&self.path)?.and_then(|about| about.run);
        Ok(Checkpoints::new(self.path.join(CHECKPOINTS), run))
    }

    /// The run's own name for its checkpoints: the one it has, or of a run that is about to begin one that follows from
    /// its settings, its data and these texts. A run of an earlier version has none.
    ///
    /// # Errors
    ///
    /// As [`checkpoints`](Self::checkpoints).
    pub fn id(
        &self,
        config: &TrainConfig,
        about: &About,
        texts: &[&str],
    ) -> Result<Option<String>, RunError> {
        let checkpoints = self.checkpoints()?;
        let begins = || {
            let settings = toml::to_string(&config.without_place());
            let settings = settings.expect("a config is TOML");
            let digests = &about.data.digests;
            let mut all: Vec<&str> = vec![&settings, &digests.content, &digests.order];
            let others = about.init.iter().chain(&about.teacher);
            all.extend(others.map(|other| other.sha256.as_str()));
            all.extend(texts);
            checkpoints.all().is_empty().then(|| id::of(&all))
        };
        Ok(checkpoints.run().map(str::to_owned).or_else(begins))
    }

    /// The names of the files that say what the run is and that are not there.
    pub fn missing(&self) -> Vec<&'static str> {
        let names = ["config.toml", NAME].into_iter();
        names
            .filter(|name| !self.path.join(name).is_file())
            .collect()
    }

    /// The versions and commits of the program that trained it, the first one's first: a resumed run may have several. None
    /// where the config does not say so.
    pub fn writers(&self) -> Vec<String> {
        let text = read_text(&self.path.join("config.toml")).unwrap_or_default();
        let version = |line| {
            [WRITTEN_BY, WRITTEN_BY_OLD]
                .iter()
                .find_map(|begin| str::strip_prefix(line, begin))
        };
        let lines = text.lines().map_while(version);
        lines.map(str::to_owned).collect()
    }

    /// Whether a process is training it now.
    pub fn is_training(&self) -> bool {
        lock::is_held(&self.path)
    }

    /// Refuses a folder whose run a process is training now, where it has one.
    ///
    /// # Errors
    ///
    /// [`RunError::Locked`] that names the process, where that is known.
    pub fn must_be_idle(path: &Path) -> Result<(), RunError> {
        match lock::is_held(path) {
            true => Err(lock::locked(path)),
            false => Ok(()),
        }
    }

    /// The newest epoch with a checkpoint at its end that looks whole.
    pub fn newest_checkpoint(&self) -> Option<usize> {
        self.checkpoints().ok()?.newest_epoch()
    }

    /// Writes the config, whole or not at all, and that the version `writer` of the program trains the run from
    /// here on. The path of a user's own images stays as it is there, if it still means the same place.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when it cannot be written.
    pub fn write_config(&self, config: &TrainConfig, writer: &str) -> Result<(), RunError> {
        let before = TrainConfig::read(&self.path.join("config.toml"));
        let before = before.map(|before| before.dataset).ok();
        let is_same = |before: &Source| place_of(&self.path, before.clone()) == config.dataset;
        let dataset = before.filter(is_same).unwrap_or(config.dataset.clone());
        let config = TrainConfig {
            dataset,
            ..config.clone()
        };
        let settings = format!("\n{}", written(&config));
        let mut writers = self.writers();
        if writers.last().is_none_or(|last| last != writer) {
            writers.push(writer.into());
        }
        let lines = writers
            .iter()
            .map(|version| format!("{WRITTEN_BY}{version}\n"));
        let text = lines.chain([settings]).collect::<String>();
        write_aside(&self.path.join("config.toml"), text.as_bytes())
    }

    /// What the run is about; `None` for a run of an earlier version.
    ///
    /// # Errors
    ///
    /// [`RunError::Damaged`] when the file is damaged, [`RunError::OtherNetwork`] when the config is of another network.
    pub fn about(&self) -> Result<Option<About>, RunError> {
        let Some(about) = About::read(&self.path)? else {
            return Ok(None);
        };
        about.must_be_of(&TrainConfig::read(&self.path.join("config.toml"))?)?;
        Ok(Some(about))
    }

    /// Where the trained network is, once the run is finished.
    pub fn model(&self) -> PathBuf {
        self.path.join("model.bpk")
    }

    /// Refuses a trained network that is not the one whose digest its result tells of. Those of runs of earlier
    /// versions, and of runs without a result, are taken as they are.
    ///
    /// # Errors
    ///
    /// [`RunError::OtherModel`] when `bytes` are others; as [`result`](Self::result).
    pub fn must_be_model(&self, bytes: &[u8]) -> Result<(), RunError> {
        let expected = self.result()?.and_then(|result| result.model_sha256);
        let found = sha256(bytes);
        match expected {
            Some(expected) if expected != found => Err(RunError::OtherModel {
                path: self.model(),
                expected,
                found,
            }),
            _ => Ok(()),
        }
    }

    /// Writes the result of a finished run, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`RunError::Io`] when it cannot be written.
    pub fn write_result(&self, result: &RunResult) -> Result<(), RunError> {
        let json = serde_json::to_string_pretty(result).expect("a result is JSON");
        write_aside(
            &self.path.join("result.json"),
            format!("{json}\n").as_bytes(),
        )
    }

    /// The result of a finished run; `None` when it is not finished.
    ///
    /// # Errors
    ///
    /// [`RunError::DamagedResult`] when the file is damaged.
    pub fn result(&self) -> Result<Option<RunResult>, RunError> {
        let path = self.path.join("result.json");
        if !path.exists() {
            return Ok(None);
        }
        let result = serde_json::from_slice(&read_bytes(&path, MAX_SETTINGS)?);
        result
            .map(Some)
            .map_err(|source| RunError::DamagedResult { path, source })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Barrier;

    use data::Dataset;

    use super::*;

    #[test]
    fn runs_that_begin_at_once_have_folders_of_their_own() {
        const AT_ONCE: usize = 8;
        const EACH: usize = 10;
        let root = tempfile::tempdir().unwrap();
        // A file or an empty folder of that name is passed over.
        fs::write(root.path().join("glyphs-wrn-8-1-1bit-3"), "").unwrap();
        fs::create_dir(root.path().join("glyphs-wrn-8-1-1bit-5")).unwrap();
        let start = Barrier::new(AT_ONCE);
        let make = &|seed: usize| {
            let seed = seed as u64;
            let config = TrainConfig {
                seed,
                ..TrainConfig::recipe(Dataset::Glyphs)
            };
            start.wait();
            let runs =
                (0..EACH).map(|_| RunDir::create_numbered(root.path(), &config, "1").unwrap());
            let runs: Vec<RunDir> = runs.collect();
            // Each still holds the settings of who made it.
            for run in &runs {
                assert_eq!(RunDir::open(run.path()).unwrap().1.seed, seed);
            }
            runs.iter().map(|run| run.path.clone()).collect::<Vec<_>>()
        };
        let made = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..AT_ONCE)
                .map(|seed| scope.spawn(move || make(seed)))
                .collect();
            let made = makers.into_iter().flat_map(|maker| maker.join().unwrap());
            made.collect::<BTreeSet<PathBuf>>()
        });
        assert_eq!(made.len(), AT_ONCE * EACH);
        let numbers: BTreeSet<usize> = made
            .iter()
            .map(|path| path.to_str().unwrap().rsplit('-').next().unwrap().parse())
            .collect::<Result<_, _>>()
            .unwrap();
        let expected = (1..=AT_ONCE * EACH + 2).filter(|number| ![3, 5].contains(number));
        assert_eq!(numbers, expected.collect());
    }
}
