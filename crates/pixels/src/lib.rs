//! From a decoded picture of any size to the bytes that a network reads.
//!
//! ```
//! use pixels::{Channels, Fit, Orientation, Picture, Preprocessing};
//!
//! // Two pixels beside each other, red and white, stored as a phone does that was held upright.
//! let pixels = [255, 0, 0, 255, 255, 255];
//! let orientation = Orientation::from_exif(6)?;
//! let picture = Picture::new(&pixels, 2, 1, Channels::Rgb, orientation)?;
//! assert_eq!(picture.size(), [2, 1]); // height, width: as viewers show it
//!
//! let grey = Preprocessing::new(1, 2, 2, Fit::Pad)?;
//! let mut image = [0; 4];
//! grey.apply(&picture, &mut image);
//! assert_eq!(image, [76, 0, 255, 0]);
//! # Ok::<(), pixels::PixelsError>(())
//! ```
//!
//! Everybody who shows a picture to a network does this here, or does the same: training, the
//! engine, C and the browser. It is therefore specified in integers. `/` rounds down, and
//! `round(a/b)` is `(2a + b) / 2b`: halves go up. A picture has `H` rows of `W` pixels of 8 bits
//! for each channel; the network reads `C × h × w`.
//!
//! 1. **Orientation.** Sides and coordinates are those of the picture as viewers show it:
//!    [`Orientation`] says where a pixel is stored.
//! 2. **Alpha.** A colour `c` of opacity `a` stands over white: `(c·a + 255·(255 − a) + 127) / 255`.
//! 3. **Channels.** Grey of a colour is that of BT.601, `(299·R + 587·G + 114·B + 500) / 1000`. A
//!    grey picture for three channels is repeated in each.
//! 4. **Fit.** Which part of the picture goes where:
//!    - `crop`: the largest rectangle of the target's aspect ratio, cut from the middle, fills the
//!      target. If `W·h > H·w`, it has all rows and `max(1, round(H·w / h))` columns. Otherwise it
//!      has all columns and `max(1, round(W·h / w))` rows. Of `n` left over, `n / 2` are on the left
//!      or above.
//!    - `pad`: the whole picture, scaled, stands in the middle of the target. If `W·h > H·w`, it is
//!      `w` wide and `max(1, round(H·w / W))` high. Otherwise it is `h` high and
//!      `max(1, round(W·h / H))` wide. Of `n` left over, `n / 2` are on the left or above; all of
//!      them are 0.
//!    - `stretch`: the whole picture fills the target.
//! 5. **Scaling.** Along an axis, `S` pixels of the part become `D`. With
//!    `r = 2·max(S, D)`, pixel `j` counts in output `i` with the weight
//!    `max(0, r − |(2i + 1)·S − (2j + 1)·D|)`: a triangle, which interpolates where a picture grows,
//!    and averages where it shrinks. Pixels beside the part do not count. The output is
//!    `round(ΣΣ v·u·p / (Σv · Σu))` for weights `v` of rows and `u` of columns: the exact weighted
//!    mean, rounded once. Where `S = D` nothing changes.
//!
//! A side has at most [`MAX_SIDE`] pixels. The sum of an axis' weights is at most
//! `2·max(S, D)²/D + D/2`. So with sides up to 8192, `255.5 · Σv · Σu` is below 2⁶³, and 64 bits hold
//! every sum. Beyond that, sums of 128 bits are taken where they are needed.
//!
//! The crate allocates nothing but the text of an error, and takes up to 32 KiB of the stack.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod axis;
mod colour;
mod error;
mod fit;
mod orientation;
mod picture;
mod preprocessing;
mod resize;

pub use error::PixelsError;
pub use fit::Fit;
pub use orientation::Orientation;
pub use picture::{Channels, Picture};
pub use preprocessing::Preprocessing;

/// The greatest width and height of a picture, and of what a network reads.
pub const MAX_SIDE: u32 = 65_535;
