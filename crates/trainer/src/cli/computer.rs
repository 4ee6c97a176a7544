//! What computes the logits of a packed network: the engine, or integers alone.

use clap::ValueEnum;
use runtime::integer::{Batch, Forward, Network};
use runtime::{Engine, Model, Options};

use super::all_threads;
use crate::{Error, room};

/// What the convolutions of a packed network read.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Activations {
    /// 32-bit numbers, as in training
    F32,
    /// 8-bit integers
    Int8,
    /// 8-bit integers, without any float: the same bits as the code of `export --to c`
    Integer,
}

/// What computes logits.
pub enum Computer<'a> {
    /// In 32-bit numbers, or with 8-bit activations; with room for a batch's logits.
    Engine(Engine, Vec<f32>),
    /// In integers.
    Integers(Batch<'a>),
}

impl<'a> Computer<'a> {
    /// The integers of a network, where these activations need them: a computer borrows them.
    ///
    /// # Errors
    ///
    /// When the network has no steps of 8-bit activations, or a node that integers lack.
    pub fn integers(model: &Model, activations: Activations) -> Result<Option<Network>, Error> {
        match activations {
            Activations::Integer => Ok(Some(Network::new(model)?)),
            Activations::F32 | Activations::Int8 => Ok(None),
        }
    }

    /// A computer on so many threads, with what [`integers`](Self::integers) gave.
    ///
    /// # Errors
    ///
    /// As [`integers`](Self::integers).
    pub fn new(
        model: &Model,
        integers: Option<&'a Network>,
        activations: Activations,
        threads: usize,
    ) -> Result<Self, Error> {
        let activations = match (integers, activations) {
            // Each has tables of its own: more than run at once would only take memory.
            (Some(network), _) => {
                let threads = threads.min(all_threads());
                let needed = Forward::memory(network).saturating_mul(threads as u64);
                room::must_have(
                    "what the network computes of an image",
                    needed,
                    "compute on fewer threads with --threads, since each takes memory of its own",
                )?;
                return Ok(Self::Integers(Batch::new(network, threads)));
            }
            (None, Activations::Int8) => runtime::Activations::Int8,
            (None, _) => runtime::Activations::F32,
        };
        let options = Options::default()
            .with_threads(threads)
            .with_activations(activations);
        let threads = room::threads(model, options, usize::MAX)?;
        let engine = Engine::new(model, options.with_threads(threads))?;
        Ok(Self::Engine(engine, Vec::new()))
    }

    /// The logits of several images.
    ///
    /// # Errors
    ///
    /// When these are no such images.
    pub fn logits_batch(&mut self, images: &[u8], logits: &mut [f64]) -> Result<(), Error> {
        match self {
            Self::Engine(engine, singles) => {
                singles.resize(logits.len(), 0.0);
                engine.logits_batch(images, singles)?;
                for (logit, &single) in logits.iter_mut().zip(singles.iter()) {
                    *logit = f64::from(single);
                }
            }
            Self::Integers(integers) => integers.logits_batch(images, logits)?,
        }
        Ok(())
    }
}
