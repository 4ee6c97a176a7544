//! Images as strips of tiles, turned so that channels lie side by side.

use std::ops::Range;

use super::transform::{self, Points};
use super::{PIXELS, POINTS, SIDE};
use crate::conv::shape::Conv2d;
use crate::prefetch::Portion;
use crate::transpose::interleave;
use crate::{Isa, tile};

/// Images whose rows can be read with channels side by side.
pub(crate) trait Rows: Sync {
    /// `out[pixel · group + lane]` is the channel `first + lane` of a pixel of row `y`, and 0 past the last channel.
    fn row(&self, image: usize, y: usize, first: usize, group: usize, out: &mut [f32]);

    /// Fetches a part of some rows, which will be read soon.
    fn fetch(&self, _image: usize, _rows: Range<usize>, _portion: Portion) {}
}

/// Images as planes: `[image][channel][row][column]`.
pub(super) struct FromPlanes<'a> {
    pub(super) isa: Isa,
    pub(super) images: &'a [f32],
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Rows for FromPlanes<'_> {
    fn row(&self, image: usize, y: usize, first: usize, group: usize, out: &mut [f32]) {
        let pixels = self.height * self.width;
        let count = group.min(self.channels - first);
        let from = &self.images[(image * self.channels + first) * pixels..][..count * pixels];
        let from = &from[y * self.width..];
        interleave(self.isa, group, from, pixels, count, self.width, out);
    }
}

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

    /// Fetches a part of the rows of some strips that were not read for those before.
    pub(super) fn fetch(&self, images: &impl Rows, strips: Range<usize>, portion: Portion) {
        let (height, padding) = (self.shape.height, self.shape.padding);
        for strip in strips {
            let (image, top) = self.place(strip);
            let known = if top > 0 { SIDE - PIXELS } else { 0 };
            let row = |row: usize| row.saturating_sub(padding).min(height);
            images.fetch(image, row(top + known)..row(top + SIDE), portion);
        }
    }

    /// Floats of scratch memory that [`Strips::points`] takes.
    pub(super) fn scratch_len(&self) -> usize {
        SIDE * self.row_len()
    }

    fn row_len(&self) -> usize {
        (PIXELS * self.across + SIDE - PIXELS) * self.lanes
    }

    /// The points of `lanes` input channels from `first` on: `[POINTS][strip, column][lanes]`.
    ///
    /// `turned` is zero left and right of the images, and stays so.
    pub(super) fn points(
        &self,
        images: &impl Rows,
        strips: Range<usize>,
        first: usize,
        turned: &mut [f32],
        points: &mut [f32],
    ) {
        let (shape, lanes, row_len) = (self.shape, self.lanes, self.row_len());
        let pitch = points.len() / POINTS;
        for (index, strip) in strips.enumerate() {
            let (image, top) = self.place(strip);
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
                let out = &mut out[shape.padding * lanes..][..shape.width * lanes];
                images.row(image, y, first, lanes, out);
            }
            let rows =
                std::array::from_fn(|row| &turned[(top + row) % SIDE * row_len..][..row_len]);
            let out = &mut points[index * self.across * lanes..];
            transform::inputs(self.isa, rows, self.across, Points { out, pitch });
        }
    }
}
