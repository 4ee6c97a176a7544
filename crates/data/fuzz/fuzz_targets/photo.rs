//! Photographs: whatever decodes can be looked at.

#![no_main]

use data::photo::{self, Photo, SIDE};
use data::rng::{Stream, rng};
use libfuzzer_sys::fuzz_target;

/// What large pictures take is measured in `tests/peaks.rs`.
const MAX_PIXELS: u64 = 8 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Ok([height, width]) = photo::size(bytes) else {
        return;
    };
    if u64::from(height) * u64::from(width) > MAX_PIXELS {
        return;
    }
    if let Ok(photo) = Photo::decode(bytes) {
        let mut seen = vec![0; 3 * SIDE * SIDE];
        let mut source = rng(1, Stream::Augment, 0, bytes.len() as u64);
        photo.centre(&mut seen);
        photo.random([256, 480], true, &mut source, &mut seen);
        photo.crop(24, &mut source, &mut seen);
    }
});
