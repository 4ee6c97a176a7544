//! Code of others that panics about what a file claims: that is damage, and no bug to tell of.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread is caught and becomes an error. A program's panic hook has nothing to tell of then.
pub fn panic_is_caught() -> bool {
    CATCHING.with(Cell::get)
}

/// What `work` gives; `None` where it panicked. What it may have left half done is not used again.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = CATCHING.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(before);
    done.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_known_to_be_caught_while_it_is() {
        assert!(!panic_is_caught());
        assert_eq!(caught(panic_is_caught), Some(true));
        assert_eq!(caught(|| -> u8 { panic!("of others") }), None);
        assert!(!panic_is_caught());
    }
}
