//! What is measured while training, and where it is written.

mod lines;
mod recorder;
mod scored;
mod throughput;

pub use lines::{Histogram, WeightLine};
pub use recorder::{EpochLine, Recorder, SplitName};
pub use scored::{ScoreKind, ScoreMetric, Scored};
pub use throughput::Throughput;

/// The metrics' names, in the dashboard and where their values are looked up.
pub const LOSS: &str = "Loss";
/// Wrong images in percent.
pub const ERROR: &str = "Error";
/// Images per second.
pub const THROUGHPUT: &str = "Throughput";
/// The optimiser's learning rate; the name is that of Burn's metric.
pub const LEARNING_RATE: &str = "Learning Rate";
