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

/// Buffers that no tensor uses.
static POOL: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// A free buffer of this length, if there is one. If not, as many floats of others are given back to the system as a
/// new one takes: the backward pass goes from small maps to large ones, and must not hold the memory of both.
fn take(free: &mut Vec<Vec<f32>>, len: usize) -> Option<Vec<f32>> {
    if let Some(at) = free.iter().rposition(|buffer| buffer.len() == len) {
        return Some(free.remove(at));
    }
    let mut missing = len;
    while missing > 0 && !free.is_empty() {
        // The oldest first.
        missing = missing.saturating_sub(free.remove(0).len());
    }
    None
}

fn with_pool<R>(f: impl FnOnce(&mut Vec<Vec<f32>>) -> R) -> R {
    f(&mut POOL.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Floats of unspecified value, for a kernel to write, and then a tensor's [`bytes`](Self::into_bytes).
pub(super) struct Buffer(Vec<f32>);

impl Buffer {
    pub(super) fn new(len: usize) -> Self {
        let kept = if len < LEAST {
            None
        } else {
            with_pool(|pool| take(pool, len))
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
            with_pool(|pool| pool.push(buffer));
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
    fn a_free_buffer_of_this_length_is_used_and_others_make_room() {
        let lengths = [5, 3, 4, 3];
        let mut free: Vec<Vec<f32>> = lengths.map(|len| vec![0.0; len]).into();
        let last = free[3].as_ptr();
        assert_eq!(take(&mut free, 3).map(|buffer| buffer.as_ptr()), Some(last));
        assert_eq!(free.len(), 3);
        assert!(take(&mut free, 6).is_none());
        assert_eq!(free.len(), 1, "5 and 3 went for 6");
        assert!(take(&mut free, 9).is_none() && free.is_empty());
    }

    #[test]
    fn bytes_are_the_floats_and_a_copy_is_its_own() {
        for len in [0, 7, LEAST + 7] {
            let mut buffer = Buffer::new(len);
            buffer.as_mut_slice().fill(3.0);
            let bytes = buffer.into_bytes();
            assert_eq!(bytes.len(), 4 * len);
            let copy = bytes.clone();
            drop(bytes);
            Buffer::new(len).as_mut_slice().fill(5.0);
            assert!(copy.chunks(4).all(|float| *float == 3.0f32.to_ne_bytes()));
        }
    }
}
