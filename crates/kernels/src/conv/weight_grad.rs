//! The gradient of the loss by the weights.

use super::chunks::{CHANNELS, ChunkSums};
use super::padded::Padded;
use super::shape::Conv2d;
use super::winograd;
use crate::tile::{self, Offsets, Tile};
use crate::transpose::interleave;
use crate::{Algorithm, ConvOp, ExecContext};

/// Pixels summed in registers before the sums go to memory.
const DEPTH: usize = 512;

/// `grad_w[o, c, u, v] = Σ_{n,i,j} grad_y[n, o, i, j] · x[n, c, stride·i + u − padding, stride·j + v − padding]`.
///
/// Shapes as for [`conv2d`](super::conv2d). The sum runs over pixels, so both images are turned to have channels
/// side by side: the lanes of a vector are input channels.
///
/// # Panics
///
/// If a slice has not the length that `shape` gives it.
pub fn conv2d_weight_grad(
    context: &ExecContext,
    shape: &Conv2d,
    x: &[f32],
    grad_y: &[f32],
    grad_w: &mut [f32],
) {
    shape.assert_lens(x.len(), grad_w.len(), grad_y.len());
    if x.is_empty() || grad_y.is_empty() {
        return grad_w.fill(0.0);
    }
    if context.algorithm(ConvOp::WeightGrad, shape) == Algorithm::Winograd {
        return winograd::weight_grad_planes(context, shape, x, grad_y, grad_w);
    }
    let plan = Plan::new(context, shape);
    let (channels, row_len) = (plan.channels, plan.row_len);
    let sums = ChunkSums::new(
        context,
        shape,
        channels,
        row_len,
        |_, images, first, rows| {
            plan.sum(context, x, grad_y, images, first, rows);
        },
    );
    let (lanes, taps) = (plan.lanes, shape.taps());
    context.run(grad_w.chunks_mut(shape.in_channels * taps), |o, row| {
        let total = sums.total(o);
        for (k, to) in row.iter_mut().enumerate() {
            let (channel, tap) = (k / taps, k % taps);
            *to = total[(channel / lanes * taps + tap) * lanes + channel % lanes];
        }
    });
}

struct Plan<'a> {
    shape: &'a Conv2d,
    lanes: usize,
    rows: usize,
    /// Output channels of one task, a multiple of `rows`.
    channels: usize,
    /// Floats of one output channel's sums: `[⌈in_channels / lanes⌉][taps][lanes]`.
    row_len: usize,
    /// Images turned and summed together.
    group: usize,
    /// Sizes of a padded channel.
    padded: Padded,
    /// Where each pixel of a group lies among the turned pixels of a channel block.
    offsets: Offsets,
}

impl<'a> Plan<'a> {
    fn new(context: &ExecContext, shape: &'a Conv2d) -> Self {
        let (lanes, rows) = (tile::lanes(context.isa()), tile::rows(context.isa()));
        let padded = Padded {
            channels: 1,
            height: shape.height,
            width: shape.width,
            top: shape.padding,
            left: shape.padding,
            rows: shape.height + 2 * shape.padding,
            cols: shape.width + 2 * shape.padding,
            stride: 1,
        };
        let group = (DEPTH / shape.out_pixels()).clamp(1, shape.batch);
        let (out_width, stride, cols, len) =
            (shape.out_width(), shape.stride, padded.cols, padded.len());
        let offsets = Offsets::new((0..group).flat_map(|image| {
            (0..shape.out_pixels()).map(move |pixel| {
                let (y, x) = (pixel / out_width, pixel % out_width);
                (image * len + (y * cols + x) * stride) * lanes
            })
        }));
        Self {
            shape,
            lanes,
            rows,
            channels: CHANNELS.min(shape.out_channels.next_multiple_of(rows)),
            row_len: shape.in_channels.div_ceil(lanes) * shape.taps() * lanes,
            group,
            padded,
            offsets,
        }
    }

