//! Convolutions by points: the forward pass, and the input gradient, which is one too.

use super::multiply::Product;
use super::strips::Strips;
use super::transform::{self, KERNEL, Sums};
use super::{LINE, PIXELS, POINTS, SIDE, TAPS};
use crate::choice::winograd_tiles;
use crate::conv::shape::Conv2d;
use crate::scratch::Scratch;
use crate::transpose::deinterleave;
use crate::{ExecContext, tile};

/// `out[n, o, i, j] = Σ_{c,u,v} kernel(o, c)[3·u + v] · images[n, c, i + u − padding, j + v − padding]`.
pub(in crate::conv) fn correlate(
    context: &ExecContext,
    shape: &Conv2d,
    images: &[f32],
    kernel: impl Fn(usize, usize) -> [f32; TAPS] + Sync,
    out: &mut [f32],
) {
    let isa = context.isa();
    let strips = Strips::new(isa, shape);
    let tiles = winograd_tiles(shape);
    let plan = Plan {
        context,
        kernels: kernels(context, shape, kernel),
        in_blocks: shape.in_channels.div_ceil(strips.lanes),
        out_blocks: shape.out_channels.div_ceil(strips.lanes),
        // Whole images, or some strips of one.
        images: (tiles / (strips.down * strips.across)).max(1),
        tiles,
        strips,
    };
    let image_len = shape.in_channels * shape.height * shape.width;
    let out_len = shape.out_channels * shape.out_pixels();
    let parts = images
        .chunks(plan.images * image_len)
        .zip(out.chunks_mut(plan.images * out_len));
    context.run(parts, |_, (images, out)| {
        plan.run(images, images.len() / image_len, out)
    });
}

/// Every point of the kernels: `[POINTS][in_channels][out_channels]`, both to multiples of the lanes.
fn kernels<'a>(
    context: &'a ExecContext,
    shape: &Conv2d,
    kernel: impl Fn(usize, usize) -> [f32; TAPS] + Sync,
) -> Scratch<'a> {
    let lanes = tile::lanes(context.isa());
    let [inputs, outputs] =
        [shape.in_channels, shape.out_channels].map(|channels| channels.next_multiple_of(lanes));
    let mut taps = context.scratch(inputs * TAPS * outputs);
    context.run(taps.chunks_mut(TAPS * outputs), |input, taps| {
        taps.fill(0.0);
        if input < shape.in_channels {
            for output in 0..shape.out_channels {
                for (tap, weight) in kernel(output, input).into_iter().enumerate() {
                    taps[tap * outputs + output] = weight;
                }
            }
        }
    });
    let mut points = context.scratch(POINTS * inputs * outputs);
    context.run(points.chunks_mut(inputs * outputs), |point, points| {
        let (rows, columns) = (KERNEL[point / SIDE], KERNEL[point % SIDE]);
        let factors = std::array::from_fn(|tap| rows[tap / 3] * columns[tap % 3]);
        transform::kernels(context.isa(), &taps, &factors, outputs, points);
    });
    points
}

struct Plan<'a> {
    context: &'a ExecContext,
    kernels: Scratch<'a>,
    in_blocks: usize,
    out_blocks: usize,
    strips: Strips<'a>,
    /// Images of a task.
    images: usize,
    /// How many tiles to multiply together.
    tiles: usize,
}

impl Plan<'_> {
    /// All strips of some images.
    fn run(&self, images: &[f32], count: usize, out: &mut [f32]) {
        let Strips {
            isa,
            lanes,
            down,
            across,
            ..
        } = self.strips;
        let all = count * down;
        let together = (self.tiles / across).clamp(1, all);
        let tiles = (together * across).next_multiple_of(tile::rows(isa));
        // Points of one tile a power of two apart would share a set of the first-level cache.
        let pitch = tiles * lanes + LINE;
        let mut points = self.context.scratch(self.in_blocks * POINTS * pitch);
        let mut sums = self.context.scratch(self.out_blocks * POINTS * pitch);
        let mut turned = self.context.scratch(self.strips.scratch_len());
        let mut pixels = self.context.scratch(PIXELS * self.row_len());
        let kernels = self.kernels.chunks_exact(self.kernels.len() / POINTS);
        for start in (0..all).step_by(together) {
            let some = start..all.min(start + together);
            for (block, points) in points.chunks_exact_mut(POINTS * pitch).enumerate() {
                let first = block * lanes;
                self.strips
                    .points(images, some.clone(), first, &mut turned, points);
            }
            for (point, kernels) in kernels.clone().enumerate() {
                let product = Product {
                    tiles: &points[point * pitch..],
                    block: POINTS * pitch,
                    blocks: self.in_blocks,
                    count: (some.len() * across).next_multiple_of(tile::rows(isa)),
                    kernels,
                    pitch: self.out_blocks * lanes,
                };
                product.compute(isa, &mut sums[point * pitch..], POINTS * pitch);
            }
            for (block, sums) in sums.chunks_exact(POINTS * pitch).enumerate() {
                for (index, strip) in some.clone().enumerate() {
                    let values = &sums[index * across * lanes..];
                    let sums = Sums { values, pitch };
                    transform::outputs(isa, sums, across, &mut pixels, self.row_len());
                    self.write(&pixels, strip, block, out);
                }
            }
        }
    }

    /// Floats of a row of pixels, to a multiple of the lanes both ways.
    fn row_len(&self) -> usize {
        let Strips { lanes, across, .. } = self.strips;
        (PIXELS * across).next_multiple_of(lanes) * lanes
    }

    /// A strip of `lanes` channels to where it belongs.
    fn write(&self, pixels: &[f32], strip: usize, block: usize, out: &mut [f32]) {
        let Strips {
            shape, isa, lanes, ..
        } = self.strips;
        let (height, width) = (shape.out_height(), shape.out_width());
        let (image, top) = self.strips.place(strip);
        let first = block * lanes;
        let count = lanes.min(shape.out_channels - first);
        let out = &mut out[(image * shape.out_channels + first) * height * width..];
        for (y, pixels) in pixels.chunks_exact(self.row_len()).enumerate() {
            if top + y < height {
                let out = &mut out[(top + y) * width..];
                deinterleave(isa, lanes, pixels, width, count, height * width, out);
            }
        }
    }
}
