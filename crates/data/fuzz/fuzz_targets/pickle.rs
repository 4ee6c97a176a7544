//! Pickles, and what is taken out of them.

#![no_main]

use std::path::Path;

use data::pickle;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(mut found) = pickle::read_from(Path::new("x.pickle"), &mut &bytes[..], 1 << 24) {
        let _ = found.integers("labels");
        for key in ["data", "mean", "wide", "labels"] {
            if let Ok(array) = found.take_array(key) {
                let elements: usize = array.shape.iter().product();
                assert_eq!(array.bytes.len(), elements * array.dtype.size);
                let _ = array.integers();
            }
        }
    }
});
