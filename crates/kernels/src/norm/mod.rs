//! Batch normalisation, with or without a ReLU after it.

mod backward;
mod forward;
mod moments;

pub use backward::batch_norm_grad;
pub use forward::{batch_moments, batch_norm, batch_norm_apply};

/// Floats of one task.
const CHUNK: usize = 1 << 14;
/// Floats summed in one go, small enough for the first-level cache; longer sums are combined in `f64`.
const SEGMENT: usize = 2048;
/// Partial sums side by side, so that a sum is vectors of additions in an order of our choosing.
const LANES: usize = 32;

/// Sizes and settings: `y = relu?(gamma · (x − mean) / sqrt(var + epsilon) + beta)`, per channel.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm<'a> {
    /// Images.
    pub batch: usize,
    /// Channels of each.
    pub channels: usize,
    /// Pixels of each: height · width.
    pub pixels: usize,
    /// The scale of each channel, or 1.
    pub gamma: Option<&'a [f32]>,
    /// The offset of each channel, or 0.
    pub beta: Option<&'a [f32]>,
    /// Added to the variance.
    pub epsilon: f32,
    /// Whether a ReLU follows.
    pub relu: bool,
}

impl BatchNorm<'_> {
    /// Floats of the input: `[batch, channels, pixels]`.
    pub fn len(&self) -> usize {
        self.batch * self.channels * self.pixels
    }

    /// Whether there is no float.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Maps (one channel of one image) of one task.
    fn planes(&self) -> usize {
        (CHUNK / self.pixels).max(1)
    }

    pub(crate) fn affine(&self, channel: usize, mean: f32, var: f32) -> Affine {
        let inv_std = 1.0 / (var + self.epsilon).sqrt();
        Affine {
            mean,
            inv_std,
            gamma: self.gamma.map_or(1.0, |gamma| gamma[channel]),
            beta: self.beta.map_or(0.0, |beta| beta[channel]),
        }
    }

    fn assert_lens(&self, x: &[f32], y: &[f32], mean: &[f32], var: &[f32]) {
        assert_eq!(x.len(), self.len(), "input of {self:?}");
        assert_eq!(y.len(), self.len(), "output of {self:?}");
        assert_eq!(mean.len(), self.channels, "means");
        assert_eq!(var.len(), self.channels, "variances");
        for given in [self.gamma, self.beta].into_iter().flatten() {
            assert_eq!(given.len(), self.channels, "gamma or beta");
        }
    }
}

/// What happens to one channel.
#[derive(Clone, Copy)]
pub(crate) struct Affine {
    pub(crate) mean: f32,
    pub(crate) inv_std: f32,
    pub(crate) gamma: f32,
    pub(crate) beta: f32,
}

impl Affine {
    /// Before the ReLU. The backward pass repeats these very operations to find what the ReLU cut off.
    #[inline(always)]
    fn apply(self, x: f32) -> f32 {
        (x - self.mean) * (self.gamma * self.inv_std) + self.beta
    }
}
