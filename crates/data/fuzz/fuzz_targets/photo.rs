//! Photographs: whatever decodes can be looked at.

#![no_main]

use data::photo::{Photo, SIDE};
use data::rng::{Stream, rng};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(photo) = Photo::decode(bytes) {
        let mut seen = vec![0; 3 * SIDE * SIDE];
        let mut source = rng(1, Stream::Augment, 0, bytes.len() as u64);
        photo.centre(&mut seen);
        photo.random([256, 480], true, &mut source, &mut seen);
        photo.crop(24, &mut source, &mut seen);
    }
});
