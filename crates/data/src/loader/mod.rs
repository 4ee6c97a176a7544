//! Batches of augmented images: the same ones, bit for bit, with any number of workers.
//!
//! The order of an epoch is a permutation drawn from (seed, epoch); an image's augmentation is
//! drawn from (seed, epoch, index of the image), and where the image comes several times in an epoch
//! ([`Balance::Sample`]) from the number of the time too. Neither knows of workers, of batches, or of the
//! epochs before, so a run resumed at epoch 7 sees what the uninterrupted one saw.

mod batch;
mod order;
mod prefetch;
mod sheet;

use std::sync::Arc;

pub use batch::{Batch, Mixed};
use batch::{MAX_MIXUP, Maker};
use order::order;
use prefetch::Prefetch;
pub use sheet::Sheet;

use crate::{AugmentSpec, Balance, DataError, Images};

/// How a [`Loader`] makes its batches.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoaderConfig {
    /// Images a batch, 1 or more.
    pub batch_size: usize,
    /// Whether each epoch has its own random order, or that of the dataset.
    pub shuffle: bool,
    /// What is done where some classes have more images than others. [`Balance::Sample`] asks for
    /// `shuffle`.
    pub balance: Balance,
    /// Whether to drop a last batch that is not full. For training; evaluation keeps all images.
    pub drop_last: bool,
    /// What is done to each image.
    pub augment: AugmentSpec,
    /// Views of each image in a batch: 1, or for photographs that are not augmented up to 25, the
    /// crops that the paper's "multi" results average over. Their places depend on `seed` and the
    /// image only, not on the epoch.
    pub views: usize,
    /// Decides order and augmentation.
    pub seed: u64,
    /// Threads that make batches in advance; with 0, [`Epoch::next`] makes them itself. At most 256.
    pub workers: usize,
    /// Batches that may be made or in the making before the consumer asks; 0 counts as 1. No more
    /// than this many workers are of use.
    pub prefetch: usize,
}

/// The paper's minibatch of 125, shuffled, whole batches only, one worker.
impl Default for LoaderConfig {
    fn default() -> Self {
        Self {
            batch_size: 125,
            shuffle: true,
            balance: Balance::None,
            drop_last: true,
            augment: AugmentSpec::NONE,
            views: 1,
            seed: 0,
            workers: 1,
            prefetch: 4,
        }
    }
}

impl LoaderConfig {
    /// Sets [`batch_size`](Self::batch_size).
    #[must_use]
    pub fn with_batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = batch_size;
        self
    }

    /// Sets [`shuffle`](Self::shuffle).
    #[must_use]
    pub fn with_shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// Sets [`balance`](Self::balance).
    #[must_use]
    pub fn with_balance(mut self, balance: Balance) -> Self {
        self.balance = balance;
        self
    }

    /// Sets [`drop_last`](Self::drop_last).
    #[must_use]
    pub fn with_drop_last(mut self, drop_last: bool) -> Self {
        self.drop_last = drop_last;
        self
    }

    /// Sets [`augment`](Self::augment).
    #[must_use]
    pub fn with_augment(mut self, augment: AugmentSpec) -> Self {
        self.augment = augment;
        self
    }

    /// Sets [`views`](Self::views).
    #[must_use]
    pub fn with_views(mut self, views: usize) -> Self {
        self.views = views;
        self
    }

    /// Sets [`seed`](Self::seed).
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets [`workers`](Self::workers).
    #[must_use]
    pub fn with_workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Sets [`prefetch`](Self::prefetch).
    #[must_use]
    pub fn with_prefetch(mut self, prefetch: usize) -> Self {
        self.prefetch = prefetch;
        self
    }
}

/// A source of epochs over one set of images.
#[derive(Clone, Debug)]
pub struct Loader {
    images: Arc<Images>,
    config: LoaderConfig,
}

impl Loader {
    /// The maximum number of threads that [`LoaderConfig::workers`] may ask for.
    pub const MAX_WORKERS: usize = 256;

