//! What computes logits: the engine, or integers alone.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use runtime::integer::{Batch, Network};
use runtime::{Activations, Engine, Model, Options, RuntimeError};
use word_list::{Cut, Meant, nearest, word_list};

word_list! {
    /// What convolutions compute with.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Arithmetic {
        /// 32-bit numbers, as in training.
        Float = "float",
        /// 8-bit integers between layers of floats.
        Int8 = "int8",
        /// Integers alone, to the last bit as C on a board.
        Integer = "integer",
    }
}

impl Arithmetic {
    /// That of a word, or what is wrong with it.
    pub fn of(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|entry| entry.name() == word)
            .ok_or_else(|| {
                let meant = Meant(nearest(Self::WORDS, word));
                let words = Self::WORDS.join(", ");
                format!("arithmetic: expected {words}, found `{}`{meant}", Cut(word))
            })
    }
}

/// A network ready to compute.
pub enum Computer {
    /// With room for a batch's logits.
    Engine(Engine, Vec<f32>),
    /// In integers alone.
    Integers(Batch<'static>),
}

impl Computer {
    /// One on so many threads.
    ///
    /// # Errors
    ///
    /// When the network has no steps of 8-bit activations, or a node that integers lack.
    pub fn new(
        model: &Model,
        arithmetic: Arithmetic,
        threads: usize,
    ) -> Result<Self, RuntimeError> {
        let activations = match arithmetic {
            Arithmetic::Float => Activations::F32,
            Arithmetic::Int8 => Activations::Int8,
            Arithmetic::Integer => {
                let network = Arc::new(Network::new(model)?);
                // Each thread has tables of its own: more than run at once would only take memory.
                let threads = threads.min(all_threads());
                return Ok(Self::Integers(Batch::sharing(&network, threads)));
            }
        };
        let options = Options::default()
            .with_threads(threads)
            .with_activations(activations);
        Ok(Self::Engine(Engine::new(model, options)?, Vec::new()))
    }

    /// The logits of several images, one after the other.
    ///
    /// # Errors
    ///
    /// When these are no such images.
    pub fn logits(&mut self, images: &[u8], logits: &mut [f64]) -> Result<(), RuntimeError> {
        match self {
            Self::Engine(engine, singles) => {
                singles.resize(logits.len(), 0.0);
                engine.logits_batch(images, singles)?;
                for (logit, &single) in logits.iter_mut().zip(singles.iter()) {
                    *logit = f64::from(single);
                }
                Ok(())
            }
            Self::Integers(batch) => batch.logits_batch(images, logits),
        }
    }
}

/// The processors that there are.
pub fn all_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Computers that nobody uses at the moment, each with the process that it was made in: its threads are there alone. Python
/// forks between two calls, and a child would wait for them without end.
#[derive(Default)]
pub struct Idle(Mutex<Vec<(u32, Computer)>>);

impl Idle {
    /// One that a call may use. A call that panics does not give it back.
    pub fn take(&self) -> Option<Computer> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((process, computer)) = idle.pop() {
            if process == std::process::id() {
                return Some(computer);
            }
            // It would wait for threads that are not there.
            mem::forget(computer);
        }
        None
    }

    /// For the next call.
    pub fn give(&self, computer: Computer) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push((std::process::id(), computer));
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        while let Some(computer) = self.take() {
            drop(computer);
        }
    }
}
