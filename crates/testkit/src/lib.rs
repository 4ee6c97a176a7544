//! What tests need of other programs.
//!
//! A test names its needs. Each is tried out by a small task with the flags of the test, once in a test binary. A tool that
//! is there but does not do the task counts as missing. A test without its tools says so aloud, and passes.
//!
//! ```
//! fn numpy_reads_what_we_write() {
//!     let test = "numpy_reads_what_we_write";
//!     let Some(python) = testkit::python(test, "numpy", "assert numpy.ones(2).sum() == 2") else {
//!         return;
//!     };
//!     // …
//! }
//! ```

mod attempt;
mod browser;
mod compilers;
mod javascript;
mod python;
mod schema;

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub use attempt::{attempt, prints};
pub use browser::{browser, driven_browser};
pub use compilers::{cmake, compiler, make};
pub use javascript::npm;
pub use python::{onnxruntime, python, pytorch};
pub use schema::conforms;

/// The way to find out whether a tool works, in an empty folder: `Err` says what went wrong.
type Task = Box<dyn Fn(&Path) -> Result<(), String>>;

/// A tool that does a certain task.
pub struct Need {
    name: String,
    install: String,
    task: Task,
}

impl Need {
    /// A tool by a name that tells it from others, how to install it, and a task that it must do in an empty folder.
    pub fn new(
        name: impl Into<String>,
        install: impl Into<String>,
        task: impl Fn(&Path) -> Result<(), String> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            install: install.into(),
            task: Box::new(task),
        }
    }

    /// What became of the task, which is done once.
    fn outcome(&self) -> Result<(), String> {
        static OUTCOMES: Mutex<Option<HashMap<String, Result<(), String>>>> = Mutex::new(None);
        // Held while the task is done, so that other threads wait for it.
        let mut outcomes = OUTCOMES.lock().unwrap_or_else(PoisonError::into_inner);
        let outcomes = outcomes.get_or_insert_default();
        if let Some(outcome) = outcomes.get(&self.name) {
            return outcome.clone();
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let outcome = (self.task)(folder.path());
        outcomes.insert(self.name.clone(), outcome.clone());
        outcome
    }
}

/// Whether all needs of `test` are met. The first that is not is said aloud.
pub fn ready(test: &str, needs: &[Need]) -> bool {
    for need in needs {
        if let Err(trouble) = need.outcome() {
            let (name, install) = (&need.name, &need.install);
            skipped(test, &format!("no working {name} ({trouble}); {install}"));
            return false;
        }
    }
    true
}

/// Says that `test` is skipped, on the standard error, past the test harness, which shows what passing tests print to
/// nobody. The project's checks count these lines.
pub fn skipped(test: &str, reason: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED {test}: {reason}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_task_is_done_once() {
        let count = Arc::new(AtomicUsize::new(0));
        let need = || {
            let count = Arc::clone(&count);
            Need::new("counter", "count", move |folder| {
                assert!(folder.is_dir());
                count.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
        };
        assert!(ready("a test", &[need(), need()]));
        assert!(ready("a test", &[need()]));
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_fails_is_missing() {
        let fails = || {
            Need::new("tool (of this test)", "install nothing", |_| {
                Err("it has no hands".into())
            })
        };
        assert_eq!(fails().outcome().unwrap_err(), "it has no hands");
        assert_eq!(fails().outcome().unwrap_err(), "it has no hands");
    }
}
