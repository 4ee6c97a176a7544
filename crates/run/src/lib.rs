//! A run, without what trains it: its settings, its folder, and what the files in it hold. Nothing here knows Burn, so
//! whatever reads runs builds in seconds.
//!
//! ```
//! use run::config::Layers;
//! use run::{RunDir, RunError};
//!
//! # let root = tempfile::tempdir().unwrap();
//! # let folder = &root.path().join("run");
//! // The paper's recipe for the dataset, with other settings laid over it.
//! let mut layers = Layers::default();
//! layers.toml("dataset = 'mnist'\nepochs = 14", "mine.toml")?;
//! let config = layers.resolve()?;
//! RunDir::create(folder, &config, "0.2.0")?;
//!
//! let (run, config) = RunDir::open(folder)?;
//! assert_eq!(config.run_name(), "mnist-wrn-20-4-1bit");
//! assert_eq!(run.newest_checkpoint(), None);
//! assert!(run.result()?.is_none(), "no training has finished");
//! # Ok::<(), RunError>(())
//! ```
//!
//! `cargo run -p onebit-run --example results -- RUN…` prints how runs did.
//!
//! | module | holds |
//! | --- | --- |
//! | [`config`] | every setting of a run; the paper's recipes; settings laid over them |
//! | [`schedule`] | the learning rate of each step |
//! | [`metrics`] | the lines of `metrics.jsonl`, `steps.jsonl` and `weights.jsonl`, and the table of the first |
//! | [`images`] | the images that a config asks for |
//! | [`checkpoints`] | which checkpoints there are, and their manifests; what is in the parts only the trainer knows |
//! | [`many`] | runs together: lists of seeds, sweeps, means over seeds, gaps between kinds of weights |
//! | [`memory`] | what training takes, and what there is |
//! | [`numbers`] | numbers as people read them |
//!
//! A run's folder is a [`RunDir`]:
//!
//! ```text
//! config.toml          every setting, resolved, and which versions and commits trained it; written before the first step
//! network.json         the network's nodes, class names, image shape, and of the data name, place, counts and digests
//! metrics.jsonl        a line per epoch and split; metrics.csv the same as a table
//! steps.jsonl          a line per step
//! weights.jsonl        a line per epoch and convolution: signs, flips, latent weights
//! augmented.png        some training images as they are and as the network sees them
//! events/              loss, error and rates for TensorBoard, a file per session
//! checkpoint/          the last few epochs, and the last moments within one: see [`checkpoints`]
//! model.bpk            the trained network, batch-norm moments re-estimated
//! result.json          the digest of model.bpk and its test score, with errors per class
//! calibration.json     the steps of 8-bit activations, from training images
//! rejection.json       how sure the network is of its validation images
//! predictions.csv      what model.bpk makes of each test image
//! run.lock             held by the process that trains
//! ```

mod about;
pub mod checkpoints;
pub mod config;
mod digest;
mod error;
mod files;
mod folder;
mod free;
mod id;
pub mod images;
mod kept;
mod lock;
pub mod many;
mod margins;
pub mod memory;
pub mod metrics;
pub mod numbers;
mod place;
mod protect;
mod result;
pub mod schedule;
mod scores;

pub use about::{About, AboutData, AboutInit, Computes, Preprocessing, Steps};
pub use config::TrainConfig;
pub use digest::sha256;
pub use error::RunError;
pub use files::{
    MAX_LINES, append, must_be_folder, read_bytes, read_record, read_text, write_aside,
};
pub use folder::RunDir;
pub use free::must_be_apart;
pub use kept::{
    Calibration, Prediction, read_augmented, read_predictions, write_augmented, write_predictions,
};
pub use margins::Margins;
pub use protect::{must_protect_runs, must_protect_source};
pub use result::{CropsResult, Host, RunResult};
pub use scores::{ClassScore, ClassScores, ClassTally};