    /// Sums over some images for the output channels from `first`.
    fn sum(
        &self,
        context: &ExecContext,
        x: &[f32],
        grad_y: &[f32],
        images: std::ops::Range<usize>,
        first: usize,
        sums: &mut [f32],
    ) {
        let (shape, rows) = (self.shape, self.rows);
        let (taps, pixels) = (shape.taps(), shape.out_pixels());
        let channels = self.channels.min(shape.out_channels - first);
        let in_blocks = shape.in_channels.div_ceil(self.lanes);
        let block_len = self.group * self.padded.len() * self.lanes;
        let mut turned_x = context.scratch(in_blocks * block_len);
        let mut turned_y = context.scratch(channels.next_multiple_of(rows) * self.group * pixels);
        turned_x.fill(0.0);
        for start in images.clone().step_by(self.group) {
            let count = self.group.min(images.end - start);
            for image in 0..count {
                self.turn_x(context, x, start + image, image, &mut turned_x);
            }
            let depth = count * pixels;
            self.turn_y(
                context,
                grad_y,
                start..start + count,
                first..first + channels,
                &mut turned_y,
            );
            for (vector, vectors) in tile::tiles(in_blocks * taps) {
                let bases = std::array::from_fn(|v| {
                    let (block, tap) = ((vector + v) / taps, (vector + v) % taps);
                    let tap = self.padded.tap(tap / shape.kernel, tap % shape.kernel);
                    block * block_len + tap * self.lanes
                });
                let out_bases = std::array::from_fn(|v| (vector + v) * self.lanes);
                for (block, weights) in turned_y
                    .chunks_exact(self.group * pixels * rows)
                    .enumerate()
                {
                    let tile = Tile {
                        weights: &weights[..depth * rows],
                        weights_pitch: rows,
                        source: &turned_x,
                        offsets: &self.offsets,
                        bases,
                        vectors,
                        rows,
                        out_bases,
                        out_pitch: self.row_len,
                        accumulate: start > images.start,
                    };
                    tile.compute(context.isa(), &mut sums[block * rows * self.row_len..]);
                }
            }
        }
    }

    /// One image to `[in_channels / lanes][image][padded pixel][lanes]`; the padding is zero already.
    fn turn_x(&self, context: &ExecContext, x: &[f32], from: usize, to: usize, turned: &mut [f32]) {
        let (shape, lanes, padded) = (self.shape, self.lanes, &self.padded);
        let (pixels, image_len) = (shape.height * shape.width, padded.len() * lanes);
        let x = &x[from * shape.in_channels * pixels..][..shape.in_channels * pixels];
        for (block, x) in x.chunks(lanes * pixels).enumerate() {
            let turned = &mut turned[(block * self.group + to) * image_len..][..image_len];
            for y in 0..shape.height {
                let at = (padded.tap(y, 0) + padded.top * padded.cols + padded.left) * lanes;
                let row = &x[y * shape.width..];
                let count = x.len() / pixels;
                interleave(
                    context.isa(),
                    lanes,
                    row,
                    pixels,
                    count,
                    shape.width,
                    &mut turned[at..],
                );
            }
        }
    }

    /// Some images' output gradients to `[channels / rows][image][pixel][rows]`.
    fn turn_y(
        &self,
        context: &ExecContext,
        grad_y: &[f32],
        images: std::ops::Range<usize>,
        channels: std::ops::Range<usize>,
        turned: &mut [f32],
    ) {
        let (shape, rows, pixels) = (self.shape, self.rows, self.shape.out_pixels());
        let blocks = turned.chunks_exact_mut(self.group * pixels * rows);
        for (turned, start) in blocks.zip(channels.clone().step_by(rows)) {
            let count = rows.min(channels.end - start);
            for (image, turned) in images.clone().zip(turned.chunks_exact_mut(pixels * rows)) {
                let from = &grad_y[(image * shape.out_channels + start) * pixels..];
                interleave(context.isa(), rows, from, pixels, count, pixels, turned);
            }
        }
    }
}
