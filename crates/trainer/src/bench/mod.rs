//! The time of a training step and of a batch through the engine, each checked before it is timed.

mod engine;
mod parameters;
mod reference;
mod report;
mod step;

use std::time::Instant;

use crate::Error;

pub use engine::{Deployed, random_model, time_engine};
pub use report::{Report, peak_mib};
pub use step::{Step, time_step};

/// The most threads that a training step is given.
pub const MAX_THREADS: usize = 1024;

/// Makes `threads` the number of rayon's threads, which Burn's CPU backends and our kernels share.
/// To be called before either is used.
///
/// # Errors
///
/// [`Error::Failed`] when the system has no such threads, or rayon started earlier.
pub fn use_threads(threads: usize) -> Result<(), Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build_global().map_err(|e| {
        Error::Failed(format!(
            "{threads} threads could not be started: {e}; try fewer with --threads"
        ))
    })
}

/// Seconds of each of `runs` calls.
fn timed(runs: usize, mut call: impl FnMut() -> Result<(), Error>) -> Result<Vec<f64>, Error> {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            call()?;
            Ok(start.elapsed().as_secs_f64())
        })
        .collect()
}

/// `len` bytes that look random and are the same each time.
fn random_bytes(len: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    (0..len).map(|_| byte()).collect()
}
