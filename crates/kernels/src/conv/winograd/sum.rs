//! Thirty-six matrix products over the tiles of some images.

use std::ops::Range;

use super::strips::{Rows, Strips};
use super::transform::{self, Points, Sums};
use super::{LINE, PIXELS, POINTS, TAPS};
use crate::ExecContext;
use crate::conv::chunks::CHANNELS;
use crate::conv::shape::Conv2d;
use crate::prefetch::Portion;
use crate::scratch::Scratch;
use crate::tile::{self, Offsets, Tile};

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

    /// Images whose points are summed together, or one.
    pub(super) fn images(&self) -> usize {
        (self.strips / self.source.down).max(1)
    }

    /// Begins sums for the output channels from `first`.
    pub(super) fn begin<'p>(&'p self, context: &'p ExecContext, first: usize) -> Adding<'p> {
        let Strips {
            shape,
            lanes,
            across,
            ..
        } = self.source;
        let channels = self.channels.min(shape.out_channels - first);
        let depth = self.strips * across;
        // Points of one tile a power of two apart would share a set of the first-level cache.
        let (x_pitch, y_pitch) = (depth * lanes + LINE, depth * lanes + LINE);
        let groups = channels.div_ceil(lanes);
        let mut turned_x = context.scratch(self.source.scratch_len());
        let mut turned_y = context.scratch(PIXELS * PIXELS * across * lanes);
        turned_x.fill(0.0);
        turned_y.fill(0.0);
        Adding {
            plan: self,
            first,
            channels,
            x_pitch,
            y_pitch,
            x_points: context.scratch(self.in_channels / lanes * POINTS * x_pitch),
            y_points: context.scratch(groups * POINTS * y_pitch),
            turned_x,
            turned_y,
            sums: context.scratch(self.channels * POINTS * self.in_channels),
            begun: false,
        }
    }

    /// The points of some output channels' gradients: `[POINTS][strip, column][lanes]`.
    ///
    /// `turned` is zero right of the images, and stays so.
    fn turn_y(
        &self,
        grad_y: &impl Rows,
        strips: Range<usize>,
        first: usize,
        turned: &mut [f32],
        points: &mut [f32],
    ) {
        let (shape, isa, lanes) = (self.source.shape, self.source.isa, self.source.lanes);
        let across = self.source.across;
        let (height, width) = (shape.out_height(), shape.out_width());
        let row_len = PIXELS * across * lanes;
        let pitch = points.len() / POINTS;
        for (index, strip) in strips.enumerate() {
            let (image, top) = self.source.place(strip);
            for row in 0..PIXELS {
                let out = &mut turned[row * row_len..][..row_len];
                if top + row < height {
                    let out = &mut out[..width * lanes];
                    grad_y.row(image, top + row, first, lanes, out);
                } else {
                    out.fill(0.0);
                }
            }
            let four = std::array::from_fn(|row| &turned[row * row_len..][..row_len]);
            let out = &mut points[index * across * lanes..];
            transform::gradients(isa, four, across, Points { out, pitch });
        }
    }
}

/// Sums over images, on the way.
pub(super) struct Adding<'p> {
    plan: &'p Plan<'p>,
    /// The output channels.
    first: usize,
    channels: usize,
    x_pitch: usize,
    y_pitch: usize,
    x_points: Scratch<'p>,
    y_points: Scratch<'p>,
    turned_x: Scratch<'p>,
    turned_y: Scratch<'p>,
    /// `[channels / rows][POINTS][rows][in_channels]`
    sums: Scratch<'p>,
    /// Whether the sums hold any.
    begun: bool,
}

impl Adding<'_> {
    /// Adds those of some images.
    pub(super) fn add(&mut self, x: &impl Rows, grad_y: &impl Rows, images: Range<usize>) {
        let plan = self.plan;
        let Strips {
            isa,
            lanes,
            down,
            across,
            ..
        } = plan.source;
        let (rows, blocks) = (plan.rows, plan.in_channels / lanes);
        let (x_pitch, y_pitch) = (self.x_pitch, self.y_pitch);
        let strips = images.start * down..images.end * down;
        for start in strips.clone().step_by(plan.strips) {
            let some = start..strips.end.min(start + plan.strips);
            let points = self.x_points.chunks_exact_mut(POINTS * x_pitch);
            for (block, points) in points.enumerate() {
                let first = block * lanes;
                let turned = &mut self.turned_x;
                plan.source.points(x, some.clone(), first, turned, points);
            }
            let points = self.y_points.chunks_exact_mut(POINTS * y_pitch);
            for (group, points) in points.enumerate() {
                let first = self.first + group * lanes;
                plan.turn_y(grad_y, some.clone(), first, &mut self.turned_y, points);
            }
            let used = some.len() * across;
            let groups = self.channels.div_ceil(rows);
            let next = some.end..strips.end.min(some.end + plan.strips);
            for point in 0..POINTS {
                let portion = Portion {
                    part: point,
                    parts: POINTS,
                };
                plan.source.fetch(x, next.clone(), portion);
                plan.source.fetch(grad_y, next.clone(), portion);
                for (block, vectors) in tile::tiles(blocks) {
                    for group in 0..groups {
                        let (vector, place) = (group * rows / lanes, group * rows % lanes);
                        let start = (vector * POINTS + point) * y_pitch + place;
                        let tile = Tile {
                            weights: &self.y_points[start..][..(used - 1) * lanes + rows],
                            weights_pitch: lanes,
                            source: &self.x_points,
                            offsets: &plan.offsets,
                            bases: std::array::from_fn(|v| {
                                ((block + v) * POINTS + point) * x_pitch
                            }),
                            vectors,
                            rows,
                            out_bases: std::array::from_fn(|v| (block + v) * lanes),
                            out_pitch: plan.in_channels,
                            accumulate: self.begun,
                        };
                        let place = (group * POINTS + point) * rows * plan.in_channels;
                        tile.compute(isa, &mut self.sums[place..]);
                    }
                }
            }
            self.begun = true;
        }
    }

    /// `[channels][9][in_channels]`
    pub(super) fn finish(self, weights: &mut [f32]) {
        let (plan, rows) = (self.plan, self.plan.rows);
        let len = TAPS * plan.in_channels;
        let weights = weights.chunks_exact_mut(len).take(self.channels);
        for (channel, weights) in weights.enumerate() {
            let place = (channel / rows * POINTS * rows + channel % rows) * plan.in_channels;
            let sums = Sums {
                values: &self.sums[place..],
                pitch: rows * plan.in_channels,
            };
            transform::weights(plan.source.isa, sums, plan.in_channels, weights);
        }
    }
}
