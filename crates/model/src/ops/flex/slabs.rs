//! Memory of feature maps, cut from slabs that are kept.
//!
//! The system hands out fresh memory page by page, each cleared as it is first touched, and memory from an allocator has
//! to be cleared before it is a slice of floats. For a feature map of a batch, tens of megabytes, that takes a good part
//! of the time in which a kernel fills it, and on one thread. What was cut from a slab before is floats already.

use std::collections::BTreeMap;
use std::mem::MaybeUninit;
use std::sync::{Mutex, PoisonError};

use burn_std::{AccessError, AccessPolicy, AllocationController, AllocationProperty, Bytes};

/// Smaller tensors are as well left to the allocator.
pub(super) const MIN_LEN: usize = 1 << 14;
/// Floats of a slab.
const SLAB: usize = crate::SLAB_BYTES / size_of::<f32>();
/// A cache line, in floats: pieces are whole ones.
const LINE: usize = 16;

static SLABS: Mutex<Slabs> = Mutex::new(Slabs {
    slabs: Vec::new(),
    len: SLAB,
});

/// The slabs of one size, or larger where a piece needs it.
struct Slabs {
    slabs: Vec<Slab>,
    len: usize,
}

/// Floats that are never given back, and which of them are free: start and length.
struct Slab {
    start: *mut f32,
    free: BTreeMap<usize, usize>,
}

// SAFETY: the pointer owns its memory; pieces of it go to one owner each.
unsafe impl Send for Slab {}

impl Slabs {
    /// Takes the smallest free piece that is long enough, or cuts a new slab.
    fn take(&mut self, len: usize) -> Piece {
        let needed = len.next_multiple_of(LINE);
        let pieces = self.slabs.iter().enumerate().flat_map(|(slab, slabs)| {
            let free = slabs.free.iter();
            free.map(move |(&offset, &free)| (free, slab, offset))
        });
        let best = pieces.filter(|(free, ..)| *free >= needed).min();
        let (free, slab, offset) = best.unwrap_or_else(|| self.grow(needed));
        let Slab { start, free: map } = &mut self.slabs[slab];
        map.remove(&offset);
        if free > needed {
            map.insert(offset + needed, free - needed);
        }
        Piece {
            // SAFETY: the offset lies within the slab.
            start: unsafe { start.add(offset) },
            len,
            slab,
            offset,
        }
    }

    /// A new slab, as the free piece that it is.
    fn grow(&mut self, needed: usize) -> (usize, usize, usize) {
        let len = needed.max(self.len);
        let floats: &'static mut [f32] = Box::leak(vec![0.0; len + LINE].into_boxed_slice());
        // On a cache line, so that no vector of a map lies on two.
        let skipped = floats.as_ptr().align_offset(LINE * size_of::<f32>());
        self.slabs.push(Slab {
            start: floats[skipped.min(LINE)..].as_mut_ptr(),
            free: BTreeMap::from([(0, len)]),
        });
        (len, self.slabs.len() - 1, 0)
    }

    /// Makes a piece free again, one with the free ones around it.
    fn give_back(&mut self, piece: &Piece) {
        let free = &mut self.slabs[piece.slab].free;
        let (mut start, mut end) = (
            piece.offset,
            piece.offset + piece.len.next_multiple_of(LINE),
        );
        if let Some((&before, &len)) = free.range(..start).next_back()
            && before + len == start
        {
            start = before;
        }
        if let Some(len) = free.remove(&end) {
            end += len;
        }
        free.insert(start, end - start);
    }
}

fn with_slabs<R>(f: impl FnOnce(&mut Slabs) -> R) -> R {
    f(&mut SLABS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A part of a slab, which nobody else has.
struct Piece {
    start: *mut f32,
    len: usize,
    slab: usize,
    offset: usize,
}

impl Piece {
    fn as_slice(&self) -> &[f32] {
        // SAFETY: floats within a slab, which lives on; this piece is their only owner.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }

    fn as_mut_slice(&mut self) -> &mut [f32] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }
}

/// Floats of unspecified value, for a kernel to write, and then a tensor's [`bytes`](Self::into_bytes).
pub(super) struct Buffer(Piece);

// SAFETY: a piece is the only owner of its floats.
unsafe impl Send for Buffer {}
// SAFETY: as above; shared, they are only read.
unsafe impl Sync for Buffer {}

impl Buffer {
    pub(super) fn new(len: usize) -> Self {
        Self(with_slabs(|slabs| slabs.take(len)))
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [f32] {
        self.0.as_mut_slice()
    }

    pub(super) fn into_bytes(self) -> Bytes {
        let len = size_of_val(self.0.as_slice());
        // SAFETY: all of the buffer is floats that were written once.
        unsafe { Bytes::from_controller(Box::new(self), len) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        with_slabs(|slabs| slabs.give_back(&self.0));
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
        let floats = self.0.as_mut_slice();
        let len = size_of_val(floats);
        // SAFETY: the floats' own bytes, borrowed as they are; the caller writes none that is not initialised.
        Ok(unsafe { std::slice::from_raw_parts_mut(floats.as_mut_ptr().cast(), len) })
    }

    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let floats = self.0.as_slice();
        let len = size_of_val(floats);
        // SAFETY: the floats' own bytes, borrowed as they are.
        Ok(unsafe { std::slice::from_raw_parts(floats.as_ptr().cast(), len) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_floats_and_become_whole_slabs_again() {
        let mut slabs = Slabs {
            slabs: Vec::new(),
            len: 1000,
        };
        let mut taken: Vec<(f32, Piece)> = Vec::new();
        let mut state = 1u32;
        for round in 0..2000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let random = (state >> 16) as usize;
            if random.is_multiple_of(2) || taken.is_empty() {
                // Now and then longer than a slab.
                let longest = if round % 97 == 0 { 3000 } else { 400 };
                let mut piece = slabs.take(1 + random % longest);
                piece.as_mut_slice().fill(round as f32);
                taken.push((round as f32, piece));
            } else {
                let (value, piece) = taken.swap_remove(random % taken.len());
                assert!(piece.as_slice().iter().all(|float| *float == value));
                slabs.give_back(&piece);
            }
        }
        assert!(taken.len() > 5 && slabs.slabs.len() > 2);
        for (value, piece) in taken {
            assert!(piece.as_slice().iter().all(|float| *float == value));
            slabs.give_back(&piece);
        }
        assert!(slabs.slabs.iter().all(|slab| slab.free.len() == 1));
    }

    #[test]
    fn bytes_are_the_floats_and_a_copy_is_its_own() {
        let len = MIN_LEN + 7;
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
