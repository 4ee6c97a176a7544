//! An export of Onebit: a network with one bit per weight.
//!
@ABOUT@
//!
//! ```
//! let mut memory = Box::new(@CRATE@::Memory::new()); // on a device, a `static`
//! let image = [0; @CRATE@::IMAGE_BYTES];
//! let logits = @CRATE@::logits(&mut memory, &image);
//! let name = @CRATE@::answer(&logits).map(|class| @CRATE@::CLASS_NAMES[class]); // `None`: none of the classes
//! # let _ = name;
//! ```
//!
//! Made by onebit-embed @VERSION@; do not edit.
#![no_std]
#![forbid(unsafe_code)]

mod forward;
mod model;

pub use forward::Memory;
pub use model::CLASS_NAMES;

/// Channels of an image.
pub const CHANNELS: usize = @CHANNELS@;
/// Rows of an image.
pub const HEIGHT: usize = @HEIGHT@;
/// Columns of an image.
pub const WIDTH: usize = @WIDTH@;
/// Bytes of an image: channel by channel, row by row, 0 to 255; nothing is normalised before.
pub const IMAGE_BYTES: usize = CHANNELS * HEIGHT * WIDTH;
/// How many classes there are.
pub const CLASSES: usize = @CLASSES@;
/// A logit is an integer that is divided by 2 to the power of this.
pub const LOGIT_BITS: i32 = @LOGIT_BITS@;
/// An image whose greatest logit is less than this above the second is none of the classes; 0: it always has a class.
pub const MIN_MARGIN: u32 = @MIN_MARGIN@;
/// How many images the self-test has.
pub const SELFTEST_IMAGES: usize = model::EXPECTED.len();

/// The logits of an image, one per class.
pub fn logits(memory: &mut Memory, image: &[u8; IMAGE_BYTES]) -> [i32; CLASSES] {
    forward::logits(memory, image)
}

/// The class: the index of the greatest logit, the first of several.
pub fn class(logits: &[i32; CLASSES]) -> usize {
    (1..CLASSES).fold(0, |best, index| if logits[index] > logits[best] { index } else { best })
}

/// The class, or `None` where an image with these logits is none of the classes.
pub fn answer(logits: &[i32; CLASSES]) -> Option<usize> {
    let best = class(logits);
    let others = logits.iter().enumerate().filter(|(index, _)| *index != best);
    let margin = others.map(|(_, logit)| logits[best].abs_diff(*logit)).min();
    (margin.unwrap_or(u32::MAX) >= MIN_MARGIN).then_some(best)
}

/// Makes an image of the self-test by a formula.
pub fn selftest_image(index: usize, image: &mut [u8; IMAGE_BYTES]) {
    let mut state = index as u32 + 1;
    for (at, to) in image.iter_mut().enumerate() {
        let (c, y, x) = (at / (HEIGHT * WIDTH), at / WIDTH % HEIGHT, at % WIDTH);
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 24) as usize;
        let pixel = match index {
            0 => noise,
            1 => noise >> 2,
            2 => 255 - (noise >> 2),
            3 => 40 * c + 3 * y + 5 * x,
            _ => (if (x / 4 + y / 4) % 2 == 0 { 32 } else { 192 }) + (noise >> 3),
        };
        *to = (pixel & 255) as u8;
    }
}

/// Computes the logits of five images, with room for one.
///
/// # Errors
///
/// The index of the first image with other logits than the expected ones.
pub fn selftest(memory: &mut Memory, image: &mut [u8; IMAGE_BYTES]) -> Result<(), usize> {
    for (index, expected) in model::EXPECTED.iter().enumerate() {
        selftest_image(index, image);
        if logits(memory, image) != *expected {
            return Err(index);
        }
    }
    Ok(())
}
