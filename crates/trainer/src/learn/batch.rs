//! Batches on a device, and the data loader that Burn's learner takes them from.

use std::iter::Take;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};
use data::{Batch, Epoch, Loader};

/// A batch of images with their classes.
#[derive(Clone, Debug)]
pub struct ImageBatch {
    /// `[batch, channels, height, width]`, values 0–255.
    pub images: Tensor<4>,
    /// `[batch]`, class indices.
    pub labels: Tensor<1, Int>,
}

impl ImageBatch {
    /// Moves a batch of images of shape (channels, height, width) to a device.
    pub fn new(batch: &Batch, [channels, height, width]: [usize; 3], device: &Device) -> Self {
        let pixels: Vec<f32> = batch.pixels.iter().map(|&pixel| f32::from(pixel)).collect();
        let labels: Vec<i32> = batch.labels.iter().map(|&label| i32::from(label)).collect();
        let shape = [batch.len(), channels, height, width];
        Self {
            images: Tensor::from_data(TensorData::new(pixels, shape), device),
            labels: Tensor::from_data(TensorData::new(labels, [batch.len()]), device),
        }
    }
}

impl ImageBatch {
    /// The batch in `parts` parts of nearly the same size, in order; 1 ≤ parts ≤ images.
    pub fn split(self, parts: usize) -> Vec<Self> {
        let images = self.labels.dims()[0];
        let cut = |part: usize| part * images / parts;
        (0..parts)
            .map(|part| {
                let (first, next) = (cut(part), cut(part + 1));
                Self {
                    images: self.images.clone().narrow(0, first, next - first),
                    labels: self.labels.clone().narrow(0, first, next - first),
                }
            })
            .collect()
    }
}

/// A [`Loader`] as Burn's learner uses it: each call of `iter` is the next epoch.
pub struct DeviceLoader {
    loader: Loader,
    device: Device,
    epoch: AtomicU64,
    /// Batches of all epochs together, counted from epoch 1.
    max_batches: usize,
}

impl DeviceLoader {
    /// A loader whose first epoch is number `epoch`.
    pub fn new(loader: Loader, device: &Device, epoch: u64) -> Self {
        Self {
            loader,
            device: device.clone(),
            epoch: AtomicU64::new(epoch),
            max_batches: usize::MAX,
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
            device: &self.device,
            done: 0,
            total: items.min(self.loader.items_per_epoch()),
        })
    }

    fn num_items(&self) -> usize {
        self.loader.items_per_epoch()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<ImageBatch>> {
        let epoch = self.epoch.load(Ordering::Relaxed);
        Arc::new(Self::new(self.loader.clone(), device, epoch).up_to(self.max_batches))
    }

    /// # Panics
    ///
    /// Always: only strategies for several devices slice a loader, and none is used here.
    fn slice(&self, _: usize, _: usize) -> Arc<dyn DataLoader<ImageBatch>> {
        unreachable!("training runs on one device")
    }
}

struct DeviceEpoch<'a> {
    epoch: Take<Epoch>,
    shape: [usize; 3],
    device: &'a Device,
    done: usize,
    total: usize,
}

impl Iterator for DeviceEpoch<'_> {
    type Item = Result<ImageBatch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.epoch.next()?;
        self.done += batch.len();
        Some(Ok(ImageBatch::new(&batch, self.shape, self.device)))
    }
}

impl DataLoaderIterator<ImageBatch> for DeviceEpoch<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.done, self.total, Some("images".into()))
    }
}
