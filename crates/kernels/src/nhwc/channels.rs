//! A norm by known moments, its numbers side by side.

use crate::BatchNorm;

/// A norm, with the ReLU that may follow it, whose moments are known.
#[derive(Clone, Copy, Debug)]
pub struct Normed<'a> {
    /// Sizes and settings.
    pub norm: BatchNorm<'a>,
    /// The mean of each channel.
    pub mean: &'a [f32],
    /// The biased variance of each channel.
    pub var: &'a [f32],
}

/// What a norm does to each channel, as vectors.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    pub(super) mean: Vec<f32>,
    pub(super) inv_std: Vec<f32>,
    /// gamma · `inv_std`
    pub(super) scale: Vec<f32>,
    pub(super) beta: Vec<f32>,
    /// The ReLU's, or −∞.
    pub(super) floor: f32,
}

impl Channels {
    /// # Panics
    ///
    /// When there is not a number for each channel.
    pub(super) fn new(normed: &Normed<'_>) -> Self {
        let Normed { norm, mean, var } = normed;
        let lens = [Some(*mean), Some(*var), norm.gamma, norm.beta];
        for numbers in lens.into_iter().flatten() {
            assert_eq!(numbers.len(), norm.channels, "a number for each channel");
        }
        let each = |f: &dyn Fn(usize) -> f32| (0..norm.channels).map(f).collect::<Vec<_>>();
        let affine = |channel| norm.affine(channel, mean[channel], var[channel]);
        Self {
            mean: mean.to_vec(),
            inv_std: each(&|channel| affine(channel).inv_std),
            scale: each(&|channel| affine(channel).gamma * affine(channel).inv_std),
            beta: each(&|channel| affine(channel).beta),
            floor: if norm.relu { 0.0 } else { f32::NEG_INFINITY },
        }
    }
}

/// `G` channels of them. By reference: an array that is moved is copied by a call.
#[inline(always)]
pub(super) fn group<const G: usize>(numbers: &[f32], first: usize) -> &[f32; G] {
    numbers[first..].first_chunk().expect("a group of channels")
}
