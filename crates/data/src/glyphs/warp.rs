//! Where a point of a digit comes to lie in the image.

use rand::Rng;

use super::SIDE;
use super::stroke::Point;
use crate::rng::between;

/// Nodes to a side of the lattice that bends the strokes.
const NODES: usize = 4;

/// An affine map after a smooth random displacement ("elastic distortion", Simard et al. 2003).
pub(super) struct Warp {
    /// Displacements at the nodes of a lattice over -1..1 in both axes.
    bend: [[Point; NODES]; NODES],
    /// Rows of the matrix, in pixels to a unit.
    matrix: [[f32; 2]; 2],
    /// Where the origin goes, in pixels.
    centre: Point,
}

impl Warp {
    /// A random warp: up to 15° of rotation either way, half-height 8 to 10.5 pixels, and a shift that
    /// keeps the digit in sight.
    pub(super) fn draw<R: Rng>(rng: &mut R) -> Self {
        let mut bend = [[(0.0, 0.0); NODES]; NODES];
        for node in bend.iter_mut().flatten() {
            *node = (between(rng, -0.15, 0.15), between(rng, -0.15, 0.15));
        }
        // The tangent of the half angle gives sine and cosine with basic arithmetic only.
        let t = between(rng, -0.13, 0.13);
        let (cos, sin) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
        let height = between(rng, 8.0, 10.5);
        let width = height * between(rng, 0.8, 1.2);
        let shear = between(rng, -0.25, 0.25);
        // Scale, then shear (x += shear * y), then rotate.
        let matrix = [
            [cos * width, cos * shear * height - sin * height],
            [sin * width, sin * shear * height + cos * height],
        ];
        let middle = SIDE as f32 / 2.0;
        // A small digit has more room to move.
        let (across, down) = (11.5 - height, 12.0 - height);
        let centre = (
            middle + between(rng, -1.0, 1.0) * across,
            middle + between(rng, -1.0, 1.0) * down,
        );
        Self {
            bend,
            matrix,
            centre,
        }
    }

    /// The image point (in pixels, from the top-left corner) of a point of the digit.
    pub(super) fn apply(&self, (x, y): Point) -> Point {
        let (dx, dy) = self.displacement((x, y));
        let (x, y) = (x + dx, y + dy);
        let [[a, b], [c, d]] = self.matrix;
        (a * x + b * y + self.centre.0, c * x + d * y + self.centre.1)
    }

    /// The lattice's displacement at a point, interpolated with a smooth step.
    fn displacement(&self, (x, y): Point) -> Point {
        let cell = |v: f32| {
            let scaled = ((v + 1.0) * 0.5 * (NODES - 1) as f32).clamp(0.0, (NODES - 1) as f32);
            let index = (scaled as usize).min(NODES - 2);
            let f = scaled - index as f32;
            (index, f * f * (3.0 - 2.0 * f))
        };
        let ((i, u), (j, v)) = (cell(x), cell(y));
        let mix = |a: f32, b: f32, w: f32| a + (b - a) * w;
        let at = |part: fn(Point) -> f32| {
            let node = |j: usize, i: usize| part(self.bend[j][i]);
            mix(
                mix(node(j, i), node(j, i + 1), u),
                mix(node(j + 1, i), node(j + 1, i + 1), u),
                v,
            )
        };
        (at(|p| p.0), at(|p| p.1))
    }
}
