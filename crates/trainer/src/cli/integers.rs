//! The logits of a packed network in integers alone, on several threads.

use std::sync::{Mutex, PoisonError};

use runtime::RuntimeError;
use runtime::integer::{Forward, Network};

/// A forward pass for each thread.
pub struct Integers<'a> {
    threads: Vec<Forward<'a>>,
    /// The real value of one step of a logit.
    step: f64,
}

impl<'a> Integers<'a> {
    pub fn new(network: &'a Network, threads: usize) -> Self {
        Self {
            threads: (0..threads).map(|_| Forward::new(network)).collect(),
            step: f64::powi(2.0, -network.logit_bits),
        }
    }

    /// The real value of each logit of several images of `size` bytes.
    pub fn logits_batch(
        &mut self,
        images: &[u8],
        size: usize,
        logits: &mut [f64],
    ) -> Result<(), RuntimeError> {
        let count = images.len() / size;
        if count == 0 {
            return Ok(());
        }
        let (share, classes) = (count.div_ceil(self.threads.len()), logits.len() / count);
        let step = self.step;
        let work = |forward: &mut Forward, images: &[u8], logits: &mut [f64]| {
            for (image, logits) in images.chunks(size).zip(logits.chunks_mut(classes)) {
                for (logit, &found) in logits.iter_mut().zip(forward.logits(image)?) {
                    *logit = f64::from(found) * step;
                }
            }
            Ok(())
        };
        let images = images.chunks(share * size);
        let parts = images.zip(logits.chunks_mut(share * classes));
        let threads = self.threads.len();
        let parts = Mutex::new(self.threads.iter_mut().zip(parts));
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let failed = Mutex::new(None);
        crate::threads::share(threads, || {
            while let Some((forward, (images, logits))) = next() {
                if let Err(error) = work(forward, images, logits) {
                    failed
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .get_or_insert(error);
                }
            }
        });
        match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}
