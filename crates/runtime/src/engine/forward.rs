//! The forward pass of one image.

use kernels::lookup::Map;
use kernels::{Isa, Parallel};

use super::layer::Buffers;
use super::plan::{Plan, Shape};
use super::shrink::{Pooling, pool};
use super::workspace::Workspace;

/// Sees the greatest magnitude of what a convolution reads: its number, and the value.
pub(super) type Watch<'a> = Option<&'a mut dyn FnMut(usize, f32)>;

impl Plan {
    pub(super) fn forward(
        &self,
        isa: Isa,
        parallel: &dyn Parallel,
        workspace: &mut Workspace,
        image: &[u8],
        mut watch: Watch,
    ) {
        let Workspace {
            maps: [x, y, z],
            inputs,
            scratch,
            logits,
        } = workspace;
        let mut buffers = Buffers {
            isa,
            parallel,
            inputs,
            scratch,
        };
        let last = self.steps.len() - 1;
        for (number, &pixel) in y.iter_mut().zip(image) {
            *number = f32::from(pixel);
        }
        buffers.lay_out(&self.steps[0], y);
        // Each convolution lays out the input of the next, while its results are at hand.
        let mut conv = |buffers: &mut Buffers, index: usize, to: &mut [f32], map: Map| {
            let step = &self.steps[index];
            if let Some(watch) = &mut watch {
                watch(index, buffers.greatest(step));
            }
            // Between the stem and the first block there may be a pooling.
            let next = match index == 0 && self.max_pool {
                true => None,
                false => self.steps.get(index + 1),
            };
            buffers.convolve(step, to, map, next);
        };
        conv(&mut buffers, 0, x, Map::Set);
        if self.max_pool {
            let from = self.steps[0].to;
            pool(parallel, from, self.padding, Pooling::Max, x, z);
            core::mem::swap(x, z);
            buffers.lay_out(&self.steps[1], x);
        }
        let mut index = 1;
        while index < last {
            if !self.residual {
                conv(&mut buffers, index, x, Map::Leave);
                index += 1;
                continue;
            }
            conv(&mut buffers, index, y, Map::Leave);
            let (from, to) = (self.steps[index].from, self.steps[index].to);
            if from != to {
                let pooling = Pooling::Mean(self.divisor, to[0]);
                pool(parallel, from, self.padding, pooling, x, z);
                core::mem::swap(x, z);
            }
            // The sum of the skip connection, in place.
            conv(&mut buffers, index + 1, x, Map::Add);
            index += 2;
        }
        conv(&mut buffers, last, y, Map::Set);
        self.means(y, logits);
    }

    /// The norm after the last convolution, and the mean over its pixels.
    fn means(&self, map: &[f32], logits: &mut [f32]) {
        let [_, height, width]: Shape = self.steps[self.steps.len() - 1].to;
        let pixels = height * width;
        let planes = map.chunks_exact(pixels).zip(&self.out_norm);
        for (logit, (plane, &[scale, offset])) in logits.iter_mut().zip(planes) {
            let values = plane.iter().map(|&x| f64::from(scale * x + offset));
            let sum: f64 = values.sum();
            *logit = (sum / pixels as f64 / f64::from(self.temperature)) as f32;
        }
    }
}
