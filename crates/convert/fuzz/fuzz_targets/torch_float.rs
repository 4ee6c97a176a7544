//! State dicts of 32-bit numbers: whatever is imported can be written, and read again.

#![no_main]

use std::path::Path;

use convert::{Options, torch_float};
use libfuzzer_sys::fuzz_target;
use runtime::Model;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(model) = torch_float::import_from(Path::new("x"), bytes, &Options::default()) {
        assert_eq!(Model::read(&model.write().unwrap()).unwrap(), model);
    }
});
