//! Where in a run a checkpoint stands.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a run: so many epochs, and so many steps of the next one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Position {
    /// Epochs that are done.
    pub epoch: usize,
    /// Steps of the next epoch that are done.
    pub step: usize,
}

impl Position {
    /// The end of an epoch.
    pub fn end_of(epoch: usize) -> Self {
        Self { epoch, step: 0 }
    }

    /// Whether it is the end of an epoch; that of epoch 0 is the start.
    pub fn is_end_of_epoch(self) -> bool {
        self.step == 0
    }

    /// `3`, or within the epoch that follows `3-120`.
    pub(super) fn name(self) -> String {
        match self.step {
            0 => self.epoch.to_string(),
            step => format!("{}-{step}", self.epoch),
        }
    }

    /// What [`name`](Self::name) writes, and nothing else.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (epoch, step) = name.split_once('-').unwrap_or((name, "0"));
        let at = Self {
            epoch: epoch.parse().ok()?,
            step: step.parse().ok()?,
        };
        (at.name() == name).then_some(at)
    }
}

impl fmt::Display for Position {
    /// `after epoch 3`, or `in epoch 4, after step 120`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            0 => write!(f, "after epoch {}", self.epoch),
            step => write!(f, "in epoch {}, after step {step}", self.epoch + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_order() {
        let within = Position { epoch: 3, step: 12 };
        assert!(Position::end_of(3) < within && within < Position::end_of(4));
        for (at, name, said) in [
            (Position::end_of(3), "3", "after epoch 3"),
            (within, "3-12", "in epoch 4, after step 12"),
        ] {
            assert_eq!((at.name().as_str(), at.to_string().as_str()), (name, said));
            assert_eq!(Position::parse(name), Some(at));
        }
        for other in ["", "3-", "-3", "3-0", "03", "3-1-2", "+3", "x"] {
            assert_eq!(Position::parse(other), None, "{other}");
        }
    }
}
