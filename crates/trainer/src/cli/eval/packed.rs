//! The score of a packed network.

use std::path::Path;
use std::sync::Arc;

use data::{Images, Source};
use run::TrainConfig;
use runtime::integer::Network;
use runtime::{Engine, MAX_THREADS, Model, Options, RuntimeError};

use super::integers::Integers;
use super::{Activations, Args};
use crate::cli::{all_threads, threads};
use crate::learn::Score;
use crate::{Error, images};

/// Images that are classified at a time.
const BATCH: usize = 250;

/// A test set, and how a packed network is scored on it.
pub struct Scorer {
    test: Arc<Images>,
    activations: Activations,
    threads: usize,
    crops: usize,
    seed: u64,
}

pub fn score(args: &Args, file: &Path) -> Result<Score, Error> {
    let (scorer, model) = Scorer::new(args, file)?;
    scorer.score(&model)
}

impl Scorer {
    /// What the arguments ask for, and the network of the file.
    pub fn new(args: &Args, file: &Path) -> Result<(Self, Model), Error> {
        let threads = threads(args.threads, MAX_THREADS)?;
        let model = Model::load(file).map_err(failed)?;
        let word = args.dataset.as_deref().unwrap_or_default();
        let dataset: Source = word
            .parse()
            .map_err(|e: data::DataError| Error::Usage(e.to_string()))?;
        let config = images::limited(
            &TrainConfig::recipe(dataset.clone()),
            args.limit.unwrap_or(0),
        );
        let test = images::load(&config, &args.root.path())?.test;
        images::must_fit(&model, &test, &dataset)?;
        let scorer = Self {
            test: Arc::new(test),
            activations: args.activations,
            threads,
            crops: args.crops,
            seed: config.seed,
        };
        Ok((scorer, model))
    }

    /// The score of a network that takes the same images as the file's.
    pub fn score(&self, model: &Model) -> Result<Score, Error> {
        let size = model.image_len();
        let network;
        let engine = |activations| Computer::engine(model, self.threads, activations);
        let mut computer = match self.activations {
            Activations::F32 => engine(runtime::Activations::F32)?,
            Activations::Int8 => engine(runtime::Activations::Int8)?,
            Activations::Integer => {
                network = Network::new(model).map_err(failed)?;
                // Each has tables of its own: more than run at once would only take memory.
                Computer::Integers(Integers::new(&network, self.threads.min(all_threads())))
            }
        };
        let classes = model.classes();
        let mut score = Score::new(classes);
        let loader = images::evaluation_loader(&self.test, self.crops, self.seed, 1)?;
        let mut logits = Vec::new();
        for batch in loader.epoch(0) {
            let batch = batch?;
            logits.resize(batch.len() * batch.views * classes, 0.0);
            let pixels = batch.pixels.chunks(BATCH * size);
            for (pixels, logits) in pixels.zip(logits.chunks_mut(BATCH * classes)) {
                match &mut computer {
                    Computer::Engine(engine) => engine.logits_batch(pixels, logits),
                    Computer::Integers(integers) => integers.logits_batch(pixels, size, logits),
                }
                .map_err(failed)?;
            }
            score.add(&logits, &batch.labels);
        }
        Ok(score)
    }
}

/// What computes logits.
enum Computer<'a> {
    Engine(Engine),
    Integers(Integers<'a>),
}

impl Computer<'_> {
    fn engine(
        model: &Model,
        threads: usize,
        activations: runtime::Activations,
    ) -> Result<Self, Error> {
        let options = Options::default()
            .with_threads(threads)
            .with_activations(activations);
        Ok(Self::Engine(Engine::new(model, options).map_err(failed)?))
    }
}

fn failed(error: RuntimeError) -> Error {
    error.into()
}
