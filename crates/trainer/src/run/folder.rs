//! Making, finding and reading run folders.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::train::checkpoint::Checkpoint;
use model::Network;

use super::checkpoint::{self, does_not_fit, load};
use super::{About, RunResult, lock, read_bytes, write_aside};
use crate::Error;
use crate::config::TrainConfig;

/// How a config begins, with a line for each program that went on with the run; after it come version and commit.
const WRITTEN_BY: &str = "# Written by onebit ";

/// The same of runs from before the program had its present name.
const WRITTEN_BY_OLD: &str = "# Written by trainer ";

/// A run's folder; see the module's documentation for what is in it.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    /// Held while this process trains, so that two processes do not write one run.
    _lock: Option<File>,
}

impl RunDir {
    /// Makes the folder `path` for a new run and writes its config.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] when it already holds a run; [`Error::Failed`] when it cannot be made.
    pub fn create(path: &Path, config: &TrainConfig) -> Result<Self, Error> {
        Self::must_be_free(path)?;
        fs::create_dir_all(path).map_err(|e| Error::io("creating", path, &e))?;
        let run = Self {
            path: path.into(),
            _lock: Some(lock::take(path)?),
        };
        run.write_config(config)?;
        Ok(run)
    }

    /// Refuses a folder that already holds a run.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] when it does.
    pub fn must_be_free(path: &Path) -> Result<(), Error> {
        let parts = ["config.toml", "checkpoint", "model.bpk", "result.json"];
        if parts.iter().any(|part| path.join(part).exists()) {
            return Err(Error::Usage(format!(
                "{0}: expected a folder without a run, found one; continue it with --resume {0}, or choose another --out",
                path.display()
            )));
        }
        Ok(())
    }

    /// Makes a folder `ROOT/NAME-N` with the first free number.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be made.
    pub fn create_numbered(root: &Path, config: &TrainConfig) -> Result<Self, Error> {
        let name = config.run_name();
        let free = (1..)
            .map(|n| root.join(format!("{name}-{n}")))
            .find(|path| !path.exists());
        Self::create(&free.expect("numbers do not end"), config)
    }

    /// Opens an existing run to read from it.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it holds no run.
    pub fn open(path: &Path) -> Result<(Self, TrainConfig), Error> {
        let config = path.join("config.toml");
        if !config.is_file() {
            return Err(Error::Failed(format!(
                "{}: expected the folder of a run, found no config.toml in it; `onebit train` makes one",
                path.display()
            )));
        }
        Ok((
            Self {
                path: path.into(),
                _lock: None,
            },
            TrainConfig::read(&config)?,
        ))
    }

    /// Opens an existing run to continue it.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it holds no run, or another process is training it.
    pub fn resume(path: &Path) -> Result<(Self, TrainConfig), Error> {
        let (mut run, config) = Self::open(path)?;
        run._lock = Some(lock::take(path)?);
        Ok((run, config))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where checkpoints are.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoint")
    }

    /// The versions and commits of the program that trained it, the first one's first: a resumed run may have several. None
    /// where the config does not say so.
    pub fn writers(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path.join("config.toml")).unwrap_or_default();
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

    /// The newest epoch with a whole checkpoint.
    pub fn newest_checkpoint(&self) -> Option<usize> {
        checkpoint::newest(&self.checkpoints())
    }

    /// Writes the config, whole or not at all.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when it cannot be written.
    pub fn write_config(&self, config: &TrainConfig) -> Result<(), Error> {
        let settings = toml::to_string(config).expect("a config is TOML");
        let mut writers = self.writers();
        if writers.last().is_none_or(|last| last != crate::VERSION) {
            writers.push(crate::VERSION.into());
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
    /// [`Error::Failed`] when the file is damaged.
    pub fn about(&self) -> Result<Option<About>, Error> {
        About::read(&self.path)
    }

    /// Saves the trained network and its result.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when a file cannot be written.
    pub fn finish(&self, net: Network, result: &RunResult) -> Result<(), Error> {
        let path = self.path.join("model.bpk");
        let bytes = net.into_record().checkpoint_into_bytes();
        let bytes = bytes.map_err(|e| Error::Failed(format!("{}: {e}", path.display())))?;
        write_aside(&path, &bytes)?;
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
    /// [`Error::Failed`] when the file is damaged.
    pub fn result(&self) -> Result<Option<RunResult>, Error> {
        let path = self.path.join("result.json");
        if !path.exists() {
            return Ok(None);
        }
        let result = serde_json::from_slice(&read_bytes(&path)?);
        result.map(Some).map_err(|e| {
            Error::Failed(format!(
                "{}: expected the result of a run, found: {e}; delete the file and --resume the run",
                path.display()
            ))
        })
    }

    /// Loads the network of a checkpoint into `net`, which has its structure.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when there is no such checkpoint, or it is damaged or of another network.
    pub fn load_checkpoint<M: Module>(&self, net: M, epoch: usize) -> Result<M, Error> {
        let path = checkpoint::path(&self.checkpoints(), "model", epoch);
        if !path.is_file() {
            let newest = self
                .newest_checkpoint()
                .map_or("none".into(), |n| format!("up to {n}"));
            return Err(Error::Failed(format!(
                "{}: not there; the run has checkpoints {newest}, of which the last few are kept",
                path.display()
            )));
        }
        net.try_load_record(load(&path)?)
            .map_err(|e| does_not_fit(&path, &e))
    }

    /// Loads the trained network into `net`, which has its structure.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] when the run is not finished or the file is damaged.
    pub fn load_model(&self, net: Network) -> Result<Network, Error> {
        let path = self.path.join("model.bpk");
        if !path.is_file() {
            return Err(Error::Failed(format!(
                "{}: expected the trained network, found none, because the run is not finished; finish it with `onebit train --resume {}` (its checkpoints are for `onebit eval --checkpoint`)",
                path.display(),
                self.path.display()
            )));
        }
        net.try_load_record(load(&path)?)
            .map_err(|e| does_not_fit(&path, &e))
    }
}
