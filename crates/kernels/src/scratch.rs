//! Scratch memory that outlives a call, so that a training step allocates nothing after the first.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// A cache line, in floats: a vector load that starts on one never crosses into the next.
const LINE: usize = 16;

#[derive(Default)]
pub(crate) struct ScratchPool(Mutex<Vec<Vec<f32>>>);

impl ScratchPool {
    /// The smallest free buffer that is long enough, or the longest, grown.
    pub(crate) fn take(&self, len: usize) -> Scratch<'_> {
        let needed = len + LINE;
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = free.partition_point(|buffer| buffer.len() < needed);
        let found = if at < free.len() {
            Some(free.remove(at))
        } else {
            free.pop()
        };
        drop(free);
        let mut buffer = found.unwrap_or_default();
        if buffer.len() < needed {
            buffer = vec![0.0; needed];
        }
        let start = buffer
            .as_ptr()
            .align_offset(LINE * size_of::<f32>())
            .min(LINE);
        Scratch {
            buffer,
            start,
            len,
            pool: self,
        }
    }
}

pub(crate) struct Scratch<'a> {
    buffer: Vec<f32>,
    start: usize,
    len: usize,
    pool: &'a ScratchPool,
}

impl Deref for Scratch<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.buffer[self.start..][..self.len]
    }
}

impl DerefMut for Scratch<'_> {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.buffer[self.start..][..self.len]
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        let mut free = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = free.partition_point(|other| other.len() < buffer.len());
        free.insert(at, buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_reused_and_start_on_a_line() {
        let pool = ScratchPool::default();
        let address = pool.take(100).as_ptr();
        let again = pool.take(90);
        assert_eq!(address, again.as_ptr());
        assert_eq!(address.align_offset(64), 0);
        assert_eq!(pool.take(5).len(), 5);
    }
}
