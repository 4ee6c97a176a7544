//! The Python that runs the scripts of tests.

use std::process::Command;

/// A Python that can import these modules: `$ONEBIT_PYTHON`, else `python3`. Without one, says that
/// `test` is skipped.
pub fn python(test: &str, modules: &str) -> Option<String> {
    let python = std::env::var("ONEBIT_PYTHON").unwrap_or_else(|_| "python3".into());
    let mut probe = Command::new(&python);
    let probe = probe.args(["-c", &format!("import {modules}")]).output();
    if probe.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    println!("SKIPPED {test}: no Python with {modules}; name one in ONEBIT_PYTHON");
    None
}
