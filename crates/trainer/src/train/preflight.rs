//! What would keep a run from beginning, found without beginning it: for many runs, which are checked before the first.

use std::path::Path;
use std::sync::Arc;

use data::{Images, Splits};
use run::TrainConfig;
use run::images::data_of;

use super::{Asked, batch_size, hold_out, levers, train_loader};
use crate::images::{evaluation_loader, limit, load_whole};
use crate::init::{Init, Teacher, learning};
use crate::{Error, device};

/// The images of configs that want the same ones. Nothing is said of them: each run does that.
pub struct Preflight {
    train: Arc<Images>,
    /// Images that are held out, or that the data bring to choose by.
    validation: usize,
    test: Arc<Images>,
}

impl Preflight {
    /// What configs have in common that want the same images: a text that is equal for these alone.
    pub fn key(config: &TrainConfig) -> String {
        let data = TrainConfig {
            limit_train: config.limit_train,
            limit_test: config.limit_test,
            // Where no seed says which images are held out, that of the run does.
            seed: config.split_seed.map_or(config.seed, |_| 0),
            ..data_of(config)
        };
        format!("{data:?}")
    }

    /// Loads the images of a config from the data root `root`.
    ///
    /// # Errors
    ///
    /// As [`Training::prepare`](super::Training::prepare), of the data.
    pub fn load(config: &TrainConfig, root: &Path) -> Result<Self, Error> {
        let (whole, _) = load_whole(config, root)?;
        let Splits {
            train,
            validation,
            test,
            ..
        } = limit(config, whole);
        let (train, held_out) = hold_out(config, train, validation, &Asked::default())?;
        Ok(Self {
            train: train.into(),
            validation: held_out.map_or(0, |images| images.len()),
            test: test.into(),
        })
    }

    /// Channels, height and width of the images, and the names of their classes.
    pub fn seen(&self) -> ([usize; 3], &[String]) {
        (self.test.shape(), self.test.class_names())
    }

    /// How many images there are to choose by.
    pub fn validation(&self) -> usize {
        self.validation
    }

    /// Steps of an epoch of a run with this config.
    ///
    /// # Errors
    ///
    /// As [`must_take`](Self::must_take), of its device and batch.
    pub fn steps(&self, config: &TrainConfig) -> Result<usize, Error> {
        let mut config = config.clone();
        let devices = device::find_all(&config.device)?.len();
        batch_size::fit(&mut config, self.train.len(), devices)?;
        Ok(self.train.len() / config.batch_size)
    }

    /// Refuses a config that no run on these images can have: its device, network, batch, augmentation, and the trained
    /// weights that it starts from.
    ///
    /// # Errors
    ///
    /// As [`Training::prepare`](super::Training::prepare) and [`Training::init`](super::Training::init).
    pub fn must_take(&self, config: &TrainConfig) -> Result<(), Error> {
        let mut config = config.clone();
        let devices = device::find_all(&config.device)?.len();
        let names = self.test.class_names();
        let graph = config.graph(self.test.shape(), names.len())?;
        batch_size::fit(&mut config, self.train.len(), devices)?;
        batch_size::must_be_shared(&config, devices)?;
        levers::check(&config, &graph, devices)?;
        if let Some(place) = &config.teacher {
            Teacher::read(Path::new(place), self.test.shape(), names)?;
        }
        train_loader(&config, &self.train)?;
        let views = config.test_crops.max(1);
        evaluation_loader(&self.test, views, config.seed, config.workers)?;
        if let Some(place) = &config.init {
            learning(&graph, config.freeze, &config.net.to_string())?;
            Init::read(Path::new(place), &graph, names, config.freeze)?;
        }
        Ok(())
    }
}
