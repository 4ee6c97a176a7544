//! Images as strips of tiles, turned so that channels lie side by side.

use std::ops::Range;

use super::transform::{self, Points};
use super::{PIXELS, POINTS, SIDE};
use crate::conv::shape::Conv2d;
use crate::transpose::interleave;
use crate::{Isa, tile};

/// How the images that a convolution reads fall into tiles of 6×6 pixels, two of which the next tile shares.
pub(super) struct Strips<'a> {
    pub(super) shape: &'a Conv2d,
    pub(super) isa: Isa,
    pub(super) lanes: usize,
    /// Rows of tiles of an image.
    pub(super) down: usize,
    /// Tiles of a row.
    pub(super) across: usize,
}

impl<'a> Strips<'a> {
    pub(super) fn new(isa: Isa, shape: &'a Conv2d) -> Self {
        let [down, across] =
            [shape.out_height(), shape.out_width()].map(|size| size.div_ceil(PIXELS));
        Self {
            shape,
            isa,
            lanes: tile::lanes(isa),
            down,
            across,
        }
    }

    /// The image that a strip is of, and its first row in the output.
    pub(super) fn place(&self, strip: usize) -> (usize, usize) {
        (strip / self.down, PIXELS * (strip % self.down))
    }

    /// Floats of scratch memory that [`Strips::points`] takes.
    pub(super) fn scratch_len(&self) -> usize {
        SIDE * self.row_len()
    }

    fn row_len(&self) -> usize {
        (PIXELS * self.across + SIDE - PIXELS) * self.lanes
    }

    /// The points of `lanes` input channels from `first` on: `[POINTS][strip, column][lanes]`.
    pub(super) fn points(
        &self,
        images: &[f32],
        strips: Range<usize>,
        first: usize,
        turned: &mut [f32],
        points: &mut [f32],
    ) {
        let (shape, lanes, row_len) = (self.shape, self.lanes, self.row_len());
        let pixels = shape.height * shape.width;
        let count = lanes.min(shape.in_channels - first);
        let pitch = points.len() / POINTS;
        // Left and right of the image it stays zero.
        turned.fill(0.0);
        for (index, strip) in strips.enumerate() {
            let (image, top) = self.place(strip);
            let image = &images[(image * shape.in_channels + first) * pixels..][..count * pixels];
            // Two of the six rows are there since the strip above.
            let known = if index > 0 && top > 0 {
                SIDE - PIXELS
            } else {
                0
            };
            for row in top + known..top + SIDE {
                let out = &mut turned[row % SIDE * row_len..][..row_len];
                let y = row.wrapping_sub(shape.padding);
                if y >= shape.height {
                    out.fill(0.0);
                    continue;
                }
                let from = &image[y * shape.width..];
                let out = &mut out[shape.padding * lanes..];
                interleave(self.isa, lanes, from, pixels, count, shape.width, out);
            }
            let rows =
                std::array::from_fn(|row| &turned[(top + row) % SIDE * row_len..][..row_len]);
            let out = &mut points[index * self.across * lanes..];
            transform::inputs(self.isa, rows, self.across, Points { out, pitch });
        }
    }
}
