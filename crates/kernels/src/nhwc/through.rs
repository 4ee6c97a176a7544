//! What becomes of a convolution's results on their way to memory.

use std::ops::Range;

use super::CHAINS;
use super::channels::{Channels, group};
use super::moments::{ImageMoments, Strip, join, strip_of};
use super::source::by_group;
use crate::conv::winograd::{PIXELS, Sink};
use crate::isa::per_isa;
use crate::prefetch::Portion;
use crate::{Conv2d, Isa, tile};

/// Sizes of a map.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Sizes {
    /// Those of a convolution's input.
    pub(super) fn input(shape: &Conv2d) -> Self {
        Self {
            channels: shape.in_channels,
            height: shape.height,
            width: shape.width,
        }
    }

    /// The floats of up to four rows.
    fn strip(&self, image: usize, top: usize) -> Range<usize> {
        let start = self.place(image, top, 0);
        let rows = PIXELS.min(self.height - top);
        start..start + rows * self.width * self.channels
    }

    fn place(&self, image: usize, top: usize, first: usize) -> usize {
        (image * self.height + top) * self.width * self.channels + first
    }
}

/// Writes outputs, with the skip connection added, and their moments.
pub(super) struct Outputs<'a> {
    pub(super) isa: Isa,
    pub(super) sizes: Sizes,
    pub(super) skip: Option<&'a [f32]>,
    pub(super) out: &'a mut [f32],
    pub(super) planes: &'a mut ImageMoments,
}

impl Sink for Outputs<'_> {
    fn strip(
        &mut self,
        image: usize,
        top: usize,
        first: usize,
        pixels: &mut [f32],
        row_len: usize,
    ) {
        let (sizes, lanes) = (self.sizes, tile::lanes(self.isa));
        let rows = (pixels.len() / row_len).min(sizes.height - top);
        let start = sizes.place(image, top, first);
        let skip = self.skip.map(|skip| &skip[start..]);
        let out = &mut self.out[start..];
        let pixels = &mut pixels[..rows * row_len];
        let strip = write(self.isa, lanes, sizes, skip, pixels, row_len, out);
        let planes = &mut self.planes[image * sizes.channels + first..][..lanes];
        strip.add_to(lanes, top * sizes.width, rows * sizes.width, planes);
    }

    fn fetch(&self, image: usize, top: usize, portion: Portion) {
        let strip = self.sizes.strip(image, top);
        if let Some(skip) = self.skip {
            portion.fetch(&skip[strip.clone()]);
        }
        portion.fetch(&self.out[strip]);
    }
}

per_isa! {
    fn write(
        group: usize,
        sizes: Sizes,
        skip: Option<&[f32]>,
        pixels: &mut [f32],
        row_len: usize,
        out: &mut [f32],
    ) -> Strip {
        by_group!(group, write_of(sizes, skip, pixels, row_len, out))
    }
}

#[inline(always)]
fn write_of<const G: usize>(
    sizes: Sizes,
    skip: Option<&[f32]>,
    pixels: &mut [f32],
    row_len: usize,
    out: &mut [f32],
) -> Strip {
    let step = sizes.channels / G;
    let width = sizes.width;
    let out = out.as_chunks_mut::<G>().0;
    let skip = skip.map(|skip| skip.as_chunks::<G>().0);
    for (y, row) in pixels.chunks_exact_mut(row_len).enumerate() {
        let start = y * width * step;
        let row = &mut row.as_chunks_mut::<G>().0[..width];
        let out = &mut out[start..];
        match skip {
            None => {
                for (i, pixel) in row.iter().enumerate() {
                    out[i * step] = *pixel;
                }
            }
            Some(skip) => {
                let skip = &skip[start..];
                for (i, pixel) in row.iter_mut().enumerate() {
                    let skip = &skip[i * step];
                    for lane in 0..G {
                        pixel[lane] += skip[lane];
                    }
                    out[i * step] = *pixel;
                }
            }
        }
    }
    strip_of::<G>(pixels, width, row_len)
}

