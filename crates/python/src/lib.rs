//! The Python package `onebit`: packed networks that classify NumPy arrays, PIL images and files of pictures.
//!
//! `onebit.pyi` has every function with its types, README.md a beginning, and docs/python.md at the root of the repository
//! the rest. `maturin build` makes a wheel that every Python from 3.9 on takes.

mod answer;
mod computer;
mod error;
mod images;
mod layout;
mod model;
mod named;
mod picture;
mod pil;

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use error::{guarded, of_runtime};
use model::Model;

/// Networks with one bit per weight: load a packed file, classify arrays, PIL images and files.
///
/// >>> import onebit
/// >>> model = onebit.load("cifar10-20-1")
/// >>> model.predict("photo.png")
#[pymodule]
fn onebit(module: &Bound<PyModule>) -> PyResult<()> {
    // Said here where it is missing, by its name.
    module.py().import("numpy")?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Model>()?;
    module.add_function(wrap_pyfunction!(load, module)?)?;
    module.add_function(wrap_pyfunction!(loads, module)?)?;
    module.add_function(wrap_pyfunction!(models, module)?)?;
    let names = ["Model", "__version__", "load", "loads", "models"];
    module.add("__all__", names)
}

/// The network of a packed file, of a folder that `export --to hub` made, or the built-in model of this name (see models()). A
/// file of the name is preferred.
///
/// threads: 1 to 256, by default as many as there are processors. arithmetic: "float", "int8", or "integer", which is to the
/// last bit what C on a board computes. OSError where the file cannot be read, ValueError where it is no packed network.
#[pyfunction]
#[pyo3(signature = (path, threads=None, arithmetic="float"))]
fn load(py: Python, path: PathBuf, threads: Option<i64>, arithmetic: &str) -> PyResult<Model> {
    guarded(|| Model::new(py, named::load(py, &path)?, threads, arithmetic))
}

/// The network of a packed file's content.
#[pyfunction]
#[pyo3(signature = (data, threads=None, arithmetic="float"))]
fn loads(py: Python, data: &[u8], threads: Option<i64>, arithmetic: &str) -> PyResult<Model> {
    guarded(|| {
        let model = runtime::Model::read(data).map_err(of_runtime)?;
        Model::new(py, model, threads, arithmetic)
    })
}

/// What is known of each built-in model, by its name.
#[pyfunction]
fn models(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    named::cards(py)
}
