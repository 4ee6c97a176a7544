//! What the JSON lines of a run hold.

use serde::{Deserialize, Serialize};

/// One line of `weights.jsonl`: a convolution's latent weights at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightLine {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Name of the layer, as `trainer summary` has it.
    pub layer: String,
    /// How many weights it has.
    pub weights: usize,
    /// How many are +1: latent weights that are not negative.
    pub positive: usize,
    /// How many changed their sign since the end of the epoch before; of the first epoch, since the
    /// initial weights.
    pub flipped: usize,
    /// Of the latent weights, over the layer's initial standard deviation.
    pub histogram: Histogram,
}

/// Counts of numbers in intervals of equal width. What lies outside is counted at the ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Lower end of the first interval.
    pub from: f64,
    /// Upper end of the last.
    pub to: f64,
    /// Numbers in each.
    pub counts: Vec<u64>,
}
