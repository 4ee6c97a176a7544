//! Arrays out of zip archives.

#![no_main]

use std::io::Cursor;
use std::path::Path;

use data::npz;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for name in ["data", "labels"] {
        let found = npz::read_from(Path::new("x.npz"), Cursor::new(bytes), name, 1 << 24);
        if let Ok(array) = found {
            let elements: usize = array.shape.iter().product();
            assert_eq!(array.bytes.len(), elements * array.dtype.size);
            let _ = array.integers();
        }
    }
});
