//! Many images in integers, on several threads.

use std::format;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::vec::Vec;

use super::{Forward, Network};
use crate::RuntimeError;

/// A forward pass for each thread.
pub struct Batch<'a> {
    threads: Vec<Forward<'a>>,
    image_len: usize,
    classes: usize,
    /// The real value of one step of a logit.
    step: f64,
}

impl<'a> Batch<'a> {
    /// Memory and tables for `network`, for each of so many threads; 0 counts as 1.
    pub fn new(network: &'a Network, threads: usize) -> Self {
        Self::of(network, threads, || Forward::new(network))
    }

    fn of(network: &Network, threads: usize, forward: impl Fn() -> Forward<'a>) -> Self {
        Self {
            threads: (0..threads.max(1)).map(|_| forward()).collect(),
            image_len: network.input.iter().product(),
            classes: network.logit_offsets.len(),
            step: f64::powi(2.0, -network.logit_bits),
        }
    }

    /// The real value of each logit of several images: `images` holds them one after the other, `logits` takes one per
    /// class for each.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Image`] when a length does not fit.
    pub fn logits_batch(&mut self, images: &[u8], logits: &mut [f64]) -> Result<(), RuntimeError> {
        let (size, classes, step) = (self.image_len, self.classes, self.step);
        let count = images.len() / size;
        if (count * size, count * classes) != (images.len(), logits.len()) {
            return Err(RuntimeError::Image {
                expected: count * size,
                shape: format!("{count} images for {} logits", logits.len()),
                found: images.len(),
            });
        }
        if count == 0 {
            return Ok(());
        }
        let work = |forward: &mut Forward,
                    images: &[u8],
                    logits: &mut [f64]|
         -> Result<(), RuntimeError> {
            for (image, logits) in images.chunks(size).zip(logits.chunks_mut(classes)) {
                for (logit, &found) in logits.iter_mut().zip(forward.logits(image)?) {
                    *logit = f64::from(found) * step;
                }
            }
            Ok(())
        };
        let share = count.div_ceil(self.threads.len());
        let images = images.chunks(share * size);
        let parts = images.zip(logits.chunks_mut(share * classes));
        let threads = parts.len();
        let parts = Mutex::new(self.threads.iter_mut().zip(parts));
        let failed = Mutex::new(None);
        let share = || {
            // Taken before the work, so that others can take theirs.
            let next = || lock(&parts).next();
            while let Some((forward, (images, logits))) = next() {
                if let Err(error) = work(forward, images, logits) {
                    lock(&failed).get_or_insert(error);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                // The system grants no more threads: the others do its part.
                if Builder::new().spawn_scoped(scope, share).is_err() {
                    break;
                }
            }
            share();
        });
        match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Batch<'static> {
    /// As [`new`](Self::new), of a network that it owns together with others.
    pub fn sharing(network: &Arc<Network>, threads: usize) -> Self {
        Self::of(network, threads, || Forward::sharing(Arc::clone(network)))
    }
}
