//! Disjoint parts of a slice for tasks that run at the same time.

use core::marker::PhantomData;

/// A slice cut into parts of one length (the last may be shorter).
pub(super) struct Parts<'a, T> {
    start: *mut T,
    len: usize,
    part: usize,
    slice: PhantomData<&'a mut [T]>,
}

// SAFETY: a part is handed out as if by a `&mut [T]` sent to another thread.
unsafe impl<T: Send> Sync for Parts<'_, T> {}

impl<'a, T> Parts<'a, T> {
    pub(super) fn new(slice: &'a mut [T], part: usize) -> Self {
        Self {
            start: slice.as_mut_ptr(),
            len: slice.len(),
            part: part.max(1),
            slice: PhantomData,
        }
    }

    /// Part number `index`.
    ///
    /// # Panics
    ///
    /// When there is no such part.
    ///
    /// # Safety
    ///
    /// No other part of this number is alive.
    #[expect(
        clippy::mut_from_ref,
        reason = "the parts are disjoint, as the caller vouches"
    )]
    pub(super) unsafe fn get(&self, index: usize) -> &mut [T] {
        let first = index * self.part;
        assert!(
            first < self.len,
            "part {index} of {} by {}",
            self.len,
            self.part
        );
        let len = self.part.min(self.len - first);
        // SAFETY: within the slice, by the assertion, and borrowed by nobody else, by the promise.
        unsafe { core::slice::from_raw_parts_mut(self.start.add(first), len) }
    }
}
