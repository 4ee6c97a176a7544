//! A reader that tells whether it has come to its end.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

/// Whether a reader has come to its end.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) at_all: Cell<bool>,
    /// Before a block of zeros ended the archive.
    pub(super) before_zeros: Cell<bool>,
}

/// A reader that tells whether it has come to its end.
pub(super) struct Watched<R> {
    pub(super) inner: R,
    pub(super) ended: Rc<Ended>,
}

impl<R> Watched<R> {
    pub(super) fn new(inner: R) -> (Self, Rc<Ended>) {
        let ended = Rc::<Ended>::default();
        let watched = Self {
            inner,
            ended: ended.clone(),
        };
        (watched, ended)
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            self.ended.at_all.set(true);
        }
        Ok(read)
    }
}

impl<R: Seek> Seek for Watched<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
