//! The Python that runs the scripts of tests.

use std::process::Command;

use crate::{Need, prints, ready};

/// A Python that imports these modules (`numpy, onnx`): `$ONEBIT_PYTHON`, else `python3`. Without one, says that `test`
/// is skipped.
pub fn python(test: &str, modules: &str) -> Option<String> {
    let python = std::env::var("ONEBIT_PYTHON").unwrap_or_else(|_| "python3".into());
    let (program, script) = (python.clone(), format!("import {modules}; print('made')"));
    let install = "name one that has them in ONEBIT_PYTHON";
    let need = Need::new(format!("Python with {modules}"), install, move |folder| {
        prints(folder, Command::new(&program).args(["-c", &script]), "made")
    });
    ready(test, &[need]).then_some(python)
}
