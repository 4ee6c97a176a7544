//! The parts that Burn's learner trains with.

mod batch;
mod classifier;
mod evaluate;
mod loss;
mod optimizer;
mod predictions;
mod schedule;
mod score;
mod scored;

pub use batch::{DeviceLoader, ImageBatch, MixedLabels};
pub use classifier::{Classifier, ClearMomentum, StepRules};
pub use evaluate::{evaluate, predict, reestimate_moments};
pub use optimizer::Sgd;
pub use predictions::score_each;
pub use schedule::{Restart, Scheduler};
pub use score::{Score, mean_softmax};
pub use scored::Scored;
