//! The memory of a forward pass.

use alloc::vec::Vec;

use kernels::lookup::LookupScratch;

use super::plan::Plan;
use super::step::Factors;

/// Buffers that are kept from image to image.
pub(super) struct Workspace {
    /// The residual stream, what a block's first convolution gives, and the pooled stream.
    pub(super) maps: [Vec<f32>; 3],
    /// A convolution's input in its padding.
    pub(super) floats: Vec<f32>,
    pub(super) integers: Vec<i16>,
    /// One for each thread.
    pub(super) scratch: Vec<LookupScratch>,
    pub(super) logits: Vec<f32>,
}

impl Workspace {
    pub(super) fn empty() -> Self {
        Self {
            maps: Default::default(),
            floats: Vec::new(),
            integers: Vec::new(),
            scratch: Vec::new(),
            logits: Vec::new(),
        }
    }

    /// Makes room for a plan on so many threads, where there is not enough yet.
    pub(super) fn prepare(&mut self, plan: &Plan, threads: usize) {
        if self.scratch.len() >= threads {
            return;
        }
        let largest = plan.largest_map();
        self.maps.iter_mut().for_each(|map| grow(map, largest));
        grow(&mut self.logits, plan.classes());
        let mut lines = 0;
        for step in &plan.steps {
            let padded = step.plane() * step.from[0];
            match step.zero {
                Some(_) => grow(&mut self.integers, padded),
                None => grow(&mut self.floats, padded),
            }
            if let Factors::Signs(conv) = &step.weights {
                lines = lines.max(conv.scratch_lines());
            }
        }
        self.scratch
            .resize_with(threads, || LookupScratch::new(lines));
    }
}

fn grow<T: Copy + Default>(buffer: &mut Vec<T>, len: usize) {
    if buffer.len() < len {
        // Exactly: what `resize` leaves in reserve would count towards a small machine's memory.
        buffer.reserve_exact(len - buffer.len());
        buffer.resize(len, T::default());
    }
}
