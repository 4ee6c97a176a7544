//! Thirty-six matrix products over the tiles of some images.

use std::ops::Range;

use super::strips::Strips;
use super::transform::{self, Points, Sums};
use super::{LINE, PIXELS, POINTS, TAPS};
use crate::ExecContext;
use crate::conv::chunks::CHANNELS;
use crate::conv::shape::Conv2d;
use crate::tile::{self, Offsets, Tile};
use crate::transpose::interleave;

/// Tiles summed in registers before the sums go to memory: as measured, so that their points stay near.
const DEPTH: usize = 32;

/// The sizes of the products.
pub(super) struct Plan<'a> {
    source: Strips<'a>,
    pub(super) rows: usize,
    /// Output channels of one task, a multiple of `rows`.
    pub(super) channels: usize,
    /// Input channels, to a multiple of `lanes`.
    pub(super) in_channels: usize,
    /// Rows of tiles, of one image or several, whose points are summed together.
    strips: usize,
    offsets: Offsets,
}

impl<'a> Plan<'a> {
    pub(super) fn new(context: &ExecContext, shape: &'a Conv2d) -> Self {
        let source = Strips::new(context.isa(), shape);
        let (lanes, rows) = (source.lanes, tile::rows(context.isa()));
        let strips = (DEPTH / source.across).clamp(1, source.down * shape.batch);
        Self {
            rows,
            channels: CHANNELS.min(shape.out_channels.next_multiple_of(rows)),
            in_channels: shape.in_channels.next_multiple_of(lanes),
            strips,
            offsets: Offsets::new((0..strips * source.across).map(|tile| tile * lanes)),
            source,
        }
    }

    /// Sums over some images for the output channels from `first`: `[channels][9][in_channels]`.
    pub(super) fn sum(
        &self,
        context: &ExecContext,
        x: &[f32],
        grad_y: &[f32],
        images: Range<usize>,
        first: usize,
        weights: &mut [f32],
    ) {
        let Strips {
            shape,
            isa,
            lanes,
            down,
            across,
        } = self.source;
        let rows = self.rows;
        let channels = self.channels.min(shape.out_channels - first);
        let blocks = self.in_channels / lanes;
        let depth = self.strips * across;
        // Points of one tile a power of two apart would share a set of the first-level cache.
        let (x_pitch, y_pitch) = (depth * lanes + LINE, depth * rows + LINE);
        let mut x_points = context.scratch(blocks * POINTS * x_pitch);
        let mut y_points = context.scratch(channels.div_ceil(rows) * POINTS * y_pitch);
        let turned = PIXELS * PIXELS * across * rows;
        let mut turned = context.scratch(turned.max(self.source.scratch_len()));
        // `[channels / rows][POINTS][rows][in_channels]`
        let mut sums = context.scratch(self.channels * POINTS * self.in_channels);
        let strips = images.start * down..images.end * down;
        for start in strips.clone().step_by(self.strips) {
            let some = start..strips.end.min(start + self.strips);
            for (block, points) in x_points.chunks_exact_mut(POINTS * x_pitch).enumerate() {
                let turned = &mut turned[..self.source.scratch_len()];
                self.source
                    .points(x, some.clone(), block * lanes, turned, points);
            }
            for (group, points) in y_points.chunks_exact_mut(POINTS * y_pitch).enumerate() {
                let from = first + group * rows..first + channels.min((group + 1) * rows);
                self.turn_y(grad_y, some.clone(), from, &mut turned, points);
            }
            let used = some.len() * across * rows;
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
                        tile.compute(isa, &mut sums[place..]);
                    }
                }
            }
        }
        let len = TAPS * self.in_channels;
        for (channel, weights) in weights.chunks_exact_mut(len).take(channels).enumerate() {
            let place = (channel / rows * POINTS * rows + channel % rows) * self.in_channels;
            let sums = Sums {
                values: &sums[place..],
                pitch: rows * self.in_channels,
            };
            transform::weights(isa, sums, self.in_channels, weights);
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
        let (shape, isa, rows) = (self.source.shape, self.source.isa, self.rows);
        let across = self.source.across;
        let (height, width) = (shape.out_height(), shape.out_width());
        let (pixels, row_len) = (height * width, PIXELS * across * rows);
        let pitch = points.len() / POINTS;
        turned.fill(0.0);
        for (index, strip) in strips.enumerate() {
            let (image, top) = self.source.place(strip);
            let from = (image * shape.out_channels + channels.start) * pixels;
            let from = &grad_y[from..][..channels.len() * pixels];
            for row in 0..PIXELS {
                let out = &mut turned[row * row_len..][..row_len];
                if top + row < height {
                    let from = &from[(top + row) * width..];
                    interleave(isa, rows, from, pixels, channels.len(), width, out);
                } else {
                    out.fill(0.0);
                }
            }
            let four = std::array::from_fn(|row| &turned[row * row_len..][..row_len]);
            let out = &mut points[index * across * rows..];
            transform::gradients(isa, four, across, Points { out, pitch });
        }
    }
}
