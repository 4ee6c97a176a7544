//! The class `Model`.

use std::collections::BTreeMap;

use numpy::{IntoPyArray, PyArrayMethods};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyMemoryError, PyUserWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use runtime::MAX_THREADS;

use crate::answer::{argmax, is_rejected, shares};
use crate::computer::{Arithmetic, Computer, Idle, all_threads};
use crate::error::{guarded, of_io, of_runtime};
use crate::images::{Arrays, Images, Source, bytes_of, item};
use crate::layout::to_planes;
use crate::picture::{Item, Looker, Unseen};

/// Images of a thread that are computed before Python may stop the call, by Ctrl-C for example.
const PER_THREAD: usize = 32;
/// The most bytes of images that are made at a time, and of pictures that are held for them, but for the last.
const MAX_WAITING: usize = 64 << 20;

/// A trained network, ready to classify. It never changes, and any number of threads may use it at once.
///
/// `images` is an array of uint8, N×C×H×W, N×H×W×C or without N; a PIL image; the path of a picture; or a list of these. Of one
/// image the answer is one, of several a list or an array with a row each.
#[pyclass(frozen, module = "onebit")]
pub struct Model {
    model: runtime::Model,
    arithmetic: Arithmetic,
    threads: usize,
    idle: Idle,
}

impl Model {
    /// A network that computes so.
    pub fn new(
        py: Python,
        model: runtime::Model,
        threads: Option<i64>,
        arithmetic: &str,
    ) -> PyResult<Self> {
        let arithmetic = Arithmetic::of(arithmetic).map_err(PyValueError::new_err)?;
        let threads = match threads {
            None => all_threads().min(MAX_THREADS),
            Some(threads) => match usize::try_from(threads) {
                Ok(threads @ 1..=MAX_THREADS) => threads,
                _ => {
                    return Err(PyValueError::new_err(format!(
                        "threads: expected 1 to {MAX_THREADS}, found {threads}"
                    )));
                }
            },
        };
        let computer = py.detach(|| Computer::new(&model, arithmetic, threads));
        let idle = Idle::default();
        idle.give(computer.map_err(of_runtime)?);
        Ok(Self {
            model,
            arithmetic,
            threads,
            idle,
        })
    }

    fn len(&self) -> usize {
        self.model.image_len()
    }

    /// Hands the images, as the network reads them, to `with`, some at a time. Python's lock is released meanwhile.
    fn each_chunk(
        &self,
        py: Python,
        images: &Images,
        arrays: Arrays,
        mut with: impl FnMut(&[u8]) -> PyResult<()> + Send,
    ) -> PyResult<()> {
        let (size, threads) = (self.len(), self.threads);
        let at_once = (MAX_WAITING / size).clamp(1, PER_THREAD * threads);
        let mut planes = Vec::new();
        match &images.source {
            Source::Array(array, layout) => {
                let bytes = bytes_of(array)?;
                for chunk in bytes.chunks(at_once * size) {
                    py.detach(|| {
                        if layout.is_planes() {
                            return with(chunk);
                        }
                        planes.resize(chunk.len(), 0);
                        for (image, planes) in chunk.chunks(size).zip(planes.chunks_mut(size)) {
                            to_planes(image, self.model.input()[0], planes);
                        }
                        with(&planes)
                    })?;
                    py.check_signals()?;
                }
            }
            Source::List(objects) => {
                let looker = Looker::new(&self.model);
                let name = |at: usize| match images.single {
                    true => "images".to_owned(),
                    false => format!("images[{at}]"),
                };
                let (mut items, mut first, mut held) = (Vec::new(), 0, 0);
                for (at, object) in objects.iter().enumerate() {
                    let item = item(object, arrays, &name(at))?;
                    held += item.held();
                    items.push(item);
                    let is_last = at + 1 == objects.len();
                    if items.len() < at_once && held < MAX_WAITING && !is_last {
                        continue;
                    }
                    planes.resize(items.len() * size, 0);
                    py.detach(|| looker.look(&items, &mut planes, threads))
                        .map_err(|(at, why)| unseen(&items[at], &name(first + at), why))?;
                    py.detach(|| with(&planes))?;
                    py.check_signals()?;
                    first += items.len();
                    items.clear();
                    held = 0;
                }
                warn_resized(py, looker.resized(), self.model.input())?;
            }
        }
        Ok(())
    }