/// Writes the part of an input's gradient that the ReLU of a norm lets through, and sums what the norm's scale and offset
/// get.
pub(super) struct Gradients<'a> {
    pub(super) isa: Isa,
    pub(super) sizes: Sizes,
    /// The norm's input.
    pub(super) x: &'a [f32],
    pub(super) norm: &'a Channels,
    pub(super) out: &'a mut [f32],
    /// For each channel of each image the sum of the gradient, and of that times the normalised input.
    pub(super) sums: &'a mut [[f64; 2]],
}

impl Sink for Gradients<'_> {
    fn strip(
        &mut self,
        image: usize,
        top: usize,
        first: usize,
        pixels: &mut [f32],
        row_len: usize,
    ) {
        let (sizes, lanes) = (self.sizes, tile::lanes(self.isa));
        let rows = (pixels.len() / row_len).min(sizes.height - top);
        let start = sizes.place(image, top, first);
        let pixels = &pixels[..rows * row_len];
        let (x, out) = (&self.x[start..], &mut self.out[start..]);
        let sums = &mut self.sums[image * sizes.channels + first..][..lanes];
        gate(
            self.isa, lanes, sizes, self.norm, first, x, pixels, row_len, out, sums,
        );
    }

    fn fetch(&self, image: usize, top: usize, portion: Portion) {
        let strip = self.sizes.strip(image, top);
        portion.fetch(&self.x[strip.clone()]);
        portion.fetch(&self.out[strip]);
    }
}

per_isa! {
    #[expect(clippy::too_many_arguments, reason = "three maps, their sizes, and sums")]
    fn gate(
        group: usize,
        sizes: Sizes,
        norm: &Channels,
        first: usize,
        x: &[f32],
        pixels: &[f32],
        row_len: usize,
        out: &mut [f32],
        sums: &mut [[f64; 2]],
    ) {
        by_group!(group, gate_of(sizes, norm, first, x, pixels, row_len, out, sums))
    }
}

#[inline(always)]
#[expect(
    clippy::too_many_arguments,
    reason = "three maps, their sizes, and sums"
)]
fn gate_of<const G: usize>(
    sizes: Sizes,
    norm: &Channels,
    first: usize,
    x: &[f32],
    pixels: &[f32],
    row_len: usize,
    out: &mut [f32],
    sums: &mut [[f64; 2]],
) {
    let Sizes {
        channels, width, ..
    } = sizes;
    let mean = group::<G>(&norm.mean, first);
    let scale = group::<G>(&norm.scale, first);
    let beta = group::<G>(&norm.beta, first);
    let inv_std = group::<G>(&norm.inv_std, first);
    let floor = norm.floor;
    let mut betas = [[0.0; G]; CHAINS];
    let mut gammas = [[0.0; G]; CHAINS];
    for (y, row) in pixels.chunks_exact(row_len).enumerate() {
        let start = y * width * channels;
        let len = (width - 1) * channels + G;
        let row = &row.as_chunks::<G>().0[..width];
        let xs = x[start..][..len].chunks(CHAINS * channels);
        let outs = out[start..][..len].chunks_mut(CHAINS * channels);
        for ((four, x), out) in row.chunks(CHAINS).zip(xs).zip(outs) {
            let pixels = four
                .iter()
                .zip(x.chunks(channels))
                .zip(out.chunks_mut(channels));
            let chains = betas.iter_mut().zip(&mut gammas);
            for (((grad, x), out), (betas, gammas)) in pixels.zip(chains) {
                let x: &[f32; G] = x.first_chunk().expect("a group");
                let out: &mut [f32; G] = out.first_chunk_mut().expect("a group");
                for lane in 0..G {
                    let deviation = x[lane] - mean[lane];
                    let open = deviation * scale[lane] + beta[lane] > floor;
                    let grad = if open { grad[lane] } else { 0.0 };
                    out[lane] = grad;
                    betas[lane] += grad;
                    gammas[lane] += grad * (deviation * inv_std[lane]);
                }
            }
        }
    }
    let (betas, gammas) = (join(betas), join(gammas));
    for (lane, [beta, gamma]) in sums.iter_mut().enumerate() {
        *beta += f64::from(betas[lane]);
        *gamma += f64::from(gammas[lane]);
    }
}
