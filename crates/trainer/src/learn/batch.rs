//! Batches on a device, and the data loader that Burn's learner takes them from.

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

/// A [`Loader`] as Burn's learner uses it: each call of `iter` is the next epoch.
pub struct DeviceLoader {
    loader: Loader,
    device: Device,
    epoch: AtomicU64,
}

impl DeviceLoader {
    /// A loader whose first epoch is number `epoch`.
    pub fn new(loader: Loader, device: &Device, epoch: u64) -> Self {
        Self {
            loader,
            device: device.clone(),
            epoch: AtomicU64::new(epoch),
        }
    }
}

impl DataLoader<ImageBatch> for DeviceLoader {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<ImageBatch> + 'a> {
        Box::new(DeviceEpoch {
            epoch: self
                .loader
                .epoch(self.epoch.fetch_add(1, Ordering::Relaxed)),
            shape: self.loader.images().shape(),
            device: &self.device,
            done: 0,
            total: self.loader.items_per_epoch(),
        })
    }

    fn num_items(&self) -> usize {
        self.loader.items_per_epoch()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<ImageBatch>> {
        let epoch = self.epoch.load(Ordering::Relaxed);
        Arc::new(Self::new(self.loader.clone(), device, epoch))
    }

    /// # Panics
    ///
    /// Always: only strategies for several devices slice a loader, and none is used here.
    fn slice(&self, _: usize, _: usize) -> Arc<dyn DataLoader<ImageBatch>> {
        unreachable!("training runs on one device")
    }
}

struct DeviceEpoch<'a> {
    epoch: Epoch,
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
