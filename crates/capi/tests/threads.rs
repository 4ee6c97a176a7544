//! An engine that two threads call at once.

use std::ffi::CStr;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use onebit::{
    EngineHandle, ONEBIT_BUSY, ONEBIT_F32, ONEBIT_OK, onebit_engine_free, onebit_engine_logits,
    onebit_engine_new, onebit_last_error, onebit_model_free, onebit_model_read,
};

#[path = "../../runtime/tests/common/mod.rs"]
mod common;

/// A handle as C threads share it.
#[derive(Clone, Copy)]
struct Shared(*mut EngineHandle);

// SAFETY: the library says that any thread may call it.
unsafe impl Send for Shared {}

impl Shared {
    /// Computes until `busy` is set, here or there; each call is done or refused.
    fn compute(self, busy: &AtomicBool) {
        let (images, mut logits) = ([9; 20 * 48], [0.0; 20 * 3]);
        while !busy.load(Ordering::Relaxed) {
            // SAFETY: an engine, and arrays of these lengths.
            let status = unsafe {
                onebit_engine_logits(
                    self.0,
                    20,
                    images.as_ptr(),
                    20 * 48,
                    logits.as_mut_ptr(),
                    20 * 3,
                )
            };
            if status == ONEBIT_BUSY {
                // SAFETY: the text is there until this thread's next error.
                let said = unsafe { CStr::from_ptr(onebit_last_error()) };
                assert!(said.to_str().unwrap().contains("another thread's"));
                busy.store(true, Ordering::Relaxed);
            } else {
                assert_eq!(status, ONEBIT_OK);
            }
        }
    }
}

#[test]
fn one_of_two_callers_is_refused() {
    let file = common::wide(5, [3, 4, 4], 4, 1, 3)
        .model()
        .unwrap()
        .write()
        .unwrap();
    let (mut model, mut engine) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the bytes of a file, and room for two handles, each of which is freed once.
    unsafe {
        assert_eq!(
            onebit_model_read(file.as_ptr(), file.len(), &mut model),
            ONEBIT_OK
        );
        assert_eq!(
            onebit_engine_new(model, 2, ONEBIT_F32, &mut engine),
            ONEBIT_OK
        );
        onebit_model_free(model);
    }
    let (shared, busy) = (Shared(engine), AtomicBool::new(false));
    thread::scope(|scope| {
        let busy = &busy;
        scope.spawn(move || shared.compute(busy));
        shared.compute(busy);
    });
    assert!(busy.into_inner());
    // SAFETY: no thread uses it any more.
    unsafe { onebit_engine_free(engine) };
}
