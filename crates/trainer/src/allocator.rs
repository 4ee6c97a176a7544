//! The program's allocator: mimalloc, and words where there is no more memory.
//!
//! Every step allocates the same large activations anew; glibc gives them back to the system each time and then pays for
//! their pages again.

use std::alloc::{GlobalAlloc, Layout};
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use mimalloc::MiMalloc;

/// Mimalloc, which ends the program with a line where it finds no more memory, in place of an abort. Only who has said
/// that it may fail gets none: readers of files ask so for what is large, and have an error for it
/// ([`data::memory::may_fail`]).
pub struct Allocator;

/// Whether a run trains.
static TRAINS: AtomicBool = AtomicBool::new(false);
/// Whether a thread ends the program.
static ENDS: AtomicBool = AtomicBool::new(false);

/// What is to be done first then.
static BEFORE_END: OnceLock<fn()> = OnceLock::new();

/// Has a function called before the program ends for want of memory, which takes none itself and no lock.
pub(crate) fn before_end(function: fn()) {
    BEFORE_END.get_or_init(|| function);
}

/// While it lives, a run trains.
pub(crate) struct Trains;

/// `mi_option_purge_delay` of mimalloc's header, whose numbers stay as they are from version to version.
const PURGE_DELAY: i32 = 15;

/// What is freed stays with the program: what a step frees, the next one takes again; given back in between, each page
/// would be cleared anew.
pub fn keep_freed() {
    // SAFETY: sets a number in a table of options.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, -1) };
}

/// While it lives, what is freed goes back to the system: a file's bytes are no more there when its images are made, and
/// what reading leaves is not counted to what follows.
pub(crate) struct Reads;

impl Reads {
    pub(crate) fn begin() -> Self {
        // SAFETY: as above.
        unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, 0) };
        Self
    }
}

impl Drop for Reads {
    fn drop(&mut self) {
        // SAFETY: looks through what this thread and those that have ended have freed.
        unsafe { libmimalloc_sys::mi_collect(true) };
        keep_freed();
    }
}

impl Trains {
    pub(crate) fn begin() -> Self {
        TRAINS.store(true, Ordering::Relaxed);
        Self
    }
}

impl Drop for Trains {
    fn drop(&mut self) {
        TRAINS.store(false, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to mimalloc as it came, and its answer back, unless the process ends.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that mimalloc asks for.
        found(unsafe { MiMalloc.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        found(unsafe { MiMalloc.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        found(unsafe { MiMalloc.realloc(memory, layout, size) }, size)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { MiMalloc.dealloc(memory, layout) }
    }
}

fn found(memory: *mut u8, size: usize) -> *mut u8 {
    if memory.is_null() && !data::memory::may_fail() {
        end(size);
    }
    memory
}

/// Says what is missing, and ends the program; takes no memory itself, and no lock.
#[cold]
fn end(size: usize) -> ! {
    // Another thread is about it.
    while ENDS.swap(true, Ordering::Relaxed) {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    let mut text = [0; 400];
    let left = {
        let mut rest = &mut text[..];
        // What does not fit is cut off.
        let _ = message(&mut rest, size, TRAINS.load(Ordering::Relaxed));
        rest.len()
    };
    let text = &text[..text.len() - left];
    if let Some(before_end) = BEFORE_END.get() {
        before_end();
    }
    #[cfg(unix)]
    // SAFETY: writes bytes that are there. The standard library's stream may be locked by this very thread.
    unsafe {
        libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len());
    }
    #[cfg(not(unix))]
    let _ = std::io::stderr().write_all(text);
    std::process::exit(1)
}

/// One line; a dashboard has left the terminal.
fn message(to: &mut impl Write, size: usize, trains: bool) -> std::io::Result<()> {
    let mib = size.div_ceil(1 << 20);
    match trains {
        true => writeln!(
            to,
            "error: memory: {mib} MiB more were needed, found none; compute a batch in parts with --accumulate, or take fewer images at once with --batch-size; what was saved can be continued with --resume"
        ),
        false => writeln!(
            to,
            "error: memory: {mib} MiB more were needed, found none; end other programs, or raise the limit (ulimit -v, or a container's)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_fits_into_its_buffer() {
        for trains in [false, true] {
            let mut text = Vec::new();
            message(&mut text, usize::MAX, trains).unwrap();
            assert!(text.len() <= 400 && text.ends_with(b"\n"), "{}", text.len());
        }
    }
}
