//! The settings that all networks are trained with.

use std::path::{Path, PathBuf};

use data::Part;
use graph::Net;
use run::TrainConfig;
use run::config::Layers;

use crate::Error;
use crate::cli::settings::{flag, set};

/// Training images that are held out where the settings hold out none: networks are compared on them.
const VALIDATION: &str = "0.1";

/// Settings of the command line; each run has them, and its own network and number of epochs.
#[derive(Clone, clap::Args)]
pub struct Settings {
    /// The images: the name of a dataset, or the path of your own
    #[arg(long, value_name = "NAME|PATH")]
    dataset: Option<String>,
    /// Scale your own images to this size: N for a square, or WIDTHxHEIGHT
    #[arg(long, value_name = "N|WxH", value_parser = crate::cli::train::size)]
    size: Option<[usize; 2]>,
    /// Channels that your own images are brought to: 1 (grey) or 3 (colour)
    #[arg(long, value_name = "1|3")]
    channels: Option<usize>,
    /// How your own images get their size: crop, pad or stretch
    #[arg(long)]
    fit: Option<String>,
    /// Leave out files that cannot be read
    #[arg(long)]
    skip_bad: bool,
    /// Share of each class that is held out for the test, where your own images have no test part
    #[arg(long, value_name = "SHARE")]
    test_fraction: Option<f64>,
    /// Decides which images are held out
    #[arg(long, value_name = "SEED")]
    split_seed: Option<u64>,
    /// Settings of all runs from a TOML file; flags override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting of all runs, such as `learn_norms=true`; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Decides the initial weights and the order of the images
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl Settings {
    /// The config of a run of a network, with so many epochs.
    ///
    /// # Errors
    ///
    /// When no run has such settings.
    pub fn config(&self, net: &Net, epochs: usize) -> Result<TrainConfig, Error> {
        let config = self.resolved(net, epochs, None)?;
        match config.validation.is_none() {
            true => self.resolved(net, epochs, Some(VALIDATION)),
            false => Ok(config),
        }
    }

    /// Whether the images to compare on are held out because nothing else said how many.
    ///
    /// # Errors
    ///
    /// As [`config`](Self::config).
    pub fn holds_out_by_itself(&self, net: &Net) -> Result<bool, Error> {
        Ok(self.resolved(net, 1, None)?.validation.is_none())
    }

    fn resolved(
        &self,
        net: &Net,
        epochs: usize,
        validation: Option<&str>,
    ) -> Result<TrainConfig, Error> {
        let mut layers = Layers::default();
        if let Some(file) = &self.config {
            layers.file(file)?;
        }
        for assignment in &self.set {
            if let Some(key) = ["net", "epochs", "seed"].into_iter().find(|key| {
                assignment
                    .trim_start()
                    .strip_prefix(key)
                    .is_some_and(|rest| rest.trim_start().starts_with('='))
            }) {
                return Err(Error::Usage(format!(
                    "--set {assignment}: expected a setting that all runs have, found `{key}`, which each has its own of; see --families, --epochs and --seed"
                )));
            }
            set(&mut layers, assignment)?;
        }
        flag(&mut layers, "dataset", self.dataset.as_ref())?;
        flag(&mut layers, "size", self.size)?;
        flag(&mut layers, "channels", self.channels)?;
        flag(&mut layers, "fit", self.fit.as_ref())?;
        flag(&mut layers, "test_fraction", self.test_fraction)?;
        flag(&mut layers, "split_seed", self.split_seed)?;
        flag(&mut layers, "skip_bad", self.skip_bad.then_some(true))?;
        layers.value("net", net, "the network")?;
        layers.value("epochs", epochs, "--epochs")?;
        layers.value("seed", self.seed, "--seed")?;
        if let Some(part) = validation {
            let part: Part = part
                .parse()
                .map_err(|e: data::DataError| Error::Usage(e.to_string()))?;
            layers.value("validation", part, "--validation")?;
        }
        Ok(layers.resolve()?)
    }

    /// The arguments of the program that train such a run in a folder, or go on with it.
    ///
    /// # Errors
    ///
    /// As [`config`](Self::config).
    pub fn command(
        &self,
        net: &Net,
        epochs: usize,
        folder: &Path,
        data: Option<&Path>,
    ) -> Result<Vec<String>, Error> {
        let mut words = vec!["train".to_owned()];
        let mut add = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
        if let Some(file) = &self.config {
            add("--config", file.display().to_string());
        }
        for assignment in &self.set {
            add("--set", assignment.clone());
        }
        if let Some(dataset) = &self.dataset {
            add("--dataset", dataset.clone());
        }
        if let Some([height, width]) = self.size {
            add("--size", format!("{width}x{height}"));
        }
        if let Some(channels) = self.channels {
            add("--channels", channels.to_string());
        }
        if let Some(fit) = &self.fit {
            add("--fit", fit.clone());
        }
        if let Some(share) = self.test_fraction {
            add("--test-fraction", share.to_string());
        }
        if let Some(seed) = self.split_seed {
            add("--split-seed", seed.to_string());
        }
        if self.holds_out_by_itself(net)? {
            add("--validation", VALIDATION.into());
        }
        add("--seed", self.seed.to_string());
        add("--net", net.to_string());
        add("--epochs", epochs.to_string());
        if let Some(data) = data {
            add("--data", data.display().to_string());
        }
        add("--dashboard", "plain".into());
        add("--out", folder.display().to_string());
        words.push("--or-resume".into());
        if self.skip_bad {
            words.push("--skip-bad".into());
        }
        Ok(words)
    }

    /// The flags as they were given, for a suggested command.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut add = |flag: &str, value: &str| {
            words.extend([flag.to_owned(), crate::shell::quoted(value)]);
        };
        if let Some(dataset) = &self.dataset {
            add("--dataset", dataset);
        }
        if let Some([height, width]) = self.size {
            add("--size", &format!("{width}x{height}"));
        }
        if let Some(channels) = self.channels {
            add("--channels", &channels.to_string());
        }
        if let Some(fit) = &self.fit {
            add("--fit", fit);
        }
        if let Some(share) = self.test_fraction {
            add("--test-fraction", &share.to_string());
        }
        if let Some(seed) = self.split_seed {
            add("--split-seed", &seed.to_string());
        }
        if let Some(file) = &self.config {
            add("--config", &file.display().to_string());
        }
        self.set
            .iter()
            .for_each(|assignment| add("--set", assignment));
        if self.seed != 1 {
            add("--seed", &self.seed.to_string());
        }
        if self.skip_bad {
            words.push("--skip-bad".into());
        }
        words
    }

    /// Refuses names that no suggested command could hold.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] that shows it.
    pub fn must_be_writable(&self) -> Result<(), Error> {
        match &self.config {
            Some(file) => crate::shell::must_be_writable("--config", file),
            None => Ok(()),
        }
    }
}
