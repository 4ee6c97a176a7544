//! Memory of tensors that is used again in place of being given back.
//!
//! The system hands out fresh memory page by page, each cleared as it is first touched. For a feature map of a
//! batch, tens of megabytes, that takes a good part of the time in which a kernel fills it, and a training step
//! makes the same maps anew each time.

use std::mem::MaybeUninit;
use std::sync::{Mutex, PoisonError};

use burn_std::{AccessError, AccessPolicy, AllocationController, AllocationProperty, Bytes};

/// Smaller buffers are as well left to the allocator.
const LEAST: usize = 1 << 14;

/// Buffers that no tensor uses, and how many floats tensors do use.
struct Pool {
    free: Vec<Vec<f32>>,
    used: usize,
}

static POOL: Mutex<Pool> = Mutex::new(Pool {
    free: Vec::new(),
    used: 0,
});

impl Pool {
    /// A buffer of this length that is free, if there is one. Steps repeat their sizes; when they change, as from
    /// training to validation, the free buffers may not take up more than those in use.
    fn take(&mut self, len: usize) -> Option<Vec<f32>> {
        self.used += len;
        if let Some(at) = self.free.iter().rposition(|buffer| buffer.len() == len) {
            return Some(self.free.swap_remove(at));
        }
        let mut free: usize = self.free.iter().map(Vec::len).sum();
        while free > self.used
            && let Some(buffer) = self.free.pop()
        {
            free -= buffer.len();
        }
        None
    }
}

fn with_pool<R>(f: impl FnOnce(&mut Pool) -> R) -> R {
    f(&mut POOL.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Floats of unspecified value, for a kernel to write, and then a tensor's [`bytes`](Self::into_bytes).
pub(super) struct Buffer(Vec<f32>);

impl Buffer {
    pub(super) fn new(len: usize) -> Self {
        let kept = if len < LEAST {
            None
        } else {
            with_pool(|pool| pool.take(len))
        };
        Self(kept.unwrap_or_else(|| vec![0.0; len]))
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.0
    }

    pub(super) fn into_bytes(self) -> Bytes {
        let len = size_of_val(self.0.as_slice());
        // SAFETY: all of the buffer is floats that were written once.
        unsafe { Bytes::from_controller(Box::new(self), len) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        if buffer.len() >= LEAST {
            with_pool(|pool| {
                pool.used -= buffer.len();
                pool.free.push(buffer);
            });
        }
    }
}

impl AllocationController for Buffer {
    fn alloc_align(&self) -> usize {
        align_of::<f32>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Other
    }

    unsafe fn memory_mut(
        &mut self,
        _: AccessPolicy,
    ) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let len = size_of_val(self.0.as_slice());
        // SAFETY: the floats' own bytes, borrowed as they are; the caller writes none that is not initialised.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), len) })
    }

    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let len = size_of_val(self.0.as_slice());
        // SAFETY: the floats' own bytes, borrowed as they are.
        Ok(unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), len) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_when_the_last_tensor_goes() {
        // A length that no other test has.
        let len = LEAST + 77;
        let mut buffer = Buffer::new(len);
        buffer.as_mut_slice().fill(3.0);
        let address = buffer.0.as_ptr();
        let bytes = buffer.into_bytes();
        assert_eq!(bytes.len(), 4 * len);
        let copy = bytes.clone();
        assert_ne!(Buffer::new(len).0.as_ptr(), address, "still in use");
        drop(bytes);
        assert_eq!(copy[..4], 3.0f32.to_ne_bytes());
        let again = Buffer::new(len);
        let other = Buffer::new(len);
        assert!([again.0.as_ptr(), other.0.as_ptr()].contains(&address));
    }
}
