//! Pictures of Pillow's.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyDict;
use runtime::pixels::{Channels, Orientation};

use crate::picture::{Item, Pixels};

/// EXIF's tag for how a camera was held.
const ORIENTATION: u16 = 0x0112;

/// Whether it is a PIL image. Nobody has one before Pillow is imported.
pub fn is_image(object: &Bound<PyAny>) -> PyResult<bool> {
    let py = object.py();
    let modules = py.import("sys")?.getattr("modules")?;
    let Some(module) = modules.cast::<PyDict>()?.get_item("PIL.Image")? else {
        return Ok(false);
    };
    object.is_instance(&module.getattr("Image")?)
}

/// The picture that it holds: with its opacity, and turned as EXIF says, as `onebit predict` reads a file.
pub fn item(image: &Bound<PyAny>, name: &str) -> PyResult<Item> {
    // First, because of some files Pillow turns the pixels then.
    image.call_method0("load")?;
    let mode: String = image.getattr("mode")?.extract()?;
    let transparent = image.getattr("info")?.contains("transparency")?;
    let wanted = match (mode.as_str(), transparent) {
        ("L" | "1", true) | ("La", _) => "LA",
        ("P" | "RGB", true) | ("PA" | "RGBa", _) => "RGBA",
        ("1", false) => "L",
        ("P", false) | ("RGBX" | "CMYK" | "YCbCr" | "LAB" | "HSV", _) => "RGB",
        ("L" | "LA" | "RGB" | "RGBA" | "I;16" | "I;16L" | "I;16B", _) => mode.as_str(),
        _ => {
            return Err(PyValueError::new_err(format!(
                "{name}: expected a PIL image of 8 bits a channel, found mode {mode}; bring its values to 0 to 255, then .convert(\"L\")"
            )));
        }
    };
    let converted = match wanted == mode {
        true => image.clone(),
        false => image.call_method1("convert", (wanted,))?,
    };
    let (width, height) = converted.getattr("size")?.extract()?;
    let bytes: PyBackedBytes = converted.call_method0("tobytes")?.extract()?;
    let (channels, pixels) = match wanted {
        "L" => (Channels::Grey, Pixels::Python(bytes)),
        "LA" => (Channels::GreyAlpha, Pixels::Python(bytes)),
        "RGB" => (Channels::Rgb, Pixels::Python(bytes)),
        "RGBA" => (Channels::Rgba, Pixels::Python(bytes)),
        _ => (
            Channels::Grey,
            Pixels::Own(halved(&bytes, wanted == "I;16B")),
        ),
    };
    Ok(Item::Decoded {
        pixels,
        width,
        height,
        channels,
        orientation: orientation(image),
    })
}

/// 16 bits as 8: `round(x / 257)`, as files are read.
fn halved(bytes: &[u8], big_endian: bool) -> Vec<u8> {
    let pairs = bytes.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    let numbers = pairs.map(|pair| match big_endian {
        true => u16::from_be_bytes(pair),
        false => u16::from_le_bytes(pair),
    });
    numbers
        .map(|number| ((u32::from(number) + 128) / 257) as u8)
        .collect()
}

/// As EXIF says; what cannot be read says nothing, as viewers have it.
fn orientation(image: &Bound<PyAny>) -> Orientation {
    let tags = image.call_method0("getexif");
    let tag = tags.and_then(|tags| tags.call_method1("get", (ORIENTATION, 1)));
    let number = tag.and_then(|tag| tag.extract::<u16>());
    let found = number.map(|number| Orientation::from_exif(number).unwrap_or_default());
    found.unwrap_or_default()
}
