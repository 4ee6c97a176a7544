//! The forward pass of one image.

use alloc::vec::Vec;

use kernels::signs::{PIXELS, sign_product, sign_product_i16};
use kernels::{Isa, Parallel};

use super::gather::{pick, place};
use super::parts::Parts;
use super::plan::{Factors, Plan, Quantizer, Shape, Step, blocked};
use super::pooling::{Pooling, pool};
use super::workspace::{PerThread, Workspace};

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
            padded,
            padded_integers,
            threads,
            logits,
        } = workspace;
        let mut buffers = Buffers {
            isa,
            parallel,
            padded,
            padded_integers,
            threads,
        };
        let last = self.steps.len() - 1;
        read_image(image, self.input, y);
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
            pool(self.steps[0].to, self.padding, Pooling::Max, x, z);
            core::mem::swap(x, z);
        }
        let mut index = 1;
        while index < last {
            if !self.residual {
                conv(index, x, y, false);
                core::mem::swap(x, y);
                index += 1;
                continue;
            }
            conv(index, x, y, false);
            let (from, to) = (self.steps[index].from, self.steps[index].to);
            if from != to {
                // Channels that the pooled stream lacks are zeros.
                let pooling = Pooling::Mean(self.divisor, to[0]);
                pool(from, self.padding, pooling, x, z);
                core::mem::swap(x, z);
            }
            conv(index + 1, y, x, true);
            index += 2;
        }
        conv(last, x, y, false);
        self.means(y, logits);
    }

    /// The norm after the last convolution, and the mean over its pixels.
    fn means(&self, map: &[f32], logits: &mut [f32]) {
        let [classes, height, width] = self.steps[self.steps.len() - 1].to;
        let pixels = height * width;
        for (class, (logit, &[scale, offset])) in logits.iter_mut().zip(&self.out_norm).enumerate()
        {
            let mut sum = 0.0f64;
            for index in 0..pixels {
                let at = (index / PIXELS * classes + class) * PIXELS + index % PIXELS;
                sum += f64::from(scale * map[at] + offset);
            }
            *logit = (sum / pixels as f64 / f64::from(self.temperature)) as f32;
        }
    }
}

/// Pixels as floats, in blocks.
fn read_image(image: &[u8], [channels, height, width]: Shape, map: &mut [f32]) {
    let pixels = height * width;
    for (channel, plane) in image.chunks_exact(pixels).enumerate() {
        for (block, part) in plane.chunks(PIXELS).enumerate() {
            let to = &mut map[(block * channels + channel) * PIXELS..];
            for (to, &from) in to.iter_mut().zip(part) {
                *to = f32::from(from);
            }
        }
    }
}

/// What a convolution works with.
struct Buffers<'a> {
    isa: Isa,
    parallel: &'a dyn Parallel,
    padded: &'a mut Vec<f32>,
    padded_integers: &'a mut Vec<i16>,
    threads: &'a mut Vec<PerThread>,
}

impl Buffers<'_> {
    /// Norms and activates a feature map, and lays it out in zeros.
    fn lay_out(&mut self, step: &Step, map: &[f32]) {
        let plane = step.plane;
        let tasks = self.parallel.threads().min(step.from[0]);
        match step.steps {
            None => {
                let planes = Parts::new(&mut self.padded[..plane * step.from[0]], plane);
                self.parallel.run(tasks, &|task| {
                    for channel in (task..step.from[0]).step_by(tasks) {
                        // SAFETY: this channel is this task's alone.
                        let plane = unsafe { planes.get(channel) };
                        lay_out_channel(step, channel, map, plane, |value| value);
                    }
                });
            }
            Some(quantizer) => {
                let used = &mut self.padded_integers[..plane * step.from[0]];
                let planes = Parts::new(used, plane);
                self.parallel.run(tasks, &|task| {
                    for channel in (task..step.from[0]).step_by(tasks) {
                        // SAFETY: this channel is this task's alone.
                        let plane = unsafe { planes.get(channel) };
                        let integer = |value| quantizer.integer(value) as i16;
                        lay_out_channel(step, channel, map, plane, integer);
                    }
                });
            }
        }
    }

    /// The greatest magnitude that was laid out.
    fn greatest(&self, step: &Step) -> f32 {
        let used = &self.padded[..step.plane * step.from[0]];
        used.iter().fold(0.0, |most, value| most.max(value.abs()))
    }

    /// Multiplies what was laid out, and sets `map` or adds to it.
    fn multiply(&mut self, step: &Step, map: &mut [f32], add: bool) {
        let blocks = step.picks.blocks();
        let tasks = self.parallel.threads().min(blocks);
        let outputs = Parts::new(&mut map[..blocked(step.to)], step.to[0] * PIXELS);
        let (isa, padded, integers) = (self.isa, &*self.padded, &*self.padded_integers);
        let threads = Parts::new(&mut self.threads[..tasks], 1);
        self.parallel.run(tasks, &|task| {
            // SAFETY: the buffers number `task` are this task's alone.
            let thread = &mut unsafe { threads.get(task) }[0];
            for block in (task..blocks).step_by(tasks) {
                // SAFETY: this block is this task's alone.
                let out = unsafe { outputs.get(block) };
                thread.block(isa, step, block, padded, integers, out, add);
            }
        });
    }
}

