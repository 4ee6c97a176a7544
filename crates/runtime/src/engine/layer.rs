//! One convolution of the forward pass.

#[cfg(feature = "std")]
use core::ops::Range;
#[cfg(feature = "std")]
use core::sync::atomic::{AtomicUsize, Ordering};

use kernels::lookup::{Epilogue, Input, LookupScratch, Map, Next, SignConv, pack_f32, pack_i16};
use kernels::{Isa, Parallel, SharedSlice};

use super::guards::greatest;
use super::real;
use super::step::{Factors, Step};
use super::workspace::Padded;

/// Numbers below which a pass over a feature map is left to one thread: waking another would take longer.
const SMALL: usize = 1 << 13;

/// The maximum of threads that keep units of their own; more share them.
#[cfg(feature = "std")]
const HOMES: usize = 64;

/// What a convolution works with. It reads the input of its slot and writes that of the next one's.
pub(super) struct Buffers<'a> {
    pub(super) isa: Isa,
    pub(super) parallel: &'a dyn Parallel,
    pub(super) inputs: &'a mut [Padded],
    pub(super) scratch: &'a mut [LookupScratch],
}

impl Buffers<'_> {
    /// Norms and activates a feature map, and lays it out in its padding as the input of `step`.
    pub(super) fn lay_out(&mut self, step: &Step, map: &[f32]) {
        let input = &mut self.inputs[step.slot];
        let channels = step.from[0];
        let size = step.from[1] * step.from[2];
        let (plane, isa) = (step.plane(), self.isa);
        let tasks = match channels * size {
            0..SMALL => 1,
            _ => self.parallel.threads().min(channels),
        };
        let floats = SharedSlice::new(&mut input.floats);
        let integers = SharedSlice::new(&mut input.integers);
        self.parallel.run(tasks, &|task| {
            for channel in task * channels / tasks..(task + 1) * channels / tasks {
                let image = &map[channel * size..][..size];
                let (frame, prologue) = (&step.frame, &step.prologues[channel]);
                match step.zero {
                    None => {
                        // SAFETY: this channel's plane is this task's alone.
                        let plane = unsafe { floats.slice(channel * plane, plane) };
                        pack_f32(isa, frame, prologue, image, plane);
                    }
                    Some(zero) => {
                        // SAFETY: this channel's plane is this task's alone.
                        let plane = unsafe { integers.slice(channel * plane, plane) };
                        pack_i16(isa, frame, prologue, zero, image, plane);
                    }
                }
            }
        });
    }

    /// The greatest magnitude of the floats that `step` reads.
    pub(super) fn greatest(&self, step: &Step) -> f32 {
        let used = &self.inputs[step.slot].floats[..step.plane() * step.from[0]];
        greatest(used)
    }

    /// A convolution: its results go to `map` as told, and become the input of `next`.
    ///
    /// Where `map` is left, it may still be used.
    pub(super) fn convolve(&mut self, step: &Step, map: &mut [f32], how: Map, next: Option<&Step>) {
        let used = step.plane() * step.from[0];
        let map = &mut map[..step.to.iter().product()];
        let conv = match &step.weights {
            Factors::Signs(conv) => conv,
            Factors::Real(window, weights) => {
                let input = &self.inputs[step.slot].floats[..used];
                let (parallel, out) = (self.parallel, SharedSlice::new(map));
                let add = how == Map::Add;
                real::conv(parallel, window, &step.frame, weights, input, add, &out);
                if let Some(next) = next {
                    self.lay_out(next, map);
                }
                return;
            }
        };
        let to = next.map_or(step.slot, |next| next.slot);
        let mut last = Padded::default();
        let (from, to) = match self.inputs.get_disjoint_mut([step.slot, to]) {
            Ok([from, to]) => (from, to),
            Err(_) => (&mut self.inputs[step.slot], &mut last),
        };
        let (floats, integers) = (
            SharedSlice::new(&mut to.floats),
            SharedSlice::new(&mut to.integers),
        );
        let next = next.map(|next| Next {
            frame: &next.frame,
            prologues: &next.prologues,
            input: match next.zero {
                None => Input::F32(&floats),
                Some(_) => Input::I16(&integers),
            },
        });
        let epilogue = Epilogue {
            scales: &step.scales,
            biases: &step.biases,
            map: how,
            next,
        };
        let (isa, out) = (self.isa, SharedSlice::new(map));
        let scratch = SharedSlice::new(self.scratch);
        share(self.parallel, conv, &|unit, task| {
            // SAFETY: the scratch memory number `task` is this task's alone.
            let scratch = &mut unsafe { scratch.slice(task, 1) }[0];
            let unit = conv.unit(self.parallel.threads(), unit);
            match step.zero {
                None => {
                    let input = &from.floats[..used];
                    // SAFETY: each unit comes once.
                    unsafe { conv.run_f32(isa, &unit, input, &epilogue, &out, scratch) };
                }
                Some(_) => {
                    let input = &from.integers[..used];
                    // SAFETY: each unit comes once.
                    unsafe { conv.run_i16(isa, &unit, input, &epilogue, &out, scratch) };
                }
            }
        });
    }
}

/// Calls `work` with each unit of a convolution and the number of the task that does it.
///
/// Each task begins with units of its own, side by side and the same ones for every convolution of that size,
/// because their pixels are in its core's cache; then it helps those that were held up.
#[cfg(feature = "std")]
fn share(parallel: &dyn Parallel, conv: &SignConv, work: &(dyn Fn(usize, usize) + Sync)) {
    let units = conv.units(parallel.threads());
    let tasks = parallel.threads().min(units).min(HOMES);
    let home = |task: usize| -> Range<usize> { task * units / tasks..(task + 1) * units / tasks };
    let next: [AtomicUsize; HOMES] = core::array::from_fn(|task| {
        AtomicUsize::new(if task < tasks { home(task).start } else { 0 })
    });
    parallel.run(tasks, &|task| {
        for other in (task..tasks).chain(0..task) {
            loop {
                let unit = next[other].fetch_add(1, Ordering::Relaxed);
                if unit >= home(other).end {
                    break;
                }
                work(unit, task);
            }
        }
    });
}

/// Without `std` there is one thread. Some processors without it (thumbv6m) have no counter that threads could share.
#[cfg(not(feature = "std"))]
fn share(parallel: &dyn Parallel, conv: &SignConv, work: &(dyn Fn(usize, usize) + Sync)) {
    for unit in 0..conv.units(parallel.threads()) {
        work(unit, 0);
    }
}
