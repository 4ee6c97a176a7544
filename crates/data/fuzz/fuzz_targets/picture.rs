//! Pictures in every format: whatever decodes can be prepared.

#![no_main]

use data::photo::{self, Decoded};
use libfuzzer_sys::fuzz_target;
use pixels::{Fit, Preprocessing};

/// What large pictures take is measured in `tests/peaks.rs`.
const MAX_PIXELS: u64 = 8 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Ok([height, width]) = photo::size(bytes) else {
        return;
    };
    if u64::from(height) * u64::from(width) > MAX_PIXELS {
        return;
    }
    if let Ok(decoded) = Decoded::decode(bytes) {
        let picture = decoded.picture();
        let [height, width] = picture.size();
        assert_eq!(decoded.bytes().len(), height as usize * width as usize * picture.channels().count());
        for (channels, fit) in [(1, Fit::Crop), (3, Fit::Pad)] {
            let preprocessing = Preprocessing::new(channels, 5, 7, fit).unwrap();
            let mut seen = vec![0; preprocessing.len()];
            preprocessing.apply(&picture, &mut seen);
        }
    }
});