#[inline(always)]
fn lay_out_channel<T: Copy + Default>(
    step: &Step,
    channel: usize,
    map: &[f32],
    plane: &mut [T],
    convert: impl Fn(f32) -> T,
) {
    let ([scale, offset], floor) = (step.norm[channel], step.floor);
    plane.fill(T::default());
    for block in 0..step.places.blocks() {
        let pixels = &map[(block * step.from[0] + channel) * PIXELS..][..PIXELS];
        place(step.places.block(block), pixels, plane, |x| {
            convert((scale * x + offset).max(floor))
        });
    }
}

impl PerThread {
    #[expect(clippy::too_many_arguments, reason = "one block of one convolution")]
    fn block(
        &mut self,
        isa: Isa,
        step: &Step,
        block: usize,
        padded: &[f32],
        integers: &[i16],
        out: &mut [f32],
        add: bool,
    ) {
        let (rows, outputs) = (step.rows() * PIXELS, step.to[0]);
        match (&step.weights, step.steps) {
            (Factors::Signs(matrix, scales), Some(Quantizer { step: unit, .. })) => {
                let used = &mut self.integer_rows[..rows];
                gather(step, block, integers, used);
                let sums = &mut self.integer_sums[..outputs * PIXELS];
                let scratch = &mut self.scratch[..outputs * PIXELS];
                sign_product_i16(isa, matrix, used, scratch, sums);
                let parts = out.chunks_exact_mut(PIXELS).zip(sums.chunks_exact(PIXELS));
                for ((out, sums), &scale) in parts.zip(scales) {
                    let factor = scale * unit;
                    set(add, out, sums, |sum| factor * sum as f32);
                }
            }
            (Factors::Signs(matrix, scales), None) => {
                let used = &mut self.rows[..rows];
                gather(step, block, padded, used);
                let sums = &mut self.sums[..outputs * PIXELS];
                sign_product(isa, matrix, used, sums);
                let parts = out.chunks_exact_mut(PIXELS).zip(sums.chunks_exact(PIXELS));
                for ((out, sums), &scale) in parts.zip(scales) {
                    set(add, out, sums, |sum| scale * sum);
                }
            }
            (Factors::Real(weights), _) => {
                let used = &mut self.rows[..rows];
                gather(step, block, padded, used);
                let weights = weights.chunks_exact(step.taps.len());
                for (out, weights) in out.chunks_exact_mut(PIXELS).zip(weights) {
                    let mut sums = [0.0; PIXELS];
                    for (row, &weight) in used.as_chunks::<PIXELS>().0.iter().zip(weights) {
                        for (sum, &value) in sums.iter_mut().zip(row) {
                            *sum += weight * value;
                        }
                    }
                    set(add, out, &sums, |sum| sum);
                }
            }
        }
    }
}

/// Writes or adds what `convert` makes of the sums of one output channel.
#[inline(always)]
fn set<T: Copy>(add: bool, out: &mut [f32], sums: &[T], convert: impl Fn(T) -> f32) {
    let pairs = out.iter_mut().zip(sums);
    if add {
        pairs.for_each(|(out, &sum)| *out += convert(sum));
    } else {
        pairs.for_each(|(out, &sum)| *out = convert(sum));
    }
}

/// The rows of a block out of the padded planes; those that fill up the last chunk become 0.
fn gather<T: Copy + Default>(step: &Step, block: usize, padded: &[T], rows: &mut [T]) {
    let runs = step.picks.block(block);
    let (rows, _) = rows.as_chunks_mut::<PIXELS>();
    let (used, rest) = rows.split_at_mut(step.taps.len());
    for (row, &tap) in used.iter_mut().zip(&step.taps) {
        pick(runs, &padded[tap as usize..], row);
    }
    rest.iter_mut().for_each(|row| row.fill(T::default()));
}
