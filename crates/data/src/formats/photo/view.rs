//! What a network sees of a photograph: the centre, a random crop, or one of 25 (He et al. 2016,
//! sections 3.4 and 4.1; the paper's section 4).

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use rand::Rng;

use super::Photo;
use crate::rng::below;

/// Height and width of what a network sees.
pub const SIDE: usize = 224;
/// The shorter side of a photograph whose centre is looked at.
pub const CENTRE_SCALE: u32 = 256;
/// The shorter sides of the 25 crops, at five random places each.
pub const CROP_SCALES: [u32; 5] = [224, 256, 384, 480, 640];

/// A square of a photograph, in source pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Square {
    left: f64,
    top: f64,
    side: f64,
}

impl Photo {
    /// The centre, 224×224, of the photograph scaled to a shorter side of 256. Writes 3×224×224
    /// bytes.
    pub fn centre(&self, dst: &mut [u8]) {
        let [rows, columns] = self.room(CENTRE_SCALE);
        self.show(CENTRE_SCALE, [rows / 2, columns / 2], false, dst);
    }

    /// A random 224×224 of the photograph scaled to a shorter side that is uniform from `min` to
    /// `max` (at least 224), mirrored with probability 1/2 if `flip`.
    pub fn random<R: Rng + ?Sized>(
        &self,
        [min, max]: [u32; 2],
        flip: bool,
        rng: &mut R,
        dst: &mut [u8],
    ) {
        let min = min.max(SIDE as u32);
        let spread = u64::from(max.saturating_sub(min)) + 1;
        let scale = min + below(rng, spread) as u32;
        let place = self.place(scale, rng);
        let mirrored = flip && below(rng, 2) == 1;
        self.show(scale, place, mirrored, dst);
    }

    /// One of the 25 crops: number `view` is at a random place at scale `view / 5` of
    /// [`CROP_SCALES`].
    pub fn crop<R: Rng + ?Sized>(&self, view: usize, rng: &mut R, dst: &mut [u8]) {
        let scale = CROP_SCALES[view / 5 % CROP_SCALES.len()];
        let place = self.place(scale, rng);
        self.show(scale, place, false, dst);
    }

    /// How many rows and columns a square of 224 can move, at a shorter side of `scale`.
    fn room(&self, scale: u32) -> [u32; 2] {
        let shorter = u64::from(self.width.min(self.height));
        [self.height, self.width].map(|side| {
            let scaled = (u64::from(side) * u64::from(scale) + shorter / 2) / shorter;
            (scaled as u32).saturating_sub(SIDE as u32)
        })
    }

    fn place<R: Rng + ?Sized>(&self, scale: u32, rng: &mut R) -> [u32; 2] {
        self.room(scale)
            .map(|room| below(rng, u64::from(room) + 1) as u32)
    }

    /// What row `top` and column `left` of the scaled photograph are the corner of. Scaling and
    /// cropping are done as one: only what is seen is computed.
    fn show(&self, scale: u32, [top, left]: [u32; 2], mirrored: bool, dst: &mut [u8]) {
        assert_eq!(dst.len(), 3 * SIDE * SIDE, "room for 3x224x224 bytes");
        let per_pixel = f64::from(self.width.min(self.height)) / f64::from(scale);
        let side = (SIDE as f64 * per_pixel)
            .min(f64::from(self.width))
            .min(f64::from(self.height));
        // Rounding of the scaled size must not lead over the border.
        let inside = |corner: u32, length: u32| {
            (f64::from(corner) * per_pixel).clamp(0.0, f64::from(length) - side)
        };
        let square = Square {
            left: inside(left, self.width),
            top: inside(top, self.height),
            side,
        };
        let seen = self.resize(square);
        for (channel, plane) in dst.chunks_exact_mut(SIDE * SIDE).enumerate() {
            for (row, line) in plane
                .chunks_exact_mut(SIDE)
                .zip(seen.chunks_exact(3 * SIDE))
            {
                let pixels = line.iter().skip(channel).step_by(3);
                if mirrored {
                    row.iter_mut()
                        .rev()
                        .zip(pixels)
                        .for_each(|(to, &from)| *to = from);
                } else {
                    row.iter_mut()
                        .zip(pixels)
                        .for_each(|(to, &from)| *to = from);
                }
            }
        }
    }

