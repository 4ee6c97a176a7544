//! The logits of a packed network in integers alone, on several threads.

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
        std::thread::scope(|scope| {
            let threads = self.threads.iter_mut().zip(parts);
            let threads: Vec<_> = threads
                .map(|(forward, (images, logits))| {
                    scope.spawn(move || work(forward, images, logits))
                })
                .collect();
            threads
                .into_iter()
                .try_for_each(|thread| match thread.join() {
                    Ok(result) => result,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
        })
    }
}
