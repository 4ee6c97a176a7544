//! Many images in integers, on several threads.

use std::format;
use std::sync::Arc;
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
        let work = |forward: &mut Forward, images: &[u8], logits: &mut [f64]| {
            for (image, logits) in images.chunks(size).zip(logits.chunks_mut(classes)) {
                for (logit, &found) in logits.iter_mut().zip(forward.logits(image)?) {
                    *logit = f64::from(found) * step;
                }
            }
            Ok(())
        };
        let share = count.div_ceil(self.threads.len());
        let images = images.chunks(share * size);
        let mut parts = images.zip(logits.chunks_mut(share * classes));
        let mut threads = self.threads.iter_mut();
        // The calling thread takes the first part.
        let first = threads.next().zip(parts.next());
        std::thread::scope(|scope| {
            let threads = threads.zip(parts);
            let threads: Vec<_> = threads
                .map(|(forward, (images, logits))| {
                    scope.spawn(move || work(forward, images, logits))
                })
                .collect();
            if let Some((forward, (images, logits))) = first {
                work(forward, images, logits)?;
            }
            threads
                .into_iter()
                .try_for_each(|thread| match thread.join() {
                    Ok(result) => result,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
        })
    }
}

impl Batch<'static> {
    /// As [`new`](Self::new), of a network that it owns together with others.
    pub fn sharing(network: &Arc<Network>, threads: usize) -> Self {
        Self::of(network, threads, || Forward::sharing(Arc::clone(network)))
    }
}
