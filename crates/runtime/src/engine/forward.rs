//! The forward pass of one image.

use core::sync::atomic::{AtomicUsize, Ordering};

use kernels::lookup::{Epilogue, LookupScratch, Planes, pack_f32, pack_i16};
use kernels::{Isa, Parallel};

use super::plan::{Plan, Shape};
use super::real;
use super::shrink::{Pooling, pool};
use super::step::{Factors, Step};
use super::workspace::Workspace;

/// Numbers below which a pass over a feature map is left to one thread: waking another would take longer.
const SMALL: usize = 1 << 13;

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
            floats,
            integers,
            scratch,
            logits,
        } = workspace;
        let mut buffers = Buffers {
            isa,
            parallel,
            floats,
            integers,
            scratch,
        };
        let last = self.steps.len() - 1;
        for (number, &pixel) in y.iter_mut().zip(image) {
            *number = f32::from(pixel);
        }
        let mut conv = |index: usize, from: &[f32], to: &mut [f32], add: bool| {
            let step = &self.steps[index];
            buffers.lay_out(step, from);
            if let Some(watch) = &mut watch {
                watch(index, buffers.greatest(step));
            }
            buffers.multiply(step, to, add);
        };
        conv(0, y, x, false);
        if self.max_pool {
            let from = self.steps[0].to;
            pool(parallel, from, self.padding, Pooling::Max, x, z);
            core::mem::swap(x, z);
        }
        let mut index = 1;
        while index < last {
            conv(index, x, y, false);
            if !self.residual {
                core::mem::swap(x, y);
                index += 1;
                continue;
            }
            let (from, to) = (self.steps[index].from, self.steps[index].to);
            if from != to {
                let pooling = Pooling::Mean(self.divisor, to[0]);
                pool(parallel, from, self.padding, pooling, x, z);
                core::mem::swap(x, z);
            }
            // The sum of the skip connection, in place.
            conv(index + 1, y, x, true);
            index += 2;
        }
        conv(last, x, y, false);
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

/// What a convolution works with.
struct Buffers<'a> {
    isa: Isa,
    parallel: &'a dyn Parallel,
    floats: &'a mut [f32],
    integers: &'a mut [i16],
    scratch: &'a mut [LookupScratch],
}

impl Buffers<'_> {
    /// Norms and activates a feature map, and lays it out in its padding.
    fn lay_out(&mut self, step: &Step, map: &[f32]) {
        let channels = step.from[0];
        let size = step.from[1] * step.from[2];
        let (plane, isa) = (step.plane(), self.isa);
        let tasks = match channels * size {
            0..SMALL => 1,
            _ => self.parallel.threads().min(channels),
        };
        let floats = Planes::new(self.floats);
        let integers = Planes::new(self.integers);
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

    /// The greatest magnitude that was laid out.
    fn greatest(&self, step: &Step) -> f32 {
        let used = &self.floats[..step.plane() * step.from[0]];
        used.iter().fold(0.0, |most, value| most.max(value.abs()))
    }

    /// Multiplies what was laid out, and sets `map` or adds to it.
    fn multiply(&mut self, step: &Step, map: &mut [f32], add: bool) {
        let (isa, threads) = (self.isa, self.parallel.threads());
        let used = step.plane() * step.from[0];
        let out = Planes::new(&mut map[..step.to.iter().product()]);
        let conv = match &step.weights {
            Factors::Signs(conv) => conv,
            Factors::Real(window, weights) => {
                let input = &self.floats[..used];
                real::conv(
                    self.parallel,
                    window,
                    &step.frame,
                    weights,
                    input,
                    add,
                    &out,
                );
                return;
            }
        };
        let units = conv.units(threads);
        let epilogue = Epilogue {
            scales: &step.scales,
            biases: &step.biases,
            add,
        };
        let scratch = Planes::new(self.scratch);
        let (floats, integers) = (&*self.floats, &*self.integers);
        // Units are taken one by one: a thread that was held up leaves more to the others.
        let next = AtomicUsize::new(0);
        self.parallel.run(threads.min(units), &|task| {
            // SAFETY: the scratch memory number `task` is this task's alone.
            let scratch = &mut unsafe { scratch.slice(task, 1) }[0];
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= units {
                    return;
                }
                let unit = conv.unit(threads, index);
                // SAFETY: each number comes once.
                unsafe {
                    match step.zero {
                        None => conv.run_f32(isa, &unit, &floats[..used], &epilogue, &out, scratch),
                        Some(_) => {
                            conv.run_i16(isa, &unit, &integers[..used], &epilogue, &out, scratch);
                        }
                    }
                }
            }
        });
    }
}
