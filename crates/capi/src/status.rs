//! What every function returns, and what went wrong.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use runtime::RuntimeError;

/// ONEBIT_OK, or what kind of error it was; onebit_last_error says more. New kinds may be added.
pub type Status = i32;

/// Done.
pub const ONEBIT_OK: Status = 0;
/// An argument is wrong: a null pointer, a length that does not fit, a number without a meaning.
pub const ONEBIT_ARGUMENT: Status = 1;
/// The operating system refused to read the file.
pub const ONEBIT_IO: Status = 2;
/// The bytes are no packed network, a damaged one, or one of another version.
pub const ONEBIT_FILE: Status = 3;
/// The network cannot be run as asked for: it has no activation scales for 8-bit activations, or its numbers
/// grow too large.
pub const ONEBIT_MODEL: Status = 4;
/// The engine is in use on another thread.
pub const ONEBIT_BUSY: Status = 5;
/// A bug of the library, which has been caught. The engine it happened in gives no more answers.
pub const ONEBIT_INTERNAL: Status = 6;

/// What went wrong: a kind, and a sentence.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) message: String,
}

/// An argument that is not as the header has it.
pub(crate) fn argument(name: &str, expected: &str, found: impl ToString) -> Failure {
    Failure {
        status: ONEBIT_ARGUMENT,
        message: format!(
            "{name}: expected {expected}, found {}; see onebit.h",
            found.to_string()
        ),
    }
}

impl From<RuntimeError> for Failure {
    fn from(error: RuntimeError) -> Self {
        let status = match error {
            RuntimeError::Io { .. } => ONEBIT_IO,
            RuntimeError::Image { .. }
            | RuntimeError::Logits { .. }
            | RuntimeError::Picture { .. } => ONEBIT_ARGUMENT,
            RuntimeError::Model { .. }
            | RuntimeError::Graph(_)
            | RuntimeError::NotCalibrated
            | RuntimeError::TooLarge { .. } => ONEBIT_MODEL,
            _ => ONEBIT_FILE,
        };
        let message = error.to_string();
        Self { status, message }
    }
}

thread_local! {
    static LAST: RefCell<CString> = RefCell::default();
}

/// A text for C, which cannot hold a NUL.
pub(crate) fn c_text(text: &str) -> CString {
    // Without any NUL the conversion never fails.
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// Does the work of a function: no panic gets out, and what went wrong is kept for this thread.
pub(crate) fn guard(work: impl FnOnce() -> Result<(), Failure>) -> Status {
    // What a panic may leave half done is inside an engine, whose lock then is poisoned.
    let failure = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return ONEBIT_OK,
        Ok(Err(failure)) => failure,
        Err(panic) => internal(&*panic),
    };
    let message = c_text(&failure.message);
    // At a thread's end its texts may be gone already; the status still tells.
    let _ = LAST.try_with(|last| last.replace(message));
    failure.status
}

fn internal(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or(panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("no words");
    Failure {
        status: ONEBIT_INTERNAL,
        message: format!(
            "a bug of the library: expected no panic, found `{text}`; please report it"
        ),
    }
}

/// What went wrong in the latest call on this thread that returned something else than ONEBIT_OK: a sentence
/// in UTF-8 with what was expected, what was found and what to do; empty before any. The text belongs to the
/// library and is there until the next such call on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn onebit_last_error() -> *const c_char {
    let text = LAST.try_with(|last| last.borrow().as_ptr());
    text.unwrap_or(c"".as_ptr())
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::thread;

    use super::*;

    fn last() -> String {
        // SAFETY: the text is there until the next error of this thread.
        let text = unsafe { CStr::from_ptr(onebit_last_error()) };
        text.to_str().unwrap().to_owned()
    }

    #[test]
    fn panics_stay_inside() {
        assert_eq!(guard(|| panic!("in {} words", 3)), ONEBIT_INTERNAL);
        assert!(last().contains("found `in 3 words`"), "{}", last());
        assert_eq!(guard(|| std::panic::panic_any(7)), ONEBIT_INTERNAL);
        assert!(last().contains("`no words`"), "{}", last());
    }

    #[test]
    fn each_thread_has_its_error() {
        assert_eq!(guard(|| Err(argument("a\0b", "x", 2))), ONEBIT_ARGUMENT);
        thread::spawn(|| assert_eq!(last(), "")).join().unwrap();
        assert_eq!(guard(|| Ok(())), ONEBIT_OK);
        assert_eq!(last(), "a\u{fffd}b: expected x, found 2; see onebit.h");
    }
}
