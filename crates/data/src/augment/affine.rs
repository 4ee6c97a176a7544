//! Rotation, shift and scaling as one resampling.

use rand::Rng;

use super::AugmentOp;
use super::math::sin_cos;
use super::spec::Draws;

/// How far images are rotated, shifted and scaled, at most.
///
/// Each pixel is taken from its place in the image by bilinear interpolation. Where that place is
/// outside, it is the nearest pixel of the border. No angle is above 180°, no shift above 100 %, no
/// change of size above 90 %: larger values act as these.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Warp {
    /// The greatest angle either way, in thousandths of a degree. Angles are uniform.
    pub rotate: u32,
    /// The greatest shift either way, in thousandths of a percent of width and height. Each axis
    /// has its own, uniform.
    pub shift: u32,
    /// The greatest change of size, in thousandths of a percent. Factors are uniform about 1.
    pub scale: u32,
}

/// Fractions of a pixel in fixed point.
const BITS: u32 = 20;

/// Where pixels come from: of (row, column) the place `origin + row · per_row + column · per_column`,
/// as x and y in pixels in fixed point.
struct Places {
    origin: [i64; 2],
    per_row: [i64; 2],
    per_column: [i64; 2],
}

impl Warp {
    /// Images as they are.
    pub const NONE: Self = Self {
        rotate: 0,
        shift: 0,
        scale: 0,
    };

    /// Writes the warped `src` to `dst`, both C×H×W.
    pub(super) fn apply(
        &self,
        src: &[u8],
        [height, width]: [usize; 2],
        draws: &Draws,
        dst: &mut [u8],
    ) {
        let places = self.draw([height, width], draws);
        let planes = src.chunks_exact(height * width);
        for (src, dst) in planes.zip(dst.chunks_exact_mut(height * width)) {
            for (y, row) in (0..).zip(dst.chunks_exact_mut(width)) {
                for (x, pixel) in (0..).zip(row) {
                    let at = |axis: usize| {
                        places.origin[axis] + y * places.per_row[axis] + x * places.per_column[axis]
                    };
                    *pixel = bilinear(src, [height, width], at(0), at(1));
                }
            }
        }
    }

    fn draw(&self, [height, width]: [usize; 2], draws: &Draws) -> Places {
        let mut rotate = draws.of(AugmentOp::Rotate);
        let mut shift = draws.of(AugmentOp::Shift);
        let mut scale = draws.of(AugmentOp::Scale);
        let (sin, cos) =
            sin_cos(either_way(&mut rotate) * f64::from(self.rotate.min(180_000)) / 1000.0);
        let share = f64::from(self.shift.min(100_000)) / 100_000.0;
        let right = either_way(&mut shift) * share * width as f64;
        let down = either_way(&mut shift) * share * height as f64;
        let factor = 1.0 + either_way(&mut scale) * f64::from(self.scale.min(90_000)) / 100_000.0;
        let (middle_x, middle_y) = ((width - 1) as f64 / 2.0, (height - 1) as f64 / 2.0);
        // Back from the result to the image: shift, rotate and scale about the middle.
        let (along, across) = (cos / factor, sin / factor);
        let (x, y) = (-middle_x - right, -middle_y - down);
        let fixed = |value: f64| (value * f64::from(1 << BITS)).round() as i64;
        Places {
            origin: [
                fixed(middle_x + along * x + across * y),
                fixed(middle_y - across * x + along * y),
            ],
            per_row: [fixed(across), fixed(along)],
            per_column: [fixed(along), fixed(-across)],
        }
    }
}

/// Uniform from -1 to 1.
pub(super) fn either_way<R: Rng>(source: &mut R) -> f64 {
    (source.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// The value at (x, y) of a plane, in fixed point.
fn bilinear(plane: &[u8], [height, width]: [usize; 2], x: i64, y: i64) -> u8 {
    let inside = |at: i64, length: usize| {
        // To the nearest 256th of a pixel.
        let at = (at.clamp(0, (length as i64 - 1) << BITS) + (1 << (BITS - 9))) >> (BITS - 8);
        let first = (at >> 8) as usize;
        let second = (first + 1).min(length - 1);
        (first, second, at as u32 & 255)
    };
    let (left, right, across) = inside(x, width);
    let (top, bottom, down) = inside(y, height);
    let row = |row: usize| {
        let at = |column: usize| u32::from(plane[row * width + column]);
        at(left) * (256 - across) + at(right) * across
    };
    ((row(top) * (256 - down) + row(bottom) * down + (1 << 15)) >> 16) as u8
}
