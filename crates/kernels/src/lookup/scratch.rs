//! The memory that one thread needs for look-ups.

use alloc::vec;
use alloc::vec::Vec;

/// A cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// Tables, gathered pixels and sums of one thread, on cache lines: of a size known beforehand, so
/// that nothing is allocated while an image passes.
pub struct LookupScratch(Vec<Line>);

impl LookupScratch {
    /// Room for the largest of several [`SignConv::scratch_lines`](super::SignConv::scratch_lines).
    pub fn new(lines: usize) -> Self {
        Self(vec![Line([0; 64]); lines])
    }

    /// Lines of 64 bytes.
    pub fn lines(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn start(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }
}
