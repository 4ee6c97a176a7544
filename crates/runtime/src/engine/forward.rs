//! The forward pass of one image.

use alloc::vec::Vec;

use kernels::signs::{PIXELS, sign_product, sign_product_i16};
use kernels::{Isa, Parallel};

use super::gather::{pick, place};
use super::parts::Parts;
use super::plan::{Factors, Plan, Quantizer, Shape, Step, blocked};
use crate::{Padding, PoolDivisor};

/// Buffers that are kept from image to image.
pub(super) struct Workspace {
    /// The residual stream, what a block's first convolution gives, and the pooled stream.
    maps: [Vec<f32>; 3],
    /// A convolution's input in zeros.
    padded: Vec<f32>,
    padded_integers: Vec<i16>,
    /// One for each thread.
    threads: Vec<PerThread>,
    pub(super) logits: Vec<f32>,
}

#[derive(Default)]
struct PerThread {
    rows: Vec<f32>,
    integer_rows: Vec<i16>,
    sums: Vec<f32>,
    scratch: Vec<i16>,
    integer_sums: Vec<i32>,
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

enum Pooling {
    Max,
    /// The mean, followed by zeros up to so many channels.
    Mean(PoolDivisor, usize),
}

/// 3×3 windows with stride 2 over the pixels inside the image.
fn pool(
    [channels, height, width]: Shape,
    padding: Padding,
    pooling: Pooling,
    map: &[f32],
    pooled: &mut [f32],
) {
    let [rows, columns] = [height, width].map(|size| padding.output(size, 2));
    let out_channels = match pooling {
        Pooling::Max => channels,
        Pooling::Mean(_, channels) => channels,
    };
    pooled[..blocked([out_channels, rows, columns])].fill(0.0);
    let window = |output: usize, size: usize| {
        let before = padding.before(size, 3, 2);
        (output * 2).saturating_sub(before)..(output * 2 + 3 - before).min(size)
    };
    let at = |channels: usize, channel: usize, index: usize| {
        (index / PIXELS * channels + channel) * PIXELS + index % PIXELS
    };
    for row in 0..rows {
        let ys = window(row, height);
        for column in 0..columns {
            let xs = window(column, width);
            let count = match &pooling {
                Pooling::Mean(PoolDivisor::Kernel, _) => 9,
                _ => ys.len() * xs.len(),
            };
            for channel in 0..channels {
                let (mut sum, mut most) = (0.0, f32::NEG_INFINITY);
                for y in ys.clone() {
                    for x in xs.clone() {
                        let value = map[at(channels, channel, y * width + x)];
                        sum += value;
                        most = most.max(value);
                    }
                }
                pooled[at(out_channels, channel, row * columns + column)] = match pooling {
                    Pooling::Max => most,
                    Pooling::Mean(..) => sum / count as f32,
                };
            }
        }
    }
}