    /// Hands the logits of each image to `row`.
    fn each_row(
        &self,
        images: &Bound<PyAny>,
        layout: Option<&str>,
        mut row: impl FnMut(&[f64]) -> PyResult<()> + Send,
    ) -> PyResult<bool> {
        let py = images.py();
        guarded(|| {
            let arrays = Arrays::Images(layout, self.model.input());
            let images = Images::of(images, arrays)?;
            let mut computer = match self.idle.take() {
                Some(computer) => computer,
                None => py
                    .detach(|| Computer::new(&self.model, self.arithmetic, self.threads))
                    .map_err(of_runtime)?,
            };
            let (size, classes) = (self.len(), self.model.classes());
            let mut logits = Vec::new();
            let done = self.each_chunk(py, &images, arrays, |chunk| {
                logits.resize(chunk.len() / size * classes, 0.0);
                computer.logits(chunk, &mut logits).map_err(of_runtime)?;
                logits.chunks(classes).try_for_each(&mut row)
            });
            self.idle.give(computer);
            done.map(|()| images.single)
        })
    }

    /// Numbers of each image as an array with a row each, or of a single image as one row.
    fn rows<'py, T: numpy::Element + Send>(
        &self,
        images: &Bound<'py, PyAny>,
        layout: Option<&str>,
        mut row: impl FnMut(&[f64], &mut Vec<T>) -> PyResult<()> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let classes = self.model.classes();
        let mut numbers: Vec<T> = Vec::new();
        let single = self.each_row(images, layout, |logits| {
            numbers
                .try_reserve(classes)
                .map_err(|_| PyMemoryError::new_err("the logits of all images"))?;
            row(logits, &mut numbers)
        })?;
        let count = numbers.len() / classes;
        let array = numbers.into_pyarray(images.py());
        match single {
            true => Ok(array.into_any()),
            false => Ok(array.reshape([count, classes])?.into_any()),
        }
    }

    /// The class of each image, or none where it is none of them.
    fn answers(
        &self,
        images: &Bound<PyAny>,
        layout: Option<&str>,
    ) -> PyResult<(Vec<Option<usize>>, bool)> {
        let threshold = self.threshold();
        let singles = !matches!(self.arithmetic, Arithmetic::Integer);
        let mut answers = Vec::new();
        let single = self.each_row(images, layout, |logits| {
            let class = argmax(logits).map_err(PyValueError::new_err)?;
            answers.push((!is_rejected(logits, threshold, singles)).then_some(class));
            Ok(())
        })?;
        Ok((answers, single))
    }
}

