//! Batches on a device, and the data loader that Burn's learner takes them from.

use std::iter::Take;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};
use data::{Batch, Epoch, Loader};

/// A batch of images with their classes.
#[derive(Clone, Debug)]
pub struct ImageBatch {
    /// `[batch · views, channels, height, width]`, values 0–255; in training there is one view.
    pub images: Tensor<4>,
    /// `[batch]`, class indices.
    pub labels: Tensor<1, Int>,
    /// In training with mixup, what the images are mixed with.
    pub mixed: Option<MixedLabels>,
}

/// The classes that images of a batch are mixed with.
#[derive(Clone, Debug)]
pub struct MixedLabels {
    /// `[batch]`, class indices.
    pub labels: Tensor<1, Int>,
    /// `[batch]`, the shares of the batch's own images in the means: 1/2 to 1.
    pub shares: Tensor<1>,
}

impl ImageBatch {
    /// Moves a batch of images of shape (channels, height, width) to a device.
    pub fn new(batch: &Batch, [channels, height, width]: [usize; 3], device: &Device) -> Self {
        let pixels: Vec<f32> = batch.pixels.iter().map(|&pixel| f32::from(pixel)).collect();
        let labels = |labels: &[u16]| {
            let labels: Vec<i32> = labels.iter().map(|&label| i32::from(label)).collect();
            Tensor::from_data(TensorData::new(labels, [batch.len()]), device)
        };
        let mixed = batch.mixed.as_ref().map(|mixed| {
            let shares = mixed.shares.iter().map(|&share| f32::from(share) / 256.0);
            let shares: Vec<f32> = shares.collect();
            MixedLabels {
                labels: labels(&mixed.labels),
                shares: Tensor::from_data(TensorData::new(shares, [batch.len()]), device),
            }
        });
        let shape = [batch.len() * batch.views, channels, height, width];
        Self {
            images: Tensor::from_data(TensorData::new(pixels, shape), device),
            labels: labels(&batch.labels),
            mixed,
        }
    }
}

impl ImageBatch {
    /// The batch in `parts` parts of nearly the same size, in order; 1 ≤ parts ≤ images.
    pub fn split(self, parts: usize) -> Vec<Self> {
        let images = self.labels.dims()[0];
        let cut = |part: usize| part * images / parts;
        (0..parts)
            .map(|part| self.clone().rows(cut(part)..cut(part + 1)))
            .collect()
    }

    /// Some of the images.
    fn rows(self, rows: Range<usize>) -> Self {
        Self {
            images: self.images.narrow(0, rows.start, rows.len()),
            labels: self.labels.narrow(0, rows.start, rows.len()),
            mixed: self.mixed.map(|mixed| MixedLabels {
                labels: mixed.labels.narrow(0, rows.start, rows.len()),
                shares: mixed.shares.narrow(0, rows.start, rows.len()),
            }),
        }
    }
}

/// A [`Loader`] as Burn's learner uses it: each call of `iter` is the next epoch.
pub struct DeviceLoader {
    loader: Loader,
    device: Device,
    epoch: AtomicU64,
    /// Batches of all epochs together, counted from epoch 1.
    max_batches: usize,
    /// Which part of each batch this loader gives, as a device's share: from … to of 2^32 parts.
    share: [u64; 2],
}

/// What [`DeviceLoader::share`] counts in.
const WHOLE: u64 = 1 << 32;

impl DeviceLoader {
    /// A loader whose first epoch is number `epoch`.
    pub fn new(loader: Loader, device: &Device, epoch: u64) -> Self {
        Self {
            loader,
            device: device.clone(),
            epoch: AtomicU64::new(epoch),
            max_batches: usize::MAX,
            share: [0, WHOLE],
        }
    }

    /// The same loader, with no batch after the first `batches` of all epochs from number 1 on.
    pub fn up_to(self, batches: usize) -> Self {
        let max_batches = batches;
        Self {
            max_batches,
            ..self
        }
    }

    /// The rows of a batch of `images` that are this loader's.
    fn rows(&self, images: usize) -> Range<usize> {
        let [from, to] = self.share.map(|at| (images as u64 * at / WHOLE) as usize);
        from..to
    }

    /// The same loader for another device, or another share of each batch.
    fn with(&self, device: &Device, share: [u64; 2]) -> Self {
        Self {
            loader: self.loader.clone(),
            device: device.clone(),
            epoch: AtomicU64::new(self.epoch.load(Ordering::Relaxed)),
            max_batches: self.max_batches,
            share,
        }
    }

    /// Batches of epoch number `epoch`.
    fn batches_of(&self, epoch: u64) -> usize {
        let whole = self.loader.batches_per_epoch();
        let before = whole.saturating_mul(epoch.saturating_sub(1) as usize);
        self.max_batches.saturating_sub(before).min(whole)
    }
}

impl DataLoader<ImageBatch> for DeviceLoader {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<ImageBatch> + 'a> {
        let epoch = self.epoch.fetch_add(1, Ordering::Relaxed);
        let batches = self.batches_of(epoch);
        let items = batches.saturating_mul(self.loader.config().batch_size);
        Box::new(DeviceEpoch {
            epoch: self.loader.epoch(epoch).take(batches),
            shape: self.loader.images().shape(),
            source: self,
            done: 0,
            total: items.min(self.loader.items_per_epoch()),
        })
    }

    fn num_items(&self) -> usize {
        self.loader.items_per_epoch()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<ImageBatch>> {
        Arc::new(self.with(device, self.share))
    }

    /// A share of each batch, for one device of several: together they take the steps that one
    /// device would.
    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<ImageBatch>> {
        let items = self.num_items().max(1) as u64;
        let share = [start, end].map(|at| (at as u64 * WHOLE).div_ceil(items).min(WHOLE));
        Arc::new(self.with(&self.device, share))
    }
}

struct DeviceEpoch<'a> {
    epoch: Take<Epoch>,
    shape: [usize; 3],
    source: &'a DeviceLoader,
    done: usize,
    total: usize,
}

impl Iterator for DeviceEpoch<'_> {
    type Item = Result<ImageBatch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.epoch.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(DatasetError::new(error))),
        };
        self.done += batch.len();
        let rows = self.source.rows(batch.len());
        let whole = rows.len() == batch.len();
        let batch = ImageBatch::new(&batch, self.shape, &self.source.device);
        Some(Ok(if whole { batch } else { batch.rows(rows) }))
    }
}

impl DataLoaderIterator<ImageBatch> for DeviceEpoch<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.done, self.total, Some("images".into()))
    }
}
