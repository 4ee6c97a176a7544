//! Telling the processor what will be read, while it computes something else.
//!
//! A kernel that reads some kilobytes, computes for long, and reads on further is no stream that the processor would foresee.

/// A cache line, in floats.
const LINE: usize = 16;

/// A part of some memory, as one of `parts` that are fetched one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Portion {
    pub(crate) part: usize,
    pub(crate) parts: usize,
}

impl Portion {
    /// Fetches this part of `floats` into the second-level cache.
    #[inline]
    pub(crate) fn fetch(self, floats: &[f32]) {
        let lines = floats.len().div_ceil(LINE);
        let (start, end) = (
            lines * self.part / self.parts,
            lines * (self.part + 1) / self.parts,
        );
        for line in start..end {
            #[cfg(target_arch = "x86_64")]
            crate::x86_64::prefetch(&floats[line * LINE]);
            #[cfg(not(target_arch = "x86_64"))]
            let _ = line;
        }
    }
}
