//! What a caller gives as images: an array, a picture, a file, or a list of these.

use std::path::PathBuf;

use numpy::{Element, PyArrayDyn, PyReadonlyArrayDyn, PyUntypedArray};
use numpy::{PyArrayDescrMethods, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use runtime::pixels::{Channels, Orientation};

use crate::layout::{Layout, shape, to_planes};
use crate::picture::{Item, Pixels};
use crate::pil;

/// Images as a call gets them.
pub struct Images<'py> {
    /// Whether it is one and no list, so that the answer is one too.
    pub single: bool,
    pub source: Source<'py>,
}

pub enum Source<'py> {
    /// An array of images of the network's size.
    Array(PyReadonlyArrayDyn<'py, u8>, Layout),
    /// Pictures, files and arrays of an image each.
    List(Vec<Bound<'py, PyAny>>),
}

/// What arrays of a call are.
#[derive(Clone, Copy)]
pub enum Arrays<'a> {
    /// Images of the network's size, in this layout, if it is told.
    Images(Option<&'a str>, [usize; 3]),
    /// Pictures of any size: H×W, or H×W×C with 1 to 4 channels.
    Pictures,
}

impl<'py> Images<'py> {
    /// What `images` are.
    pub fn of(images: &Bound<'py, PyAny>, arrays: Arrays) -> PyResult<Self> {
        let (single, source) = if let Some(array) = array(images)? {
            match arrays {
                Arrays::Images(layout, input) => {
                    let (array, layout) = image_array(&array, layout, input, false, "images")?;
                    (!layout.has_many(), Source::Array(array, layout))
                }
                Arrays::Pictures => (true, Source::List(vec![array.into_any()])),
            }
        } else if is_path(images)? || pil::is_image(images)? {
            (true, Source::List(vec![images.clone()]))
        } else if images.is_instance_of::<PyBytes>() {
            return Err(unknown("images", images));
        } else {
            let items = images.try_iter().map_err(|_| unknown("images", images))?;
            (false, Source::List(items.collect::<PyResult<_>>()?))
        };
        Ok(Self { single, source })
    }

    /// How many.
    pub fn count(&self) -> usize {
        match &self.source {
            Source::Array(array, layout) if layout.has_many() => array.shape()[0],
            Source::Array(..) => 1,
            Source::List(items) => items.len(),
        }
    }
}

/// One of a list; `name` tells which.
pub fn item(object: &Bound<PyAny>, arrays: Arrays, name: &str) -> PyResult<Item> {
    if let Some(array) = array(object)? {
        return match arrays {
            Arrays::Images(layout, input) => {
                let (array, layout) = image_array(&array, layout, input, true, name)?;
                let bytes = bytes_of(&array)?;
                let mut image = bytes.to_vec();
                if !layout.is_planes() {
                    to_planes(bytes, input[0], &mut image);
                }
                Ok(Item::Image(image))
            }
            Arrays::Pictures => picture_array(&array, name),
        };
    }
    if pil::is_image(object)? {
        return pil::item(object, name);
    }
    if is_path(object)? {
        return Ok(Item::File(object.extract::<PathBuf>()?));
    }
    Err(unknown(name, object))
}

/// The bytes of an array that [`Images`] or [`item`] has made contiguous.
pub fn bytes_of<'a>(array: &'a PyReadonlyArrayDyn<'_, u8>) -> PyResult<&'a [u8]> {
    array
        .as_slice()
        .map_err(|_| PyValueError::new_err("images: expected a contiguous array"))
}

/// An array, or what gives one, such as a tensor of PyTorch. PIL images do too, but know more.
fn array<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyUntypedArray>>> {
    if let Ok(array) = object.cast::<PyUntypedArray>() {
        return Ok(Some(array.clone()));
    }
    if !object.hasattr("__array__")? || pil::is_image(object)? {
        return Ok(None);
    }
    let array = object
        .py()
        .import("numpy")?
        .call_method1("asarray", (object,))?;
    Ok(array.cast_into::<PyUntypedArray>().ok())
}

fn is_path(object: &Bound<PyAny>) -> PyResult<bool> {
    Ok(object.is_instance_of::<PyString>() || object.hasattr("__fspath__")?)
}

/// An array of bytes, and how they lie.
fn image_array<'py>(
    array: &Bound<'py, PyUntypedArray>,
    layout: Option<&str>,
    input: [usize; 3],
    one: bool,
    name: &str,
) -> PyResult<(PyReadonlyArrayDyn<'py, u8>, Layout)> {
    let array = bytes_array(array, name)?;
    let layout = Layout::of(layout, array.shape(), input, one)
        .map_err(|error| PyValueError::new_err(format!("{name}: {error}")))?;
    Ok((array, layout))
}

/// An array of bytes one after the other; a copy where they are not.
fn bytes_array<'py>(
    array: &Bound<'py, PyUntypedArray>,
    name: &str,
) -> PyResult<PyReadonlyArrayDyn<'py, u8>> {
    let py = array.py();
    let dtype = array.dtype();
    if !dtype.is_equiv_to(&u8::get_dtype(py)) {
        return Err(PyTypeError::new_err(format!(
            "{name}: expected an array of uint8, 0 to 255 as in a picture's file, found {}; nothing is normalised before",
            dtype.str()?
        )));
    }
    let array = match array.is_c_contiguous() {
        true => array.clone().into_any(),
        false => py
            .import("numpy")?
            .call_method1("ascontiguousarray", (array,))?,
    };
    let array = array.cast_into::<PyArrayDyn<u8>>()?;
    array
        .try_readonly()
        .map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}

/// A picture of any size.
fn picture_array(array: &Bound<PyUntypedArray>, name: &str) -> PyResult<Item> {
    let array = bytes_array(array, name)?;
    let sides = array.shape();
    let (height, width, channels) = match *sides {
        [height, width] => (height, width, 1),
        [height, width, channels @ 1..=4] => (height, width, channels),
        _ => {
            return Err(PyValueError::new_err(format!(
                "{name}: expected a picture, (H, W) or (H, W, C) with 1 to 4 channels, found shape {}; give several as a list",
                shape(sides)
            )));
        }
    };
    let [Ok(width), Ok(height)] = [width, height].map(u32::try_from) else {
        let found = shape(sides);
        return Err(PyValueError::new_err(format!(
            "{name}: expected sides of at most 65535, found shape {found}"
        )));
    };
    let channels = Channels::from_count(channels)
        .map_err(|error| PyValueError::new_err(format!("{name}: {error}")))?;
    Ok(Item::Decoded {
        pixels: Pixels::Own(bytes_of(&array)?.to_vec()),
        width,
        height,
        channels,
        orientation: Orientation::default(),
    })
}

fn unknown(name: &str, object: &Bound<PyAny>) -> PyErr {
    let found = object.get_type();
    let found = found
        .name()
        .map_or("another object".into(), |name| name.to_string());
    PyTypeError::new_err(format!(
        "{name}: expected an array of uint8, a PIL image, the path of a picture or a list of these, found {found}"
    ))
}
