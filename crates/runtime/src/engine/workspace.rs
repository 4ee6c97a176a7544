//! The buffers of a forward pass.

use alloc::vec::Vec;

use kernels::signs::PIXELS;

use super::plan::Plan;

/// Buffers that are kept from image to image.
pub(super) struct Workspace {
    /// The residual stream, what a block's first convolution gives, and the pooled stream.
    pub(super) maps: [Vec<f32>; 3],
    /// A convolution's input in zeros.
    pub(super) padded: Vec<f32>,
    pub(super) padded_integers: Vec<i16>,
    /// One for each thread.
    pub(super) threads: Vec<PerThread>,
    pub(super) logits: Vec<f32>,
}

/// What a thread multiplies with.
#[derive(Default)]
pub(super) struct PerThread {
    pub(super) rows: Vec<f32>,
    pub(super) integer_rows: Vec<i16>,
    pub(super) sums: Vec<f32>,
    pub(super) scratch: Vec<i16>,
    pub(super) integer_sums: Vec<i32>,
}

fn grow<T: Copy + Default>(buffer: &mut Vec<T>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, T::default());
    }
}

impl Workspace {
    pub(super) fn empty() -> Self {
        Self {
            maps: Default::default(),
            padded: Vec::new(),
            padded_integers: Vec::new(),
            threads: Vec::new(),
            logits: Vec::new(),
        }
    }

    /// Makes room for a plan on so many threads, where there is not enough yet.
    pub(super) fn prepare(&mut self, plan: &Plan, threads: usize) {
        let largest = plan.largest_map();
        self.maps.iter_mut().for_each(|map| grow(map, largest));
        grow(&mut self.logits, plan.classes());
        if self.threads.len() < threads {
            self.threads.resize_with(threads, PerThread::default);
        }
        for step in &plan.steps {
            let padded = step.plane * step.from[0];
            let (rows, sums) = (step.rows() * PIXELS, step.to[0] * PIXELS);
            let integers = step.steps.is_some();
            match integers {
                true => grow(&mut self.padded_integers, padded),
                false => grow(&mut self.padded, padded),
            }
            for thread in &mut self.threads {
                if integers {
                    grow(&mut thread.integer_rows, rows);
                    grow(&mut thread.scratch, sums);
                    grow(&mut thread.integer_sums, sums);
                } else {
                    grow(&mut thread.rows, rows);
                    grow(&mut thread.sums, sums);
                }
            }
        }
    }
}
