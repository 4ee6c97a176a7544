//! Memory for what a file holds: asked for once, and only what is there.
//!
//! A system promises more memory than it has, and ends the program that takes it. So what is large is
//! compared with what is left before it is asked for.

mod available;

use std::cell::Cell;
use std::fmt;
use std::io;

pub use available::{Available, Bound, available};

/// Less than this is asked for without a look at what is left.
const LARGE: usize = 16 << 20;

thread_local! {
    static MAY_FAIL: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is asking for memory that it can do without. An allocator that ends the program
/// where there is none must not do so then: who asks has an error for it.
pub fn may_fail() -> bool {
    MAY_FAIL.with(Cell::get)
}

/// More memory was wanted than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shortage {
    /// Bytes that were wanted.
    pub needed: u64,
    /// What there is; `None` where only the allocator said that it is too little.
    pub available: Option<Available>,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: u64| bytes.div_ceil(1 << 20);
        if self.needed == 0 {
            return f.write_str("expected more memory, found none");
        }
        write!(
            f,
            "expected {} MiB of memory for it, found ",
            mib(self.needed)
        )?;
        match self.available {
            // Rounded down: what is there is never said to be enough.
            Some(Available { bytes, bound }) => write!(f, "{} MiB {}", bytes >> 20, bound.what()),
            None => f.write_str("less"),
        }
    }
}

impl std::error::Error for Shortage {}

impl From<Shortage> for io::Error {
    fn from(shortage: Shortage) -> Self {
        Self::new(io::ErrorKind::OutOfMemory, shortage)
    }
}

impl Shortage {
    /// What of an error of reading is about memory.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        (error.kind() == io::ErrorKind::OutOfMemory).then(|| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
            inner.copied().unwrap_or(Self {
                needed: 0,
                available: None,
            })
        })
    }
}

/// That so many bytes can be had.
///
/// # Errors
///
/// When there are not as many left.
pub fn must_have(bytes: u64) -> Result<(), Shortage> {
    match available() {
        Some(there) if bytes >= LARGE as u64 && there.bytes < bytes => Err(Shortage {
            needed: bytes,
            available: Some(there),
        }),
        _ => Ok(()),
    }
}

/// Makes room for `more` items, and for no more than those.
///
/// # Errors
///
/// When there is not as much memory.
pub fn reserve<T>(items: &mut Vec<T>, more: usize) -> Result<(), Shortage> {
    if items.capacity() - items.len() >= more {
        return Ok(());
    }
    let bytes = more.saturating_mul(size_of::<T>());
    if bytes >= LARGE {
        must_have(bytes as u64)?;
    }
    let before = MAY_FAIL.replace(true);
    let reserved = items.try_reserve_exact(more);
    MAY_FAIL.set(before);
    reserved.map_err(|_| Shortage {
        needed: bytes as u64,
        available: None,
    })
}

/// So many zeros. The system hands out their pages as they are written to, so that what a file claims and
/// has not takes nothing.
///
/// # Errors
///
/// When there is not as much memory.
pub(crate) fn zeros(len: usize) -> Result<Vec<u8>, Shortage> {
    // There is no `vec![0; len]` that may fail; one that has just succeeded does so again.
    reserve(&mut Vec::<u8>::new(), len)?;
    Ok(vec![0; len])
}

/// A quarter of what this process may still take, in bytes.
pub(crate) fn quarter() -> u64 {
    /// Where the system cannot be asked.
    const UNKNOWN: u64 = 4 << 30;
    available().map_or(UNKNOWN, |available| available.bytes) / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_exact_or_refused() {
        let mut bytes = vec![1u8; 5];
        reserve(&mut bytes, 100).unwrap();
        assert_eq!(bytes.capacity(), 105);
        let error = reserve(&mut bytes, usize::MAX / 2).unwrap_err();
        assert_eq!(error.needed, (usize::MAX / 2) as u64);
        assert!(!may_fail(), "only while it asks");
        let error = io::Error::from(error);
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        assert_eq!(
            Shortage::of(&error).unwrap().needed,
            (usize::MAX / 2) as u64
        );
        assert_eq!(Shortage::of(&io::ErrorKind::UnexpectedEof.into()), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_no_machine_has_is_refused_with_what_it_has() {
        let text = must_have(1 << 60).unwrap_err().to_string();
        assert!(
            text.contains("1099511627776 MiB") && text.contains("found"),
            "{text}"
        );
        assert!(
            text.contains(" MiB of this machine") || text.contains("in this control group"),
            "{text}"
        );
        assert_eq!(must_have(1), Ok(()));
    }
}
