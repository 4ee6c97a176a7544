//! What is told while a user's data are read, which may take minutes.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Who is told while a user's data are read, from any thread. What is not of interest is left out.
pub trait Watch: Sync {
    /// So many pictures of all were looked at: whether they can be read, and their sizes.
    fn looked(&self, _done: usize, _all: usize) {}

    /// What the images take, before any of them is made.
    fn planned(&self, _plan: &Plan) {}

    /// So many images of all are made and kept.
    fn made(&self, _done: usize, _all: usize) {}
}

/// Nobody.
impl Watch for () {}

/// What images take in memory, and whether they are kept there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// Images of all parts.
    pub images: usize,
    /// Channels, height and width of each.
    pub shape: [usize; 3],
    /// Bytes of all.
    pub bytes: u64,
    /// Bytes that they may take.
    pub max_bytes: u64,
    /// Whether they are made once and kept; else they stay in their files, and each is decoded
    /// whenever it is wanted.
    pub in_memory: bool,
}

/// Counts what is done.
pub(super) struct Counter<'a> {
    done: AtomicUsize,
    all: usize,
    tell: &'a (dyn Fn(usize, usize) + Sync),
}

impl<'a> Counter<'a> {
    pub(super) fn new(all: usize, tell: &'a (dyn Fn(usize, usize) + Sync)) -> Self {
        Self {
            done: AtomicUsize::new(0),
            all,
            tell,
        }
    }

    /// One more is done.
    pub(super) fn tick(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        (self.tell)(done, self.all);
    }
}
