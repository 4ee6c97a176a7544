//! One batch: which images it has, and their augmented pixels.

use super::LoaderConfig;
use super::order::Turn;
use crate::rng::{Stream, rng};
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

/// The batch of the images that have these turns.
pub(super) fn make(
    images: &Images,
    turns: &[Turn],
    config: &LoaderConfig,
    epoch: u64,
) -> Result<Batch, DataError> {
    let views = config.views;
    // The crops that a network is tested by are the same whenever it is tested.
    let epoch = if views > 1 { 0 } else { epoch };
    let size: usize = images.shape().iter().product::<usize>() * views;
    let mut pixels = vec![0; turns.len() * size];
    for (turn, pixels) in turns.iter().zip(pixels.chunks_exact_mut(size)) {
        let mut source = rng(config.seed, Stream::Augment, epoch, turn.address());
        images.view(
            turn.index as usize,
            &config.augment,
            views,
            &mut source,
            pixels,
        )?;
    }
    let indices: Vec<u32> = turns.iter().map(|turn| turn.index).collect();
    let label = |&index: &u32| images.label(index as usize);
    let labels = indices.iter().map(label).collect();
    Ok(Batch {
        pixels,
        labels,
        indices,
        views,
    })
}
