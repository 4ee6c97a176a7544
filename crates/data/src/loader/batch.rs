//! One batch: which images it has, and their augmented pixels.

use crate::rng::{Stream, below, rng};
use crate::{AugmentSpec, Images};

/// B augmented images with their labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// B×C×H×W bytes.
    pub pixels: Vec<u8>,
    /// B class indices.
    pub labels: Vec<u16>,
    /// Which images of the dataset these are, B.
    pub indices: Vec<u32>,
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
    augment: &AugmentSpec,
    seed: u64,
    epoch: u64,
) -> Batch {
    let shape = images.shape();
    let size: usize = shape.iter().product();
    let mut pixels = vec![0; indices.len() * size];
    for (&index, pixels) in indices.iter().zip(pixels.chunks_exact_mut(size)) {
        let mut source = rng(seed, Stream::Augment, epoch, u64::from(index));
        augment.augment(images.image(index as usize), shape, &mut source, pixels);
    }
    let labels = indices
        .iter()
        .map(|&index| images.label(index as usize))
        .collect();
    Batch {
        pixels,
        labels,
        indices: indices.to_vec(),
    }
}
