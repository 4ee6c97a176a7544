//! The score of a packed network.

use std::path::Path;
use std::sync::Arc;

use data::{Images, Source};
use runtime::{MAX_THREADS, Model};

use super::{Args, Scored};
use crate::cli::computer::{Activations, Computer};
use crate::cli::{all_threads, threads};
use crate::learn::Score;
use crate::{Error, carried, images};

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

pub(super) fn score(args: &Args, file: &Path) -> Result<Scored, Error> {
    let (scorer, model) = Scorer::new(args, file)?;
    Ok(Scored {
        score: scorer.score(&model)?,
        // A network from elsewhere may have numbers in place of names.
        class_names: scorer.test.class_names().to_vec(),
    })
}

impl Scorer {
    /// Scores in integers on a test set.
    pub fn integers(test: Images, seed: u64) -> Self {
        Self {
            test: Arc::new(test),
            activations: Activations::Integer,
            threads: all_threads(),
            crops: 1,
            seed,
        }
    }

    /// What the arguments ask for, and the network of the file.
    pub fn new(args: &Args, file: &Path) -> Result<(Self, Model), Error> {
        let threads = threads(args.threads, MAX_THREADS)?;
        let model = carried::load(file)?.model;
        let word = args.dataset.as_deref().unwrap_or_default();
        let dataset: Source = word
            .parse()
            .map_err(|e: data::DataError| Error::Usage(e.to_string()))?;
        let config = images::limited(
            &images::as_seen_by(&model, dataset.clone()),
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
        let integers = Computer::integers(model, self.activations)?;
        let mut computer = Computer::new(model, integers.as_ref(), self.activations, self.threads)?;
        let classes = model.classes();
        let mut score = Score::new(classes);
        let loader = images::evaluation_loader(&self.test, self.crops, self.seed, 1)?;
        let (mut logits, mut reals) = (Vec::new(), Vec::new());
        for batch in loader.epoch(0) {
            let batch = batch?;
            reals.resize(batch.len() * batch.views * classes, 0.0);
            let pixels = batch.pixels.chunks(BATCH * size);
            for (pixels, reals) in pixels.zip(reals.chunks_mut(BATCH * classes)) {
                computer.logits_batch(pixels, reals)?;
            }
            logits.clear();
            // Less the greatest of each image: what 32 bits round is then none that comes near it.
            for reals in reals.chunks(classes) {
                let greatest = match integers {
                    Some(_) => reals.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    None => 0.0,
                };
                logits.extend(reals.iter().map(|real| (real - greatest) as f32));
            }
            score.add(&logits, &batch.labels);
        }
        Ok(score)
    }
}
