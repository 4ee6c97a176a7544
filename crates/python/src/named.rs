//! A network by its path, or by the name of a built-in one.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use pyo3::exceptions::{PyFileNotFoundError, PyIsADirectoryError, PyUserWarning};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use runtime::Model;
use word_list::nearest;

use crate::error::of_runtime;

/// What the packed file is called in a folder that `export --to hub` makes.
const IN_FOLDER: &str = "model.onebit";

/// Reads a packed file, that in a folder for a hub, or the model of this name.
pub fn load(py: Python, path: &Path) -> PyResult<Model> {
    let carried = path.to_str().and_then(zoo::find);
    let exists = path.exists() && !path.is_dir();
    match carried {
        Some(carried) if !exists => return Model::read(carried.bytes).map_err(of_runtime),
        Some(carried) => {
            let text = format!(
                "{}: the file of this name is read, not the built-in model",
                carried.name
            );
            PyErr::warn(py, &py.get_type::<PyUserWarning>(), &CString::new(text)?, 1)?;
        }
        None => {}
    }
    let packed = match path.is_dir() {
        true => within(path)?,
        false => path.to_owned(),
    };
    let model = py.detach(|| Model::load(&packed));
    model.map_err(|error| match path.exists() {
        true => of_runtime(error),
        false => missing(path),
    })
}

/// The packed file in a folder that `export --to hub` made.
fn within(folder: &Path) -> PyResult<PathBuf> {
    let packed = folder.join(IN_FOLDER);
    if packed.is_file() {
        return Ok(packed);
    }
    let found = match folder.join("config.toml").is_file() {
        true => {
            "the folder of a run, which `onebit export --run DIR --to onebit --out net.onebit` makes a packed file of"
        }
        false => "a folder without it; name a file in it",
    };
    let text = format!("expected a packed file, or a folder with {IN_FOLDER} in it, found {found}");
    // 21 is EISDIR on Linux, macOS and Windows.
    Err(PyIsADirectoryError::new_err((
        21,
        text,
        folder.as_os_str().to_owned(),
    )))
}

/// There is no such file, nor such a model.
fn missing(path: &Path) -> PyErr {
    let word = path.to_string_lossy();
    let names = || zoo::all().iter().map(|model| model.name);
    let meant = match nearest(
        names().collect::<Vec<_>>(),
        word.trim_end_matches(".onebit"),
    ) {
        Some(near) => format!("; did you mean \"{near}\", a built-in model?"),
        None => format!(
            "; built-in models: {}",
            names().collect::<Vec<_>>().join(", ")
        ),
    };
    // 2 is ENOENT everywhere.
    PyFileNotFoundError::new_err((
        2,
        format!("no such file{meant}"),
        path.as_os_str().to_owned(),
    ))
}

/// The card of each model.
pub fn cards(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let cards = PyDict::new(py);
    for model in zoo::all() {
        let card = model.card();
        let errors = PyDict::new(py);
        errors.set_item("float", card.test.f32)?;
        errors.set_item("int8", card.test.int8)?;
        errors.set_item("integer", card.test.integer)?;
        let entry = PyDict::new(py);
        entry.set_item("about", card.about)?;
        entry.set_item("data", card.data)?;
        entry.set_item("net", card.net)?;
        entry.set_item("weights", card.weights)?;
        entry.set_item("input_shape", (card.input[0], card.input[1], card.input[2]))?;
        entry.set_item("classes", card.classes)?;
        entry.set_item("bytes", card.bytes)?;
        entry.set_item("test_error", errors)?;
        cards.set_item(model.name, entry)?;
    }
    Ok(cards)
}