    /// A square as 224×224×3 bytes, by bilinear interpolation that averages where it shrinks.
    fn resize(&self, Square { left, top, side }: Square) -> Vec<u8> {
        let source = ImageRef::new(self.width, self.height, &self.rgb, PixelType::U8x3)
            .expect("the pixels have this size");
        let mut seen = Image::new(SIDE as u32, SIDE as u32, PixelType::U8x3);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
            .crop(left, top, side, side);
        // Of this one type of pixels: the other dozen would be 3 MB of the program.
        let from = source.typed_image::<U8x3>().expect("three bytes each");
        let mut to = seen.typed_image_mut::<U8x3>().expect("three bytes each");
        Resizer::new()
            .resize_typed(&from, &mut to, &options)
            .expect("the square lies inside the picture");
        seen.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Stream, rng};

    /// Red grows to the right, green downwards, blue is 7.
    fn ramp(width: u32, height: u32) -> Photo {
        let pixel = |i: u32| {
            let (row, column) = (i / width, i % width);
            [(column * 255 / width) as u8, (row * 255 / height) as u8, 7]
        };
        let rgb = (0..width * height).flat_map(pixel).collect();
        Photo { width, height, rgb }
    }

    fn at(seen: &[u8], row: usize, column: usize) -> [u8; 3] {
        [0, 1, 2].map(|channel| seen[(channel * SIDE + row) * SIDE + column])
    }

    #[test]
    fn the_centre_shows_the_middle() {
        for (width, height) in [
            (500, 375),
            (375, 500),
            (256, 256),
            (60, 40),
            (1, 1),
            (900, 10),
        ] {
            let mut seen = vec![0; 3 * SIDE * SIDE];
            ramp(width, height).centre(&mut seen);
            assert!(seen[2 * SIDE * SIDE..].iter().all(|&blue| blue == 7));
            if width.min(height) < 40 {
                continue; // the ramp has few steps
            }
            let [red, green, _] = at(&seen, SIDE / 2, SIDE / 2);
            assert!(
                red.abs_diff(127) < 5 && green.abs_diff(127) < 5,
                "{width}x{height}"
            );
            // 224 of 256 is seen of the shorter side: its first and last sixteenth are not.
            let (low, high) = if width <= height {
                (at(&seen, 112, 0)[0], at(&seen, 112, 223)[0])
            } else {
                (at(&seen, 0, 112)[1], at(&seen, 223, 112)[1])
            };
            assert!(
                low.abs_diff(16) < 5 && high.abs_diff(239) < 6,
                "{low} {high}"
            );
        }
    }

    #[test]
    fn random_views_cover_all_places_and_half_are_mirrored() {
        let photo = ramp(500, 400);
        let (mut mirrored, mut darkest, mut brightest) = (0, 255, 0);
        for index in 0..200 {
            let mut seen = vec![0; 3 * SIDE * SIDE];
            let mut source = rng(1, Stream::Augment, 0, index);
            photo.random([256, 480], true, &mut source, &mut seen);
            let (first, last) = (at(&seen, 0, 0)[0], at(&seen, 0, 223)[0]);
            mirrored += usize::from(first > last);
            darkest = darkest.min(first.min(last));
            brightest = brightest.max(first.max(last));
        }
        // 200 draws of 1/2: five standard deviations are 35.
        assert!((65..=135).contains(&mirrored), "{mirrored}");
        assert!(darkest < 16 && brightest > 239, "{darkest} {brightest}");
    }

    #[test]
    fn the_25_crops_have_five_scales() {
        let photo = ramp(640, 640);
        let mut widths = Vec::new();
        for view in 0..25 {
            let mut seen = vec![0; 3 * SIDE * SIDE];
            photo.crop(view, &mut rng(1, Stream::Augment, 0, 9), &mut seen);
            widths.push(at(&seen, 0, 223)[0] - at(&seen, 0, 0)[0]);
        }
        for (index, scale) in CROP_SCALES.into_iter().enumerate() {
            let expected = 255.0 * SIDE as f64 / f64::from(scale);
            for &width in &widths[5 * index..][..5] {
                assert!(
                    (f64::from(width) - expected).abs() < 4.0,
                    "{scale}: {width}"
                );
            }
        }
    }
}
