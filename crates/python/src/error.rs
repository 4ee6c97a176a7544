//! What Python is told when something is wrong: ValueError, TypeError, OSError, and RuntimeError for a bug.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use runtime::RuntimeError;

/// The error of a library's.
pub fn of_runtime(error: RuntimeError) -> PyErr {
    match error {
        RuntimeError::Io {
            path,
            doing,
            source,
        } => of_io(&path, &format!("cannot {doing}"), &source),
        RuntimeError::NotCalibrated => PyValueError::new_err(format!(
            "{error}; arithmetic=\"float\" needs no such steps, and the export of a run has them"
        )),
        error => PyValueError::new_err(error.to_string()),
    }
}

/// That of a file: Python makes FileNotFoundError and others of the system's number.
pub fn of_io(path: &Path, doing: &str, error: &io::Error) -> PyErr {
    match error.raw_os_error() {
        Some(number) => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            // As a text, where pathlib's would be shown with its class.
            let path = path.as_os_str().to_owned();
            PyOSError::new_err((number, format!("{doing}: {text}"), path))
        }
        None => PyOSError::new_err(format!("{}: {doing}: {error}", path.display())),
    }
}

/// Does the work of a function: a panic becomes a RuntimeError, not an exception that `except Exception` passes by.
pub fn guarded<T>(work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    // What a panic may leave half done is not used again: see `Idle`.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(internal(&*panic)))
}

fn internal(panic: &(dyn Any + Send)) -> PyErr {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or(panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("no words");
    PyRuntimeError::new_err(format!(
        "a bug of onebit: expected no panic, found `{text}`; please report it"
    ))
}
