//! What the forward pass and the input gradient have in common: images correlated with weights.

use super::padded::Padded;
use super::plan::Plan;
use crate::ExecContext;

/// One grid of output pixels and the kernel's elements that reach it.
pub(crate) struct Part {
    /// Grid of output pixels, each reading one further than the last.
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    /// Where each element of the kernel reads, from [`Padded::tap`].
    pub(crate) taps: Vec<usize>,
    /// Where the grid's first pixel lies in the output image.
    pub(crate) first: usize,
}

/// Images in, images out.
pub(crate) struct Correlation {
    pub(crate) source: Padded,
    pub(crate) out_channels: usize,
    /// Pixels of an output image.
    pub(crate) out_pixels: usize,
    /// From one pixel of a part's grid to the next in the output, by rows and by columns.
    pub(crate) row_step: usize,
    pub(crate) col_step: usize,
    pub(crate) parts: Vec<Part>,
}

impl Correlation {
    /// `weight(part, out_channel, in_channel, tap)`.
    pub(crate) fn run(
        &self,
        context: &ExecContext,
        images: &[f32],
        weight: impl Fn(usize, usize, usize, usize) -> f32 + Sync,
        out: &mut [f32],
    ) {
        let image_len = self.source.channels * self.source.height * self.source.width;
        let out_len = self.out_channels * self.out_pixels;
        if out.is_empty() {
            return;
        }
        if images.is_empty() {
            return out.fill(0.0);
        }
        let plans: Vec<_> = (0..self.parts.len())
            .map(|part| Plan::new(self, context, part, &weight))
            .collect();
        let group = plans.iter().map(|plan| plan.group).max().unwrap_or(1);
        let images = images.chunks(group * image_len);
        context.run(
            images.zip(out.chunks_mut(group * out_len)),
            |_, (images, out)| {
                let mut padded = context.scratch(group * self.source.len());
                let count = images.len() / image_len;
                for (image, padded) in images
                    .chunks(image_len)
                    .zip(padded.chunks_mut(self.source.len()))
                {
                    self.source.fill(image, padded);
                }
                for plan in &plans {
                    match &plan.in_place {
                        Some(offsets) => {
                            let padded = padded.chunks(self.source.len()).take(count);
                            for (padded, out) in padded.zip(out.chunks_mut(out_len)) {
                                plan.read_in_place(offsets, padded, out);
                            }
                        }
                        None => plan.pack_and_multiply(context, &padded, count, out),
                    }
                }
            },
        );
    }
}
