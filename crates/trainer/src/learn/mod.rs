//! The parts that Burn's learner trains with.

mod average;
mod batch;
mod classifier;
mod distill;
mod evaluate;
mod loss;
mod optimizer;
mod predictions;
mod schedule;
mod score;
mod scored;

pub use average::Averaging;
pub use batch::{DeviceEpoch, DeviceLoader, ImageBatch, MixedLabels};
pub use classifier::{Classifier, ClearMomentum, StepRules};
pub use distill::Distill;
pub use evaluate::{evaluate, predict, reestimate_moments, settle_average};
pub use optimizer::{Decay, Sgd};
pub use predictions::score_each;
pub use schedule::{Restart, Scheduler};
pub use score::{Score, mean_softmax};
pub use scored::Scored;
