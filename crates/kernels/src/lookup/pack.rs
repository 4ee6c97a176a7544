//! What stands before a convolution, done while its padded input is written: batch norm, the
//! activation function, and for integers the rounding.

use crate::isa::per_isa;

/// An image's place in a padded plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Rows and columns of the image.
    pub image: [usize; 2],
    /// Rows and columns of padding before it.
    pub before: [usize; 2],
    /// Rows and columns of the plane.
    pub padded: [usize; 2],
}

impl Frame {
    /// # Panics
    ///
    /// When a length does not fit, or the image does not.
    fn check(&self, image: usize, plane: usize) {
        assert_eq!(image, self.image[0] * self.image[1], "image");
        assert_eq!(plane, self.padded[0] * self.padded[1], "padded plane");
        let fits = |axis: usize| self.before[axis] + self.image[axis] <= self.padded[axis];
        assert!(fits(0) && fits(1), "an image within its plane");
    }
}

impl Frame {
    /// Where a pixel of the image lies in planes one behind the other.
    #[inline(always)]
    pub(super) fn place(&self, plane: usize, [row, column]: [usize; 2]) -> usize {
        let ([top, left], [rows, columns]) = (self.before, self.padded);
        (plane * rows + row + top) * columns + column + left
    }
}

/// y = max(floor, scale · x + offset).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prologue {
    /// Factor of the batch norm.
    pub scale: f32,
    /// What is added to it.
    pub offset: f32,
    /// The minimum; −∞ for no activation function.
    pub floor: f32,
}

impl Prologue {
    /// y.
    #[inline(always)]
    pub(super) fn float(&self, x: f32) -> f32 {
        let y = self.scale * x + self.offset;
        if y > self.floor { y } else { self.floor }
    }

    /// y, rounded, as an integer from −128 to 127. No operation is fused, so it is the same on every machine.
    #[inline(always)]
    pub(super) fn integer(&self, x: f32) -> i16 {
        let y = self.scale * x + self.offset;
        let floor = if self.floor > -128.0 {
            self.floor
        } else {
            -128.0
        };
        // In this order NaN becomes the floor.
        let y = if y > floor { y } else { floor };
        let y = if y < 127.0 { y } else { 127.0 };
        ((y + ROUND).to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32) as i16
    }
}

per_isa! {
    /// One channel: y in the frame, 0 around it.
    ///
    /// # Panics
    ///
    /// When a length does not fit the frame.
    pub fn pack_f32(frame: &Frame, prologue: &Prologue, image: &[f32], plane: &mut [f32]) {
        pack(frame, image, plane, 0.0, |x| prologue.float(x));
    }
}

/// 1.5 · 2²³: a float this large has no bits behind the point, and its lowest bits count in ones. Adding it
/// rounds to the nearest integer, to even at a tie, on every machine.
const ROUND: f32 = 12_582_912.0;

per_isa! {
    /// One channel in integers from −128 to 127: `zero` plus y, rounded, in the frame, and `zero` around it.
    ///
    /// The prologue is in steps of the integers: its offset includes `zero`, and what lies outside of the range
    /// becomes its end.
    ///
    /// # Panics
    ///
    /// When a length does not fit the frame.
    pub fn pack_i16(frame: &Frame, prologue: &Prologue, zero: i16, image: &[f32], plane: &mut [i16]) {
        pack(frame, image, plane, zero, |x| prologue.integer(x));
    }
}

#[inline(always)]
fn pack<T: Copy>(
    frame: &Frame,
    image: &[f32],
    plane: &mut [T],
    filler: T,
    pixel: impl Fn(f32) -> T,
) {
    frame.check(image.len(), plane.len());
    // All of it at once: borders of one or two pixels cost a call for each row.
    plane.fill(filler);
    let width = frame.image[1];
    for (y, from) in image.chunks_exact(width).enumerate() {
        let to = &mut plane[frame.place(0, [y, 0])..][..width];
        let mut at = 0;
        // Runs of known length become registers; 8 is a row of the narrowest images of CIFAR.
        while at + 16 <= width {
            pixels::<T, 16>(&from[at..], &mut to[at..], &pixel);
            at += 16;
        }
        while at + 8 <= width {
            pixels::<T, 8>(&from[at..], &mut to[at..], &pixel);
            at += 8;
        }
        for (from, to) in from[at..].iter().zip(&mut to[at..]) {
            *to = pixel(*from);
        }
    }
}

#[inline(always)]
fn pixels<T, const N: usize>(from: &[f32], to: &mut [T], pixel: &impl Fn(f32) -> T) {
    for (from, to) in from[..N].iter().zip(&mut to[..N]) {
        *to = pixel(*from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Isa;
    use alloc::vec;

    #[test]
    fn integers_are_rounded_to_even_clamped_and_framed() {
        let frame = Frame {
            image: [1, 11],
            before: [1, 1],
            padded: [3, 13],
        };
        let prologue = Prologue {
            scale: 0.5,
            offset: -128.0,
            floor: -128.0,
        };
        let image = [
            0.0,
            1.0,
            3.0,
            5.0,
            -9.0,
            510.0,
            509.0,
            600.0,
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
        ];
        for isa in Isa::available() {
            let mut plane = vec![9; 39];
            pack_i16(isa, &frame, &prologue, -128, &image, &mut plane);
            let expected = [-128, -128, -126, -126, -128, 127, 126, 127, -128, 127, -128];
            assert_eq!(plane[14..25], expected, "{isa}");
            assert!(plane[..14].iter().chain(&plane[25..]).all(|&x| x == -128));
        }
    }

    #[test]
    fn floats_are_normed_and_framed() {
        let frame = Frame {
            image: [2, 9],
            before: [1, 0],
            padded: [4, 10],
        };
        let prologue = Prologue {
            scale: 2.0,
            offset: 1.0,
            floor: 0.0,
        };
        let image: [f32; 18] = core::array::from_fn(|i| i as f32 - 3.0);
        for isa in Isa::available() {
            let mut plane = vec![f32::NAN; 40];
            pack_f32(isa, &frame, &prologue, &image, &mut plane);
            assert_eq!(
                plane[10..20],
                [0.0, 0.0, 0.0, 1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 0.0],
                "{isa}"
            );
            assert!(plane[..10].iter().chain(&plane[30..]).all(|&x| x == 0.0));
        }
    }
}
