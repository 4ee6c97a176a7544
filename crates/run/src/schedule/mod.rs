//! The learning rate of each step: the paper's cosine with warm restarts, or the steps that it compares with.

mod cosine;
mod steps;

pub use cosine::CosineRestarts;
pub use steps::Steps;

/// A learning rate for each step of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// A cosine with warm restarts.
    Cosine(CosineRestarts),
    /// A constant that drops.
    Steps(Steps),
}

impl Schedule {
    /// The rate of step number `step`, from 0.
    pub fn rate(&self, step: usize) -> f64 {
        match self {
            Self::Cosine(cosine) => cosine.rate(step),
            Self::Steps(steps) => steps.rate(step),
        }
    }

    /// Whether the rate restarts at `step`; steps never do.
    pub fn restarts_at(&self, step: usize) -> bool {
        match self {
            Self::Cosine(cosine) => cosine.restarts_at(step),
            Self::Steps(_) => false,
        }
    }
}
