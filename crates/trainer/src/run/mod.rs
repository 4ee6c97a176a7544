//! A run's folder.
//!
//! ```text
//! config.toml          every setting, resolved, and which versions and commits trained it; written before the first step
//! network.json         the network's nodes, class names, image shape, and of the data name, place, counts and digests
//! metrics.jsonl        a line per epoch and split; metrics.csv the same as a table
//! steps.jsonl          a line per step
//! weights.jsonl        a line per epoch and convolution: signs, flips, latent weights
//! events/              loss, error and rates for TensorBoard, a file per session
//! checkpoint/          {model,optim,scheduler}-EPOCH.bpk, the last few epochs
//! model.bpk            the trained network, batch-norm moments re-estimated
//! result.json          the test score of model.bpk
//! calibration.json     the steps of 8-bit activations, from training images
//! predictions.csv      what model.bpk makes of each test image
//! run.lock             held by the process that trains
//! ```

mod about;
mod checkpoint;
mod files;
mod folder;
mod kept;
mod lock;
mod old_record;
mod protect;
mod result;

pub use about::{About, AboutData, Preprocessing, Steps};
pub use checkpoint::{AsideCheckpointer, check as check_checkpoint};
pub use files::{read_bytes, write_aside};
pub use folder::RunDir;
pub use kept::{Calibration, Prediction, read_predictions, write_predictions};
pub use protect::{must_protect_runs, must_protect_source};
pub use result::{CropsResult, Host, RunResult};
