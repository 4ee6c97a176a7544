//! The parts that Burn's learner trains with.

mod batch;
mod classifier;
mod evaluate;
mod optimizer;
mod schedule;

pub use batch::{DeviceLoader, ImageBatch};
pub use classifier::{Classifier, ClearMomentum};
pub use evaluate::{Score, evaluate, reestimate_moments};
pub use optimizer::Sgd;
pub use schedule::{CosineRestarts, Restart, Scheduler};
