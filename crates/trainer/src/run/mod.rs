//! A run's folder.
//!
//! ```text
//! config.toml          every setting, resolved, and which versions and commits trained it; written before the first step
//! metrics.jsonl        a line per epoch and split; metrics.csv the same as a table
//! steps.jsonl          a line per step
//! weights.jsonl        a line per epoch and convolution: signs, flips, latent weights
//! events/              loss, error and rates for TensorBoard, a file per session
//! checkpoint/          {model,optim,scheduler}-EPOCH.bpk, the last few epochs
//! model.bpk            the trained network, batch-norm moments re-estimated
//! result.json          the test score of model.bpk
//! run.lock             held by the process that trains
//! ```

mod checkpoint;
mod files;
mod folder;
mod lock;
mod result;
mod spare;

pub use checkpoint::{AsideCheckpointer, check as check_checkpoint};
pub use files::{read_bytes, write_aside};
pub use folder::RunDir;
pub use result::{CropsResult, RunResult};
pub use spare::{must_spare_runs, must_spare_source};
