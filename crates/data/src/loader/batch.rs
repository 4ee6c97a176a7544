//! One batch: which images it has, and their augmented pixels.

use std::sync::Arc;

use rand_pcg::Pcg64Mcg;

use super::LoaderConfig;
use super::order::{Partners, Turn, by_class};
use crate::augment::{Share, mix, share};
use crate::rng::{Stream, rng};
use crate::{Balance, DataError, Images};

/// B augmented images with their labels.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// (B·V)×C×H×W bytes: the V views of each image one after the other.
    pub pixels: Vec<u8>,
    /// B class indices.
    pub labels: Vec<u16>,
    /// With [mixup](crate::AugmentOp::Mixup), what the images are mixed with.
    pub mixed: Option<Mixed>,
    /// Which images of the dataset these are, B.
    pub indices: Vec<u32>,
    /// Views of each image, V.
    pub views: usize,
}

/// The other images that those of a batch are mixed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mixed {
    /// B class indices.
    pub labels: Vec<u16>,
    /// The share of the batch's own image in each mean, in 256ths: 128 to 256, so it is the larger.
    pub shares: Vec<Share>,
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

/// Makes the batches of an epoch.
pub(super) struct Maker {
    images: Arc<Images>,
    config: LoaderConfig,
    epoch: u64,
    partners: Partners,
}

/// The greatest α of mixup, in thousandths: with larger ones most draws would be in vain.
pub(super) const MAX_MIXUP: u32 = 4000;

impl Maker {
    pub fn new(images: Arc<Images>, config: LoaderConfig, epoch: u64) -> Self {
        // The crops that a network is tested by are the same whenever it is tested.
        let epoch = if config.views > 1 { 0 } else { epoch };
        let partners = match (config.augment.mixup, config.balance) {
            (0, _) | (_, Balance::None | Balance::Weight) => Partners::OfAll(images.len()),
            (_, Balance::Sample) => Partners::OfClasses(by_class(&images)),
        };
        Self {
            images,
            config,
            epoch,
            partners,
        }
    }

    /// The batch of the images that have these turns.
    pub fn batch(&self, turns: &[Turn]) -> Result<Batch, DataError> {
        let (images, views) = (&self.images, self.config.views);
        let size: usize = images.shape().iter().product::<usize>() * views;
        let mut pixels = vec![0; turns.len() * size];
        let mut mixed = (self.config.augment.mixup > 0).then(Mixed::default);
        for (turn, pixels) in turns.iter().zip(pixels.chunks_exact_mut(size)) {
            let address = turn.address();
            let mut source = rng(self.config.seed, Stream::Augment, self.epoch, address);
            self.view(turn.index, &mut source, pixels)?;
            if let Some(mixed) = &mut mixed {
                self.mix(address, pixels, mixed)?;
            }
        }
        let indices: Vec<u32> = turns.iter().map(|turn| turn.index).collect();
        let label = |&index: &u32| images.label(index as usize);
        let labels = indices.iter().map(label).collect();
        Ok(Batch {
            pixels,
            labels,
            mixed,
            indices,
            views,
        })
    }

    /// Mixes an image with another one, which is augmented too.
    fn mix(&self, address: u64, pixels: &mut [u8], mixed: &mut Mixed) -> Result<(), DataError> {
        let mut source = rng(self.config.seed, Stream::Mixup, self.epoch, address);
        let share = share(self.config.augment.mixup, &mut source);
        let partner = self.partners.draw(&mut source);
        let mut other = vec![0; pixels.len()];
        self.view(partner, &mut source, &mut other)?;
        mix(pixels, &other, share);
        mixed.labels.push(self.images.label(partner as usize));
        mixed.shares.push(share);
        Ok(())
    }

    fn view(&self, index: u32, source: &mut Pcg64Mcg, pixels: &mut [u8]) -> Result<(), DataError> {
        let (augment, views) = (&self.config.augment, self.config.views);
        let index = index as usize;
        self.images.view(index, augment, views, source, pixels)
    }
}
