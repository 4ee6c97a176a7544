//! The memory of a forward pass.

use alloc::vec::Vec;

use kernels::lookup::LookupScratch;

use super::plan::Plan;
use super::step::Factors;

/// Buffers that are kept from image to image.
pub(super) struct Workspace {
    /// Feature maps, as the plan numbers them.
    pub(super) maps: Vec<Vec<f32>>,
    /// The inputs of convolutions in their padding, by [`Step::slot`].
    pub(super) inputs: Vec<Padded>,
    /// One for each thread.
    pub(super) scratch: Vec<LookupScratch>,
    pub(super) logits: Vec<f32>,
}

/// Maps with padding around the image in each: floats or integers, as the convolution wants. The padding is
/// written once, and stays: those that share one have the same frame.
#[derive(Default)]
pub(super) struct Padded {
    pub(super) floats: Vec<f32>,
    pub(super) integers: Vec<i16>,
}

impl Workspace {
    pub(super) fn empty() -> Self {
        Self {
            maps: Vec::new(),
            inputs: Vec::new(),
            scratch: Vec::new(),
            logits: Vec::new(),
        }
    }

    /// Makes room for a plan on so many threads, where there is not enough yet.
    pub(super) fn prepare(&mut self, plan: &Plan, threads: usize) {
        if self.scratch.len() >= threads {
            return;
        }
        self.maps.resize_with(plan.maps.len(), Vec::new);
        for (map, &numbers) in self.maps.iter_mut().zip(&plan.maps) {
            grow(map, numbers, 0.0);
        }
        grow(&mut self.logits, plan.classes, 0.0);
        let mut lines = 0;
        for step in &plan.steps {
            if self.inputs.len() <= step.slot {
                self.inputs.resize_with(step.slot + 1, Padded::default);
            }
            let (input, padded) = (&mut self.inputs[step.slot], step.plane() * step.from[0]);
            match step.zero {
                Some(zero) => grow(&mut input.integers, padded, zero),
                None => grow(&mut input.floats, padded, 0.0),
            }
            if let Factors::Signs(conv) = &step.weights {
                lines = lines.max(conv.scratch_lines());
            }
        }
        self.scratch
            .resize_with(threads, || LookupScratch::new(lines));
    }
}

fn grow<T: Copy>(buffer: &mut Vec<T>, len: usize, filler: T) {
    if buffer.len() < len {
        // Exactly: what `resize` leaves in reserve would count towards a small machine's memory.
        buffer.reserve_exact(len - buffer.len());
        buffer.resize(len, filler);
    }
}
