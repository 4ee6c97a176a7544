//! The memory of a forward pass.

use alloc::vec::Vec;

use kernels::lookup::{Frame, LookupScratch};

use super::plan::Plan;
use super::step::{Factors, Step};

/// Buffers that are kept from image to image.
pub(super) struct Workspace {
    /// The residual stream, what a block's first convolution gives, and the pooled stream.
    pub(super) maps: [Vec<f32>; 3],
    /// A convolution's input in its padding, and the next one's, which is written meanwhile.
    pub(super) inputs: [Padded; 2],
    /// One for each thread.
    pub(super) scratch: Vec<LookupScratch>,
    pub(super) logits: Vec<f32>,
}

/// Planes with padding around the image in each: floats or integers, as the convolution wants.
#[derive(Default)]
pub(super) struct Padded {
    pub(super) floats: Vec<f32>,
    pub(super) integers: Vec<i16>,
    /// Whose padding is there: the frame, the planes, and the integer that stands for 0.
    framed: Option<(Frame, usize, Option<i16>)>,
}

impl Padded {
    /// Writes a step's padding, where it is not there already.
    pub(super) fn frame(&mut self, step: &Step) {
        let wanted = Some((step.frame, step.from[0], step.zero));
        if self.framed == wanted {
            return;
        }
        let len = step.plane() * step.from[0];
        match step.zero {
            Some(zero) => self.integers[..len].fill(zero),
            None => self.floats[..len].fill(0.0),
        }
        self.framed = wanted;
    }
}

impl Workspace {
    pub(super) fn empty() -> Self {
        Self {
            maps: Default::default(),
            inputs: Default::default(),
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
        for (index, step) in plan.steps.iter().enumerate() {
            let (input, padded) = (&mut self.inputs[index % 2], step.plane() * step.from[0]);
            match step.zero {
                Some(_) => grow(&mut input.integers, padded),
                None => grow(&mut input.floats, padded),
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
