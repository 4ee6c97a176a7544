//! The memory of a forward pass.

use alloc::vec::Vec;

use kernels::lookup::LookupScratch;

use super::guards::TooLarge;
use super::plan::Plan;
use super::step::Factors;
use crate::RuntimeError;

/// Buffers that are kept from image to image.
pub(super) struct Workspace {
    /// Feature maps, as the plan numbers them.
    pub(super) maps: Vec<Vec<f32>>,
    /// The inputs of convolutions in their padding, by [`Step::slot`].
    pub(super) inputs: Vec<Padded>,
    /// One for each thread.
    pub(super) scratch: Vec<LookupScratch>,
    pub(super) logits: Vec<f32>,
    /// How a thread's images of a batch went.
    pub(super) done: Result<(), TooLarge>,
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
            done: Ok(()),
        }
    }

    /// Makes room for a plan on so many threads, where there is not enough yet.
    ///
    /// # Errors
    ///
    /// [`RuntimeError::Memory`] when there is not as much.
    pub(super) fn prepare(&mut self, plan: &Plan, threads: usize) -> Result<(), RuntimeError> {
        if self.scratch.len() >= threads {
            return Ok(());
        }
        self.maps.resize_with(plan.maps.len(), Vec::new);
        for (map, &numbers) in self.maps.iter_mut().zip(&plan.maps) {
            grow(map, numbers, 0.0)?;
        }
        grow(&mut self.logits, plan.classes, 0.0)?;
        let mut lines = 0;
        for step in &plan.steps {
            if self.inputs.len() <= step.slot {
                self.inputs.resize_with(step.slot + 1, Padded::default);
            }
            let (input, padded) = (&mut self.inputs[step.slot], step.plane() * step.from[0]);
            match step.zero {
                Some(zero) => grow(&mut input.integers, padded, zero)?,
                None => grow(&mut input.floats, padded, 0.0)?,
            }
            if let Factors::Signs(conv) = &step.weights {
                lines = lines.max(conv.scratch_lines());
            }
        }
        self.scratch
            .resize_with(threads, || LookupScratch::new(lines));
        Ok(())
    }

    /// The bytes of room for a plan on so many threads.
    pub(super) fn bytes(plan: &Plan, threads: usize) -> u64 {
        let mut inputs: Vec<u64> = Vec::new();
        let mut lines = 0;
        for step in &plan.steps {
            if inputs.len() <= step.slot {
                inputs.resize(step.slot + 1, 0);
            }
            let numbers = (step.plane() * step.from[0]) as u64;
            let number = if step.zero.is_some() { 2 } else { 4 };
            inputs[step.slot] = inputs[step.slot].max(number * numbers);
            if let Factors::Signs(conv) = &step.weights {
                lines = lines.max(conv.scratch_lines());
            }
        }
        let maps = plan.maps.iter().map(|&numbers| 4 * numbers as u64);
        maps.chain(inputs).sum::<u64>() + 64 * (lines * threads) as u64
    }
}

fn grow<T: Copy>(buffer: &mut Vec<T>, len: usize, filler: T) -> Result<(), RuntimeError> {
    if buffer.len() < len {
        // Exactly: what `resize` leaves in reserve would count towards a small machine's memory.
        let more = len - buffer.len();
        buffer
            .try_reserve_exact(more)
            .map_err(|_| RuntimeError::Memory {
                needed: (more * size_of::<T>()) as u64,
            })?;
        buffer.resize(len, filler);
    }
    Ok(())
}
