//! Ink on paper: anti-aliased lines, an uneven ground, stray marks and noise.

use rand::Rng;

use super::SIDE;
use super::stroke::Point;
use crate::rng::{below, between};

/// How much of each pixel is inked, while lines are being drawn.
pub(super) struct Canvas {
    /// 0 to 1, row by row.
    ink: [f32; SIDE * SIDE],
    /// Half the pen's width, in pixels.
    radius: f32,
}

impl Canvas {
    /// An empty canvas and a pen of random width.
    pub(super) fn draw<R: Rng>(rng: &mut R) -> Self {
        Self {
            ink: [0.0; SIDE * SIDE],
            radius: between(rng, 0.7, 1.7),
        }
    }

    /// Draws the chain of `points`, in pixels from the top-left corner.
    pub(super) fn line(&mut self, points: impl IntoIterator<Item = Point>) {
        let mut last = None;
        for point in points {
            if let Some(from) = last {
                self.segment(from, point, self.radius, 1.0);
            }
            last = Some(point);
        }
    }

    /// Inks the pixels near the segment from `p` to `q`. A pixel's share is taken as linear in the
    /// distance of its centre from the edge of the line, which is what anti-aliasing needs.
    fn segment(&mut self, p: Point, q: Point, radius: f32, strength: f32) {
        let reach = radius + 0.5;
        let range = |a: f32, b: f32| {
            // A cast of a float to an integer saturates, so that points outside are harmless.
            let first = (a.min(b) - reach - 0.5).max(0.0) as usize;
            let last = (a.max(b) + reach + 0.5).max(0.0) as usize;
            first.min(SIDE)..last.min(SIDE)
        };
        let (dx, dy) = (q.0 - p.0, q.1 - p.1);
        let length = dx * dx + dy * dy;
        for row in range(p.1, q.1) {
            for column in range(p.0, q.0) {
                let (x, y) = (column as f32 + 0.5 - p.0, row as f32 + 0.5 - p.1);
                let along = if length > 0.0 {
                    (x * dx + y * dy) / length
                } else {
                    0.0
                };
                let along = along.clamp(0.0, 1.0);
                let (x, y) = (x - along * dx, y - along * dy);
                let share = (reach - (x * x + y * y).sqrt()).clamp(0.0, 1.0) * strength;
                let ink = &mut self.ink[row * SIDE + column];
                *ink = ink.max(share);
            }
        }
    }

    /// Adds stray marks, and writes ink, ground and noise to the image's bytes.
    pub(super) fn finish<R: Rng>(mut self, rng: &mut R, pixels: &mut [u8]) {
        let side = SIDE as f32;
        for _ in 0..below(rng, 3) {
            let p = (between(rng, 0.0, side), between(rng, 0.0, side));
            let q = (p.0 + between(rng, -4.0, 4.0), p.1 + between(rng, -4.0, 4.0));
            let (radius, strength) = (between(rng, 0.3, 0.8), between(rng, 0.3, 0.8));
            self.segment(p, q, radius, strength);
        }
        let ground = between(rng, 10.0, 90.0);
        let contrast = between(rng, 95.0, 160.0);
        let slope = (
            between(rng, -40.0, 40.0) / side,
            between(rng, -40.0, 40.0) / side,
        );
        let grain = between(rng, 3.0, 12.0);
        for (index, (pixel, ink)) in pixels.iter_mut().zip(&self.ink).enumerate() {
            let x = (index % SIDE) as f32 + 0.5 - side / 2.0;
            let y = (index / SIDE) as f32 + 0.5 - side / 2.0;
            let paper = ground + slope.0 * x + slope.1 * y;
            let value = paper + contrast * ink + grain * bell(rng);
            // The cast rounds towards zero, and clamps to 0..=255.
            *pixel = (value + 0.5) as u8;
        }
    }
}

/// Nearly normal noise of mean 0 and variance 1: the sum of four uniform 16-bit numbers.
fn bell<R: Rng>(rng: &mut R) -> f32 {
    let bits = rng.next_u64();
    let sum: u64 = (0..4).map(|part| (bits >> (16 * part)) & 0xffff).sum();
    // Each part has variance 1/12 of its range squared: the sum's deviation is range * sqrt(1/3).
    (sum as f32 / 65_536.0 - 2.0) * 1.732_050_8
}
