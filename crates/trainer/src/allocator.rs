//! The program's allocator: mimalloc, and words where there is no more memory.
//!
//! Every step allocates the same large activations anew; glibc gives them back to the system each time and then pays for
//! their pages again.

use std::alloc::{GlobalAlloc, Layout};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use mimalloc::MiMalloc;

/// Mimalloc, which while a run trains ends the program with a message where it finds no more memory. Elsewhere it gives
/// none, as an allocator should: readers of files ask for memory and can do without.
pub struct Allocator;

/// Whether a run trains.
static TRAINS: AtomicBool = AtomicBool::new(false);

/// While it lives, a run trains.
pub(crate) struct Trains;

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
    if memory.is_null() && TRAINS.swap(false, Ordering::Relaxed) {
        end(size);
    }
    memory
}

/// Says what is missing, and ends the program; takes no memory itself.
#[cold]
fn end(size: usize) -> ! {
    let mut text = [0; 400];
    let left = {
        let mut rest = &mut text[..];
        // What does not fit is cut off.
        let _ = write!(
            rest,
            "\r\nerror: memory: {} MiB more were needed, found none; compute a batch in parts with --accumulate, or take fewer images at once with --batch-size; what was saved can be continued with --resume\n",
            size.div_ceil(1 << 20)
        );
        rest.len()
    };
    let _ = std::io::stderr().write_all(&text[..text.len() - left]);
    std::process::exit(1)
}
