//! The engine of packed networks for C, C++ and whatever calls C.
//!
//! `include/onebit.h` is made from this crate: what is written here at functions and constants is what a C
//! programmer reads there. `examples/classify.c` and `examples/classify.py` show the way; the crate builds
//! `libonebit.so` (`.dylib`, `.dll`) and `libonebit.a`.
//!
//! Whatever a caller passes that can be checked is checked: null pointers, alignment, lengths, overlaps, numbers
//! without a meaning, an engine that is in use. No panic leaves the library.

mod engine;
mod memory;
mod model;
mod picture;
mod status;

use std::ffi::{CStr, c_char};

pub use engine::{
    EngineHandle, ONEBIT_F32, ONEBIT_INT8, ONEBIT_NONE_OF_THESE, onebit_engine_answer,
    onebit_engine_classify, onebit_engine_free, onebit_engine_logits, onebit_engine_new,
    onebit_engine_threads,
};
pub use model::{
    ModelHandle, onebit_model_class_name, onebit_model_classes, onebit_model_free,
    onebit_model_image_length, onebit_model_input, onebit_model_load, onebit_model_read,
};
pub use picture::{onebit_model_preprocessing, onebit_model_see};
pub use status::{
    ONEBIT_ARGUMENT, ONEBIT_BUSY, ONEBIT_FILE, ONEBIT_INTERNAL, ONEBIT_IO, ONEBIT_MODEL, ONEBIT_OK,
    Status, onebit_last_error,
};

/// The version of this header. It grows when something in it changes its meaning or goes away; what is
/// added leaves it as it is.
pub const ONEBIT_ABI_VERSION: u32 = 1;

/// The version of the library's interface, to be compared with ONEBIT_ABI_VERSION of the header that a
/// program was compiled with.
#[unsafe(no_mangle)]
pub extern "C" fn onebit_abi_version() -> u32 {
    ONEBIT_ABI_VERSION
}

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };

/// The version of the library, as "0.2.0"; the text is always there.
#[unsafe(no_mangle)]
pub extern "C" fn onebit_version() -> *const c_char {
    VERSION.as_ptr()
}
