//! The parts that Burn's learner trains with.

mod batch;
mod classifier;
mod evaluate;
mod optimizer;
mod schedule;
mod score;

pub use batch::{DeviceLoader, ImageBatch};
pub use classifier::{Classifier, ClearMomentum, StepRules};
pub use evaluate::{evaluate, predict, reestimate_moments};
pub use optimizer::Sgd;
pub use schedule::{CosineRestarts, Restart, Schedule, Scheduler, Steps};
pub use score::{Score, mean_softmax};
