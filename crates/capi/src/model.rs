//! Networks.

use std::ffi::{CStr, CString, OsString, c_char};
use std::path::Path;
use std::ptr;

use runtime::Model;

use crate::memory::{handle, input, output, place};
use crate::status::{Failure, ONEBIT_FILE, ONEBIT_MODEL, Status, argument, c_text, guard};

/// A network, read from a packed file. It never changes: any number of threads may use it at once.
pub struct ModelHandle {
    pub(crate) model: Model,
    /// As C has texts.
    class_names: Vec<CString>,
}

impl ModelHandle {
    fn new(model: Model) -> Box<Self> {
        let class_names = model
            .class_names()
            .iter()
            .map(|name| c_text(name))
            .collect();
        Box::new(Self { model, class_names })
    }
}

/// What was read does not fit together: to the caller a file like any other that is damaged.
fn in_file(error: runtime::RuntimeError) -> Failure {
    let mut failure = Failure::from(error);
    if failure.status == ONEBIT_MODEL {
        failure.status = ONEBIT_FILE;
    }
    failure
}

/// A path as the system has it: bytes on Unix, elsewhere UTF-8.
fn os_path(path: &CStr) -> Result<OsString, Failure> {
    #[cfg(unix)]
    let path = Ok(std::os::unix::ffi::OsStringExt::from_vec(
        path.to_bytes().to_vec(),
    ));
    #[cfg(not(unix))]
    let path = match path.to_str() {
        Ok(path) => Ok(path.into()),
        Err(_) => Err(argument("path", "UTF-8", "other bytes")),
    };
    path
}

/// Reads the packed file at path. On ONEBIT_OK *model is a network, to be freed with onebit_model_free;
/// otherwise it is NULL. ONEBIT_IO or ONEBIT_FILE when the file cannot be read or is none.
///
/// # Safety
///
/// path is NULL or a text that ends in a NUL, on Windows in UTF-8; model is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_model_load(
    path: *const c_char,
    model: *mut *mut ModelHandle,
) -> Status {
    guard(|| {
        // SAFETY: as the caller promises.
        let to = unsafe { place("model", model) }?;
        if path.is_null() {
            return Err(argument("path", "a text", "NULL"));
        }
        // SAFETY: not null; the rest the caller promises.
        let path = os_path(unsafe { CStr::from_ptr(path) })?;
        let model = Model::load(Path::new(&path)).map_err(in_file)?;
        *to = Box::into_raw(ModelHandle::new(model));
        Ok(())
    })
}

/// Reads a packed file that is in memory: length bytes, which are needed only during the call. Otherwise as
/// onebit_model_load.
///
/// # Safety
///
/// bytes is NULL or length bytes can be read there; model is NULL or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_model_read(
    bytes: *const u8,
    length: usize,
    model: *mut *mut ModelHandle,
) -> Status {
    guard(|| {
        // SAFETY: as the caller promises.
        let to = unsafe { place("model", model) }?;
        // SAFETY: as the caller promises.
        let bytes = unsafe { input("bytes", bytes, length) }?;
        let model = Model::read(bytes).map_err(in_file)?;
        *to = Box::into_raw(ModelHandle::new(model));
        Ok(())
    })
}

/// Frees a network. Engines that were made from it stay, the names of its classes go. NULL is passed over.
///
/// # Safety
///
/// model is NULL or comes from onebit_model_load or onebit_model_read, is freed once, and no thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_model_free(model: *mut ModelHandle) {
    guard(|| {
        if !model.is_null() {
            // SAFETY: it comes from `Box::into_raw`, and the caller frees it once.
            drop(unsafe { Box::from_raw(model) });
        }
        Ok(())
    });
}

/// Writes to shape the size of an image: channels, height, width. shape_length is 3.
///
/// # Safety
///
/// model is NULL or a network; shape is NULL or so many numbers can be written there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_model_input(
    model: *const ModelHandle,
    shape: *mut usize,
    shape_length: usize,
) -> Status {
    guard(|| {
        // SAFETY: as the caller promises.
        let model = unsafe { handle("model", model) }?;
        let input = model.model.input();
        if shape_length != input.len() {
            return Err(argument("shape_length", "3", shape_length));
        }
        // SAFETY: as the caller promises; a number may be zeros.
        let shape = unsafe { output("shape", shape, shape_length) }?;
        shape.copy_from_slice(&input);
        Ok(())
    })
}

/// Bytes of an image: channels * height * width. 0 for NULL.
///
/// # Safety
///
/// model is NULL or a network.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_model_image_length(model: *const ModelHandle) -> usize {
    // SAFETY: as the caller promises.
    unsafe { model.as_ref() }.map_or(0, |model| model.model.image_len())
}

/// How many classes there are, which is as many as logits of an image. 0 for NULL.
///
/// # Safety
///
/// model is NULL or a network.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_model_classes(model: *const ModelHandle) -> usize {
    // SAFETY: as the caller promises.
    unsafe { model.as_ref() }.map_or(0, |model| model.class_names.len())
}

/// The name of a class, counted from 0: a text in UTF-8 that belongs to the network and goes with it. It is as
/// it stands in the file, but for NULs: whoever wrote the file may have put sequences into it that a
/// terminal obeys. NULL when there is no such class.
///
/// # Safety
///
/// model is NULL or a network.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn onebit_model_class_name(
    model: *const ModelHandle,
    index: usize,
) -> *const c_char {
    // SAFETY: as the caller promises.
    let model = unsafe { model.as_ref() };
    let name = model.and_then(|model| model.class_names.get(index));
    name.map_or(ptr::null(), |name| name.as_ptr())
}
