//! Sums over images, cut into tasks by shape alone.

use std::ops::Range;

use super::shape::Conv2d;
use crate::ExecContext;
use crate::scratch::Scratch;

/// Output channels of one task: enough to pay for turning the input.
pub(crate) const CHANNELS: usize = 64;
/// Tasks to aim at: fixed, so that sums do not depend on the number of threads.
const TASKS: usize = 16;

/// For each output channel a row of sums, of each chunk of the images.
pub(crate) struct ChunkSums<'a> {
    context: &'a ExecContext,
    sums: Scratch<'a>,
    chunks: usize,
    /// Blocks of output channels.
    blocks: usize,
    /// Output channels of a block.
    channels: usize,
    row_len: usize,
}

/// How many chunks the images are cut into.
fn chunks(shape: &Conv2d, blocks: usize) -> usize {
    TASKS.div_ceil(blocks).min(shape.batch)
}

fn images(shape: &Conv2d, chunk: usize, chunks: usize) -> Range<usize> {
    chunk * shape.batch / chunks..(chunk + 1) * shape.batch / chunks
}

/// The images of each chunk, where the output channels are one block.
pub(crate) fn images_of_chunks(shape: &Conv2d) -> impl Iterator<Item = Range<usize>> {
    let chunks = chunks(shape, 1);
    (0..chunks).map(move |chunk| images(shape, chunk, chunks))
}

impl<'a> ChunkSums<'a> {
    /// `sum(chunk, images, first, rows)` sums over some images, for up to `channels` output channels from `first` on; of the rows those
    /// past the last channel are nobody's.
    pub(crate) fn new(
        context: &'a ExecContext,
        shape: &Conv2d,
        channels: usize,
        row_len: usize,
        sum: impl Fn(usize, Range<usize>, usize, &mut [f32]) + Sync,
    ) -> Self {
        let blocks = shape.out_channels.div_ceil(channels);
        let chunks = chunks(shape, blocks);
        let part = channels * row_len;
        let mut sums = context.scratch(chunks * blocks * part);
        context.run(sums.chunks_mut(part), |index, rows| {
            let (chunk, block) = (index / blocks, index % blocks);
            sum(chunk, images(shape, chunk, chunks), block * channels, rows);
        });
        Self {
            context,
            sums,
            chunks,
            blocks,
            channels,
            row_len,
        }
    }

    /// The rows of a block, of all images.
    pub(crate) fn block(&self, block: usize) -> Vec<f32> {
        let len = self.channels * self.row_len;
        let mut total = vec![0.0; len];
        for chunk in 0..self.chunks {
            let sums = &self.sums[(chunk * self.blocks + block) * len..];
            for (total, sum) in total.iter_mut().zip(sums) {
                *total += sum;
            }
        }
        total
    }

    /// The row of an output channel, of all images.
    pub(crate) fn total(&self, channel: usize) -> Scratch<'a> {
        let mut total = self.context.scratch(self.row_len);
        total.fill(0.0);
        let (block, row) = (channel / self.channels, channel % self.channels);
        for chunk in 0..self.chunks {
            let place = (chunk * self.blocks + block) * self.channels + row;
            let sums = &self.sums[place * self.row_len..];
            for (total, sum) in total.iter_mut().zip(sums) {
                *total += sum;
            }
        }
        total
    }
}