    /// A loader of `images`.
    ///
    /// # Errors
    ///
    /// [`DataError::Option`] when there is no image, when the batch size is 0, when `drop_last`
    /// would drop everything, or when workers, padding or cutout are out of range.
    pub fn new(images: Arc<Images>, config: LoaderConfig) -> Result<Self, DataError> {
        let LoaderConfig {
            batch_size,
            drop_last,
            augment,
            views,
            workers,
            ..
        } = config;
        let reach = AugmentSpec::MAX_REACH;
        let min = if drop_last { batch_size } else { 1 };
        let checks = [
            (
                "batch_size",
                batch_size >= 1,
                "1 or more".to_owned(),
                batch_size,
            ),
            (
                "batch_size",
                images.len() >= min,
                format!("at least {min} images, for one batch of {batch_size}"),
                images.len(),
            ),
            (
                "workers",
                workers <= Self::MAX_WORKERS,
                format!("at most {}", Self::MAX_WORKERS),
                workers,
            ),
            (
                "pad",
                augment.pad <= reach,
                format!("at most {reach}"),
                augment.pad,
            ),
            (
                "cutout",
                augment.cutout.is_none_or(|side| side <= reach),
                format!("at most {reach}"),
                augment.cutout.unwrap_or(0),
            ),
        ];
        if augment.mixup > MAX_MIXUP {
            return Err(DataError::Option {
                option: "mixup",
                expected: format!("at most {} thousandths", MAX_MIXUP),
                found: augment.mixup.to_string(),
            });
        }
        let photos = images.are_photos();
        if !photos && augment.scale.is_some() {
            return Err(DataError::Option {
                option: "augment",
                expected: "operations on images of one size".into(),
                found: "scale-crop-flip, for photographs".into(),
            });
        }
        let max = if photos && augment == AugmentSpec::NONE {
            25
        } else {
            1
        };
        if !(1..=max).contains(&views) {
            return Err(DataError::Option {
                option: "views",
                expected: format!("1 to {max}"),
                found: views.to_string(),
            });
        }
        if config.balance == Balance::Sample && !config.shuffle {
            return Err(DataError::Option {
                option: "balance",
                expected: "none or weight, for images in their own order".into(),
                found: config.balance.to_string(),
            });
        }
        for (option, holds, expected, found) in checks {
            if !holds {
                return Err(DataError::Option {
                    option,
                    expected,
                    found: found.to_string(),
                });
            }
        }
        Ok(Self { images, config })
    }

    /// The images.
    pub fn images(&self) -> &Arc<Images> {
        &self.images
    }

    /// How the batches are made.
    pub fn config(&self) -> &LoaderConfig {
        &self.config
    }

    /// Batches an epoch, 1 or more.
    pub fn batches_per_epoch(&self) -> usize {
        let batch = self.config.batch_size;
        if self.config.drop_last {
            self.images.len() / batch
        } else {
            self.images.len().div_ceil(batch)
        }
    }

    /// Images an epoch: all of them, or with `drop_last` those in full batches.
    pub fn items_per_epoch(&self) -> usize {
        if self.config.drop_last {
            self.batches_per_epoch() * self.config.batch_size
        } else {
            self.images.len()
        }
    }

    /// The batches of epoch number `epoch`, which may be any number, in any order of calls.
    ///
    /// Workers begin at once. Dropping the iterator stops and joins them.
    pub fn epoch(&self, epoch: u64) -> Epoch {
        let images = Arc::clone(&self.images);
        let config = self.config.clone();
        let items = self.items_per_epoch();
        let mut order = order(&images, &config, epoch);
        order.truncate(items);
        let batch_size = config.batch_size;
        let maker = Maker::new(images, config, epoch);
        let make = move |index: usize| {
            let first = index * batch_size;
            let last = first.saturating_add(batch_size).min(order.len());
            maker.batch(&order[first..last])
        };
        let LoaderConfig {
            workers, prefetch, ..
        } = self.config;
        Epoch {
            batches: Prefetch::new(self.batches_per_epoch(), workers, prefetch, make),
        }
    }
}

/// The batches of one epoch, in order.
pub struct Epoch {
    batches: Prefetch<Result<Batch, DataError>>,
}

impl Iterator for Epoch {
    /// An error is that of a photograph that cannot be read; images in memory have none.
    type Item = Result<Batch, DataError>;

    /// # Panics
    ///
    /// When a worker panicked, with its message: a bug in this crate.
    fn next(&mut self) -> Option<Result<Batch, DataError>> {
        self.batches.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.batches.left();
        (left, Some(left))
    }
}

impl ExactSizeIterator for Epoch {}
impl std::iter::FusedIterator for Epoch {}
