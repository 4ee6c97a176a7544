//! Convolutions by points: the forward pass, and the input gradient, which is one too.

use super::multiply::Product;
use std::ops::Range;

use super::strips::{FromPlanes, Rows, Strips};
use super::transform::{self, KERNEL, Sums};
use super::{LINE, PIXELS, POINTS, SIDE, TAPS};
use crate::choice::winograd_tiles;
use crate::conv::shape::Conv2d;
use crate::prefetch::Portion;
use crate::scratch::Scratch;
use crate::transpose::deinterleave;
use crate::{ExecContext, Isa, tile};

/// What takes the outputs of some images, strip after strip of an image, and block after block of channels of a strip.
pub(crate) trait Sink: Send {
    /// `pixels` are up to four rows from `top` on, `row_len` floats apart, of the lanes' channels from `first` on, side by side.
    /// The images are counted from the first of the sink.
    fn strip(&mut self, image: usize, top: usize, first: usize, pixels: &mut [f32], row_len: usize);

    /// Fetches a part of what it reads for a strip.
    fn fetch(&self, _image: usize, _top: usize, _portion: Portion) {}
}

/// `out[n, o, i, j] = Σ_{c,u,v} kernel(o, c)[3·u + v] · images[n, c, i + u − padding, j + v − padding]`.
///
/// There is one sink for each [`images_together`].
pub(crate) fn correlate<S: Sink>(
    context: &ExecContext,
    shape: &Conv2d,
    images: &impl Rows,
    kernel: impl Fn(usize, usize) -> [f32; TAPS] + Sync,
    sinks: impl Iterator<Item = S>,
) {
    let correlation = Correlation::new(context, shape, kernel);
    let together = correlation.images;
    context.run(sinks, |index, mut sink| {
        let first = index * together;
        let some = first..shape.batch.min(first + together);
        correlation.run(images, some, shape.batch, first, &mut sink);
    });
}

/// How many images are the work of one task.
pub(crate) fn images_together(isa: Isa, shape: &Conv2d) -> usize {
    let strips = Strips::new(isa, shape);
    // Whole images, or some strips of one.
    (winograd_tiles(shape) / (strips.down * strips.across)).max(1)
}

/// [`correlate`] from planes to planes.
pub(in crate::conv) fn correlate_planes(
    context: &ExecContext,
    shape: &Conv2d,
    images: &[f32],
    kernel: impl Fn(usize, usize) -> [f32; TAPS] + Sync,
    out: &mut [f32],
) {
    let isa = context.isa();
    let planes = FromPlanes {
        isa,
        images,
        channels: shape.in_channels,
        height: shape.height,
        width: shape.width,
    };
    let out_len = shape.out_channels * shape.out_pixels();
    let parts = out.chunks_mut(images_together(isa, shape) * out_len);
    let sinks = parts.map(|out| ToPlanes { isa, shape, out });
    correlate(context, shape, &planes, kernel, sinks);
}

/// Writes planes.
struct ToPlanes<'a> {
    isa: Isa,
    shape: &'a Conv2d,
    out: &'a mut [f32],
}

impl Sink for ToPlanes<'_> {
    fn strip(
        &mut self,
        image: usize,
        top: usize,
        first: usize,
        pixels: &mut [f32],
        row_len: usize,
    ) {
        let (isa, shape, lanes) = (self.isa, self.shape, tile::lanes(self.isa));
        let (height, width) = (shape.out_height(), shape.out_width());
        let count = lanes.min(shape.out_channels - first);
        let out = &mut self.out[(image * shape.out_channels + first) * height * width..];
        for (y, pixels) in pixels.chunks_exact(row_len).enumerate() {
            if top + y < height {
                let out = &mut out[(top + y) * width..];
                deinterleave(isa, lanes, pixels, width, count, height * width, out);
            }
        }
    }
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

/// A convolution, its kernels turned into points.
pub(super) struct Correlation<'a> {
    context: &'a ExecContext,
    kernels: Scratch<'a>,
    in_blocks: usize,
    out_blocks: usize,
    strips: Strips<'a>,
    /// Images of a task.
    pub(super) images: usize,
    /// How many tiles to multiply together.
    tiles: usize,
}

impl<'a> Correlation<'a> {
    pub(super) fn new(
        context: &'a ExecContext,
        shape: &'a Conv2d,
        kernel: impl Fn(usize, usize) -> [f32; TAPS] + Sync,
    ) -> Self {
        let isa = context.isa();
        let strips = Strips::new(isa, shape);
        Self {
            context,
            kernels: kernels(context, shape, kernel),
            in_blocks: shape.in_channels.div_ceil(strips.lanes),
            out_blocks: shape.out_channels.div_ceil(strips.lanes),
            images: images_together(isa, shape),
            tiles: winograd_tiles(shape),
            strips,
        }
    }

    /// All strips of some images, of which the sink counts from `origin` on. Those after them, up to `all`, are fetched.
    pub(super) fn run(
        &self,
        images: &impl Rows,
        some: Range<usize>,
        all: usize,
        origin: usize,
        sink: &mut impl Sink,
    ) {
        let Strips {
            isa,
            lanes,
            down,
            across,
            ..
        } = self.strips;
        let (begin, end) = (some.start * down, some.end * down);
        let together = (self.tiles / across).clamp(1, end - begin);
        let tiles = (together * across).next_multiple_of(tile::rows(isa));
        // Points of one tile a power of two apart would share a set of the first-level cache.
        let pitch = tiles * lanes + LINE;
        let mut points = self.context.scratch(self.in_blocks * POINTS * pitch);
        let mut sums = self.context.scratch(self.out_blocks * POINTS * pitch);
        let mut turned = self.context.scratch(self.strips.scratch_len());
        turned.fill(0.0);
        let mut pixels = self.context.scratch(PIXELS * self.row_len());
        let kernels = self.kernels.chunks_exact(self.kernels.len() / POINTS);
        for start in (begin..end).step_by(together) {
            let some = start..end.min(start + together);
            for (block, points) in points.chunks_exact_mut(POINTS * pitch).enumerate() {
                let first = block * lanes;
                self.strips
                    .points(images, some.clone(), first, &mut turned, points);
            }
            let next = some.end..(all * down).min(some.end + together);
            for (point, kernels) in kernels.clone().enumerate() {
                let portion = Portion {
                    part: point,
                    parts: POINTS,
                };
                self.strips.fetch(images, next.clone(), portion);
                for strip in some.clone() {
                    let (image, top) = self.strips.place(strip - origin * down);
                    sink.fetch(image, top, portion);
                }
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
                    let (image, top) = self.strips.place(strip - origin * down);
                    sink.strip(image, top, block * lanes, &mut pixels, self.row_len());
                }
            }
        }
    }

    /// Floats of a row of pixels, to a multiple of the lanes both ways.
    fn row_len(&self) -> usize {
        let Strips { lanes, across, .. } = self.strips;
        (PIXELS * across).next_multiple_of(lanes) * lanes
    }
}
