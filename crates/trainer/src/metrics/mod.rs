//! What is measured while training, and where it is written.

mod earlier;
mod events;
mod recorder;
mod score;
mod throughput;
mod weights;

pub use events::EventFile;
pub use recorder::{Failure, Recorder, Session, SharedRecorder, Written};
pub use score::{ScoreKind, ScoreMetric, Total};
pub use throughput::Throughput;
pub use weights::WeightRecorder;

/// The metrics' names, in the dashboard and where their values are looked up.
pub const LOSS: &str = "Loss";
/// Wrong images in percent.
pub const ERROR: &str = "Error";
/// Images per second.
pub const THROUGHPUT: &str = "Throughput";
/// The optimiser's learning rate; the name is that of Burn's metric.
pub const LEARNING_RATE: &str = "Learning Rate";