#[pymethods]
impl Model {
    /// The name of each image's class, or None where it is none of the classes, by the file's threshold.
    #[pyo3(signature = (images, *, layout=None))]
    fn predict<'py>(
        &self,
        images: &Bound<'py, PyAny>,
        layout: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (answers, single) = self.answers(images, layout)?;
        let name = |class: usize| self.model.class_names()[class].as_str();
        let names: Vec<Option<&str>> = answers.into_iter().map(|found| found.map(name)).collect();
        match single {
            true => names[0].into_bound_py_any(images.py()),
            false => names.into_bound_py_any(images.py()),
        }
    }

    /// The index of each image's class, counted from 0, or -1 where it is none of the classes, by the file's threshold.
    #[pyo3(signature = (images, *, layout=None))]
    fn indices<'py>(
        &self,
        images: &Bound<'py, PyAny>,
        layout: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (answers, single) = self.answers(images, layout)?;
        let index = |found: Option<usize>| found.map_or(-1, |class| class as i64);
        let indices: Vec<i64> = answers.into_iter().map(index).collect();
        match single {
            true => indices[0].into_bound_py_any(images.py()),
            false => Ok(indices.into_pyarray(images.py()).into_any()),
        }
    }

    /// The logits of each image, one per class: float32, or float64 of arithmetic "integer", which holds them exactly.
    #[pyo3(signature = (images, *, layout=None))]
    fn logits<'py>(
        &self,
        images: &Bound<'py, PyAny>,
        layout: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.arithmetic {
            Arithmetic::Integer => self.rows::<f64>(images, layout, |logits, numbers| {
                numbers.extend_from_slice(logits);
                Ok(())
            }),
            // They were such numbers before.
            _ => self.rows::<f32>(images, layout, |logits, numbers| {
                numbers.extend(logits.iter().map(|&logit| logit as f32));
                Ok(())
            }),
        }
    }

    /// The probability of each class for each image, float64: the softmax of its logits.
    #[pyo3(signature = (images, *, layout=None))]
    fn probabilities<'py>(
        &self,
        images: &Bound<'py, PyAny>,
        layout: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.rows::<f64>(images, layout, |logits, numbers| {
            numbers.extend(shares(logits).map_err(PyValueError::new_err)?);
            Ok(())
        })
    }

    /// What the network reads of pictures: uint8, C×H×W of one, N×C×H×W of a list. A picture is a PIL image, a path, or an
    /// array H×W or H×W×C of any size with 1 to 4 channels: grey, with opacity, RGB, RGBA.
    fn see<'py>(&self, pictures: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = pictures.py();
        let [channels, height, width] = self.model.input();
        let mut seen: Vec<u8> = Vec::new();
        let images = guarded(|| {
            let images = Images::of(pictures, Arrays::Pictures)?;
            self.each_chunk(py, &images, Arrays::Pictures, |chunk| {
                let memory = seen.try_reserve(chunk.len());
                memory.map_err(|_| PyMemoryError::new_err("what the network reads of all"))?;
                seen.extend_from_slice(chunk);
                Ok(())
            })?;
            Ok(images)
        })?;
        let array = seen.into_pyarray(py);
        match images.single {
            true => Ok(array.reshape([channels, height, width])?.into_any()),
            false => {
                let shape = [images.count(), channels, height, width];
                Ok(array.reshape(shape)?.into_any())
            }
        }
    }

    /// A name for each class, in the order of the logits.
    #[getter]
    fn classes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.model.class_names())
    }

    /// Channels, rows and columns of an image.
    #[getter]
    fn input_shape(&self) -> (usize, usize, usize) {
        self.model.input().into()
    }

    /// What becomes of a picture before the network reads it: "crop", "pad", "stretch", "centre-crop" or "none".
    #[getter]
    fn preprocessing(&self) -> &'static str {
        self.model.preprocessing().name()
    }

    /// With a smaller margin between its two largest logits an image is none of the classes; None where it always has one.
    #[getter]
    fn threshold(&self) -> Option<f64> {
        self.model
            .rejection()
            .map(|rejection| f64::from(rejection.threshold))
    }

    /// Threads that compute.
    #[getter]
    fn threads(&self) -> usize {
        self.threads
    }

    /// "float", "int8" or "integer".
    #[getter]
    fn arithmetic(&self) -> &'static str {
        self.arithmetic.name()
    }

    /// Where the network comes from, as words: net, weights, dataset, epochs and others.
    #[getter]
    fn provenance(&self) -> BTreeMap<String, String> {
        self.model.provenance().clone()
    }

    fn __repr__(&self) -> String {
        let [channels, height, width] = self.model.input();
        format!(
            "<onebit.Model: {} classes of images {channels}x{height}x{width}, arithmetic {}, threads {}>",
            self.model.classes(),
            self.arithmetic,
            self.threads
        )
    }

    /// For pickle, so that other processes can be given it.
    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let file = self.model.write().map_err(of_runtime)?;
        let loads = py.import("onebit")?.getattr("loads")?;
        let words = (
            PyBytes::new(py, &file),
            self.threads,
            self.arithmetic.name(),
        );
        Ok((loads, words.into_pyobject(py)?))
    }
}

/// What is said where an item cannot be seen.
fn unseen(item: &Item, name: &str, why: Unseen) -> PyErr {
    match (item, why) {
        (_, Unseen::File(path, error)) => of_io(&path, "cannot read", &error),
        (Item::File(path), Unseen::Picture(why)) => {
            PyValueError::new_err(runtime::printable(&format!("{}: {why}", path.display())))
        }
        (_, Unseen::Picture(why)) => PyValueError::new_err(format!("{name}: {why}")),
    }
}

/// Says that pictures were resized as nobody told.
fn warn_resized(py: Python, resized: usize, [_, height, width]: [usize; 3]) -> PyResult<()> {
    if resized == 0 {
        return Ok(());
    }
    let text = format!(
        "the network's file does not say how pictures are brought to its size; {resized} of another size: scaled, and the middle of {width}x{height} cut out"
    );
    let text = std::ffi::CString::new(text)?;
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &text, 1)
}
