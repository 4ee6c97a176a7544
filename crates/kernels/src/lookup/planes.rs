//! Output planes that several threads write at once.

use core::marker::PhantomData;

/// Output planes, `[channel][row][column]`, of which units of a convolution write disjoint parts.
pub struct Planes<'a> {
    start: *mut f32,
    len: usize,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: what is written through it is only reached by `unsafe` code, whose callers keep units apart.
unsafe impl Sync for Planes<'_> {}
// SAFETY: as a `&mut [f32]`.
unsafe impl Send for Planes<'_> {}

impl<'a> Planes<'a> {
    /// Planes over the whole of `data`.
    pub fn new(data: &'a mut [f32]) -> Self {
        Self {
            start: data.as_mut_ptr(),
            len: data.len(),
            borrowed: PhantomData,
        }
    }

    /// Floats in all.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Floats from `at` on.
    ///
    /// # Safety
    ///
    /// Nobody else reads or writes these floats while the slice lives.
    ///
    /// # Panics
    ///
    /// When they reach over the end.
    // Not a `&mut self`: units on several threads write through one `Planes`, each its own floats.
    #[allow(clippy::mut_from_ref)]
    #[inline(always)]
    pub unsafe fn slice(&self, at: usize, len: usize) -> &mut [f32] {
        assert!(
            at <= self.len && len <= self.len - at,
            "floats outside of the planes"
        );
        // SAFETY: within the borrowed slice, and the caller keeps others away.
        unsafe { core::slice::from_raw_parts_mut(self.start.add(at), len) }
    }
}
