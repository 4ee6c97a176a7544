//! What JavaScript calls. An instance of the module holds one network.
//!
//! ```text
//! room(bytes)                    where to put a packed file or a picture; 0 where there is not the memory
//! open()                         opens the packed file that lies there: 1, and text is JSON about it; 0, and text is what is wrong
//! see(width, height, channels)   makes the image of the picture that lies there: 1, or 0 as above
//! image(), image_len()           the image: read it, or write one of the network's size
//! classify()                     computes; the class, −1 for none of these, or −2 as above
//! logits(), logits_len()         32-bit integers
//! text(), text_len()             UTF-8
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use crate::Session;

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// JavaScript sees an exception, after which nobody may call this instance.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

struct State {
    room: Vec<u8>,
    session: Option<Session>,
    text: String,
}

struct Global(UnsafeCell<State>);

// SAFETY: the module is compiled without threads.
unsafe impl Sync for Global {}

static GLOBAL: Global = Global(UnsafeCell::new(State {
    room: Vec::new(),
    session: None,
    text: String::new(),
}));

fn state() -> &'static mut State {
    // SAFETY: each function below asks once and calls none of the others, and there is one thread.
    unsafe { &mut *GLOBAL.0.get() }
}

impl State {
    /// Keeps what is wrong for JavaScript to read.
    fn told<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|text| self.text = text).ok()
    }
}

#[unsafe(no_mangle)]
extern "C" fn room(bytes: usize) -> *mut u8 {
    let state = state();
    state.room = Vec::new();
    if state.room.try_reserve_exact(bytes).is_err() {
        return core::ptr::null_mut();
    }
    state.room.resize(bytes, 0);
    state.room.as_mut_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn open() -> i32 {
    let state = state();
    let file = core::mem::take(&mut state.room);
    let opened = match state.session {
        Some(_) => Err("this instance holds a network".into()),
        None => Session::open(&file),
    };
    match state.told(opened) {
        Some(session) => {
            state.text = session.about();
            state.session = Some(session);
            1
        }
        None => 0,
    }
}

#[unsafe(no_mangle)]
extern "C" fn see(width: u32, height: u32, channels: usize) -> i32 {
    let state = state();
    let pixels = core::mem::take(&mut state.room);
    let seen = match &mut state.session {
        Some(session) => session.see(&pixels, width, height, channels),
        None => Err("no network".into()),
    };
    i32::from(state.told(seen).is_some())
}

#[unsafe(no_mangle)]
extern "C" fn image() -> *mut u8 {
    match &mut state().session {
        Some(session) => session.image().as_mut_ptr(),
        None => core::ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn image_len() -> usize {
    state()
        .session
        .as_mut()
        .map_or(0, |session| session.image().len())
}

#[unsafe(no_mangle)]
extern "C" fn classify() -> i32 {
    let state = state();
    let answer = match &mut state.session {
        Some(session) => session.classify(),
        None => Err("no network".into()),
    };
    match state.told(answer) {
        Some(Some(class)) => class as i32,
        Some(None) => -1,
        None => -2,
    }
}

#[unsafe(no_mangle)]
extern "C" fn logits() -> *const i32 {
    state()
        .session
        .as_ref()
        .map_or(core::ptr::null(), |session| session.logits().as_ptr())
}

#[unsafe(no_mangle)]
extern "C" fn logits_len() -> usize {
    state()
        .session
        .as_ref()
        .map_or(0, |session| session.logits().len())
}

#[unsafe(no_mangle)]
extern "C" fn text() -> *const u8 {
    state().text.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn text_len() -> usize {
    state().text.len()
}
