//! Thirty-six matrix products over the tiles of some images.

use std::ops::Range;

use super::transform::{self, Points};
use super::{PIXELS, POINTS, SIDE, TAPS};
use crate::conv::shape::Conv2d;
use crate::tile::{self, Offsets, Tile};
use crate::transpose::interleave;
use crate::{Isa, Machine};

/// Output channels of one task: enough to pay for turning the input.
const CHANNELS: usize = 64;
/// Tiles summed in registers before the sums go to memory: their points stay in the second-level cache.
const DEPTH: usize = 32;
/// A cache line, in floats.
const LINE: usize = 16;

/// The sizes of the products.
pub(super) struct Plan<'a> {
    shape: &'a Conv2d,
    isa: Isa,
    lanes: usize,
    pub(super) rows: usize,
    /// Output channels of one task, a multiple of `rows`.
    pub(super) channels: usize,
    /// Input channels, to a multiple of `lanes`.
    pub(super) in_channels: usize,
    /// Rows and columns of tiles.
    down: usize,
    across: usize,
    /// Rows of tiles, of one image or several, whose points are summed together.
    strips: usize,
    offsets: Offsets,
}

impl<'a> Plan<'a> {
    pub(super) fn new(machine: &Machine, shape: &'a Conv2d) -> Self {
        let isa = machine.isa();
        let (lanes, rows) = (tile::lanes(isa), tile::rows(isa));
        let [down, across] =
            [shape.out_height(), shape.out_width()].map(|size| size.div_ceil(PIXELS));
        let strips = (DEPTH / across).clamp(1, down * shape.batch);
        Self {
            shape,
            isa,
            lanes,
            rows,
            channels: CHANNELS.min(shape.out_channels.next_multiple_of(rows)),
            in_channels: shape.in_channels.next_multiple_of(lanes),
            down,
            across,
            strips,
            offsets: Offsets::new((0..strips * across).map(|tile| tile * lanes)),
        }
    }

    /// Sums over some images for the output channels from `first`: `[channels][9][in_channels]`.
    pub(super) fn sum(
        &self,
        machine: &Machine,
        x: &[f32],
        grad_y: &[f32],
        images: Range<usize>,
        first: usize,
        weights: &mut [f32],
    ) {
        let (shape, lanes, rows) = (self.shape, self.lanes, self.rows);
        let channels = self.channels.min(shape.out_channels - first);
        let blocks = self.in_channels / lanes;
        let depth = self.strips * self.across;
        // Points of one tile a power of two apart would share a set of the first-level cache.
        let (x_pitch, y_pitch) = (depth * lanes + LINE, depth * rows + LINE);
        let mut x_points = machine.scratch(blocks * POINTS * x_pitch);
        let mut y_points = machine.scratch(channels.div_ceil(rows) * POINTS * y_pitch);
        let mut turned = machine.scratch(SIDE * self.columns() * lanes.max(rows));
        // `[channels / rows][POINTS][rows][in_channels]`
        let mut sums = machine.scratch(self.channels * POINTS * self.in_channels);
        let strips = images.start * self.down..images.end * self.down;
        for start in strips.clone().step_by(self.strips) {
            let some = start..strips.end.min(start + self.strips);
            for (block, points) in x_points.chunks_exact_mut(POINTS * x_pitch).enumerate() {
                self.turn_x(x, some.clone(), block * lanes, &mut turned, points);
            }
            for (group, points) in y_points.chunks_exact_mut(POINTS * y_pitch).enumerate() {
                let from = first + group * rows..first + channels.min((group + 1) * rows);
                self.turn_y(grad_y, some.clone(), from, &mut turned, points);
            }
            let used = some.len() * self.across * rows;
            for point in 0..POINTS {
                for (block, vectors) in tile::tiles(blocks) {
                    for (group, weights) in y_points.chunks_exact(POINTS * y_pitch).enumerate() {
                        let tile = Tile {
                            weights: &weights[point * y_pitch..][..used],
                            source: &x_points,
                            offsets: &self.offsets,
                            bases: std::array::from_fn(|v| {
                                ((block + v) * POINTS + point) * x_pitch
                            }),
                            vectors,
                            rows,
                            out_bases: std::array::from_fn(|v| (block + v) * lanes),
                            out_pitch: self.in_channels,
                            accumulate: start > strips.start,
                        };
                        let place = (group * POINTS + point) * rows * self.in_channels;
                        tile.compute(self.isa, &mut sums[place..]);
                    }
                }
            }
        }
        let len = TAPS * self.in_channels;
        for (channel, weights) in weights.chunks_exact_mut(len).take(channels).enumerate() {
            let place = (channel / rows * POINTS * rows + channel % rows) * self.in_channels;
            let (sums, pitch) = (&sums[place..], rows * self.in_channels);
            transform::weights(self.isa, sums, pitch, self.in_channels, weights);
        }
    }

    /// Pixels of a row that the tiles read.
    fn columns(&self) -> usize {
        PIXELS * self.across + SIDE - PIXELS
    }

    /// The points of `lanes` input channels from `first` on: `[POINTS][strip, column][lanes]`.
    fn turn_x(
        &self,
        x: &[f32],
        strips: Range<usize>,
        first: usize,
        turned: &mut [f32],
        points: &mut [f32],
    ) {
        let (shape, lanes) = (self.shape, self.lanes);
        let (pixels, row_len) = (shape.height * shape.width, self.columns() * lanes);
        let count = lanes.min(shape.in_channels - first);
        let pitch = points.len() / POINTS;
        // Left and right of the image it stays zero.
        turned.fill(0.0);
        for (index, strip) in strips.clone().enumerate() {
            let (image, top) = (strip / self.down, PIXELS * (strip % self.down));
            let x = &x[(image * shape.in_channels + first) * pixels..][..count * pixels];
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
                let from = &x[y * shape.width..];
                let out = &mut out[shape.padding * lanes..];
                interleave(self.isa, lanes, from, pixels, count, shape.width, out);
            }
            let rows =
                std::array::from_fn(|row| &turned[(top + row) % SIDE * row_len..][..row_len]);
            let out = &mut points[index * self.across * lanes..];
            transform::inputs(self.isa, rows, self.across, Points { out, pitch });
        }
    }

    /// The points of some output channels' gradients: `[POINTS][strip, column][rows]`.
    fn turn_y(
        &self,
        grad_y: &[f32],
        strips: Range<usize>,
        channels: Range<usize>,
        turned: &mut [f32],
        points: &mut [f32],
    ) {
        let (shape, rows) = (self.shape, self.rows);
        let (height, width) = (shape.out_height(), shape.out_width());
        let (pixels, row_len) = (height * width, PIXELS * self.across * rows);
        let pitch = points.len() / POINTS;
        turned.fill(0.0);
        for (index, strip) in strips.enumerate() {
            let (image, top) = (strip / self.down, PIXELS * (strip % self.down));
            let from = (image * shape.out_channels + channels.start) * pixels;
            let from = &grad_y[from..][..channels.len() * pixels];
            for row in 0..PIXELS {
                let out = &mut turned[row * row_len..][..row_len];
                if top + row < height {
                    let from = &from[(top + row) * width..];
                    interleave(self.isa, rows, from, pixels, channels.len(), width, out);
                } else {
                    out.fill(0.0);
                }
            }
            let four = std::array::from_fn(|row| &turned[row * row_len..][..row_len]);
            let out = &mut points[index * self.across * rows..];
            transform::gradients(self.isa, four, self.across, Points { out, pitch });
        }
    }
}
