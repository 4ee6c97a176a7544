//! What an op runs on: instructions, threads, and scratch memory kept between calls.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::lookup::LookupScratch;
use crate::scratch::{Scratch, ScratchPool};
use crate::{Algorithm, Conv2d, ConvOp, Isa, Parallel};

/// Instructions, threads and scratch memory. Make one and keep it; any number of threads may share it.
pub struct ExecContext {
    isa: Isa,
    /// In place of the choice, wherever it fits.
    forced: Option<Algorithm>,
    parallel: Box<dyn Parallel + Send + Sync>,
    pool: ScratchPool,
    lookups: Mutex<Vec<LookupScratch>>,
}

impl ExecContext {
    /// A context that runs its tasks on `parallel`.
    pub fn new(isa: Isa, parallel: impl Parallel + Send + 'static) -> Self {
        Self {
            isa,
            forced: None,
            parallel: Box::new(parallel),
            pool: ScratchPool::default(),
            lookups: Mutex::default(),
        }
    }

    /// For measurements: convolutions go by `algorithm` wherever it [fits](Algorithm::fits), in place of what is chosen.
    pub fn with_algorithm(self, algorithm: Algorithm) -> Self {
        let forced = Some(algorithm);
        Self { forced, ..self }
    }

    /// How a convolution is computed.
    pub(crate) fn algorithm(&self, op: ConvOp, shape: &Conv2d) -> Algorithm {
        let forced = self.forced.filter(|algorithm| algorithm.fits(op, shape));
        forced.unwrap_or_else(|| Algorithm::choose(self.isa, op, shape))
    }

    /// The instructions in use.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// How many tasks can run at once.
    pub fn threads(&self) -> usize {
        self.parallel.threads()
    }

    /// `len` floats of unspecified value, starting on a cache line, given back when dropped.
    pub(crate) fn scratch(&self, len: usize) -> Scratch<'_> {
        self.pool.take(len)
    }

    /// Calls `task` with memory for look-ups, which is kept for the next call.
    pub(crate) fn with_lookups<R>(
        &self,
        lines: usize,
        task: impl FnOnce(&mut LookupScratch) -> R,
    ) -> R {
        let kept = || self.lookups.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept().pop();
        let mut scratch = match found {
            Some(scratch) if scratch.lines() >= lines => scratch,
            _ => LookupScratch::new(lines),
        };
        let result = task(&mut scratch);
        kept().push(scratch);
        result
    }

    /// Hands each part to one task. The parts are usually disjoint `chunks_mut` of the outputs.
    pub(crate) fn run<P: Send>(
        &self,
        parts: impl Iterator<Item = P>,
        task: impl Fn(usize, P) + Sync,
    ) {
        let parts: Vec<_> = parts.map(|part| Mutex::new(Some(part))).collect();
        self.parallel.run(parts.len(), &|index| {
            let part = parts[index].lock().ok().and_then(|mut slot| slot.take());
            task(index, part.expect("a task index comes once"));
        });
    }
}

impl fmt::Debug for ExecContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecContext")
            .field("isa", &self.isa)
            .field("threads", &self.threads())
            .finish_non_exhaustive()
    }
}
