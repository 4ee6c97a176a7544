//! The learning rate of each step: the paper's cosine with warm restarts, or the steps that it compares with.

mod cosine;
mod steps;
mod warm_up;

pub use cosine::CosineRestarts;
pub use steps::Steps;
pub use warm_up::WarmUp;

/// A learning rate for each step of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// A cosine with warm restarts.
    Cosine(CosineRestarts),
    /// A constant that drops.
    Steps(Steps),
    /// One of these whose first steps have a part of its rate.
    WarmUp(WarmUp),
}

impl Schedule {
    /// The rate of step number `step`, from 0.
    pub fn rate(&self, step: usize) -> f64 {
        match self {
            Self::Cosine(cosine) => cosine.rate(step),
            Self::Steps(steps) => steps.rate(step),
            Self::WarmUp(warm_up) => warm_up.rate(step),
        }
    }

    /// Whether the rate restarts at `step`; steps never do.
    pub fn restarts_at(&self, step: usize) -> bool {
        match self {
            Self::Cosine(cosine) => cosine.restarts_at(step),
            Self::Steps(_) => false,
            Self::WarmUp(warm_up) => warm_up.then.restarts_at(step),
        }
    }
}
