//! One batch: which images it has, and their augmented pixels.

use super::LoaderConfig;
use crate::rng::{Stream, below, rng};
use crate::{DataError, Images};

/// B augmented images with their labels.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// (B·V)×C×H×W bytes: the V views of each image one after the other.
    pub pixels: Vec<u8>,
    /// B class indices.
    pub labels: Vec<u16>,
    /// Which images of the dataset these are, B.
    pub indices: Vec<u32>,
    /// Views of each image, V.
    pub views: usize,
}

impl Batch {
    /// The number of images, B.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image; no batch of a [`Loader`](crate::Loader) is empty.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// The order of an epoch: the dataset's own, or a uniform permutation from (`seed`, `epoch`).
pub(super) fn order(len: usize, shuffle: bool, seed: u64, epoch: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..len as u32).collect(); // `Images` has no more than u32::MAX
    if shuffle {
        let mut source = rng(seed, Stream::Order, epoch, 0);
        for last in (1..len).rev() {
            order.swap(last, below(&mut source, last as u64 + 1) as usize); // Fisher-Yates
        }
    }
    order
}

/// The batch of the images `indices`.
pub(super) fn make(
    images: &Images,
    indices: &[u32],
    config: &LoaderConfig,
    epoch: u64,
) -> Result<Batch, DataError> {
    let views = config.views;
    // The crops that a network is tested by are the same whenever it is tested.
    let epoch = if views > 1 { 0 } else { epoch };
    let size: usize = images.shape().iter().product::<usize>() * views;
    let mut pixels = vec![0; indices.len() * size];
    for (&index, pixels) in indices.iter().zip(pixels.chunks_exact_mut(size)) {
        let mut source = rng(config.seed, Stream::Augment, epoch, u64::from(index));
        images.view(index as usize, &config.augment, views, &mut source, pixels)?;
    }
    let labels = indices
        .iter()
        .map(|&index| images.label(index as usize))
        .collect();
    Ok(Batch {
        pixels,
        labels,
        indices: indices.to_vec(),
        views,
    })
}
