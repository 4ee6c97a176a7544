//! Memory that several threads write at once, each its own part.

use core::marker::PhantomData;

/// A slice, most often planes in the order `[channel][row][column]`, of which threads write disjoint
/// parts.
pub struct SharedSlice<'a, T = f32> {
    start: *mut T,
    len: usize,
    borrowed: PhantomData<&'a mut [T]>,
}

// SAFETY: what is written through it is only reached by `unsafe` code, whose callers keep units apart.
unsafe impl<T: Send> Sync for SharedSlice<'_, T> {}
// SAFETY: as a `&mut [T]`.
unsafe impl<T: Send> Send for SharedSlice<'_, T> {}

impl<'a, T> SharedSlice<'a, T> {
    /// The whole of `data`.
    pub fn new(data: &'a mut [T]) -> Self {
        Self {
            start: data.as_mut_ptr(),
            len: data.len(),
            borrowed: PhantomData,
        }
    }

    /// Numbers in all.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Numbers from `at` on.
    ///
    /// # Safety
    ///
    /// Nobody else reads or writes these numbers while the slice lives.
    ///
    /// # Panics
    ///
    /// When they reach over the end.
    // Not a `&mut self`: units on several threads write through one `SharedSlice`, each its own numbers.
    #[allow(clippy::mut_from_ref)]
    #[inline(always)]
    pub unsafe fn slice(&self, at: usize, len: usize) -> &mut [T] {
        assert!(
            at <= self.len && len <= self.len - at,
            "numbers outside of the slice"
        );
        // SAFETY: within the borrowed slice, and the caller keeps others away.
        unsafe { core::slice::from_raw_parts_mut(self.start.add(at), len) }
    }
}
