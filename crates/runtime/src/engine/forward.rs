//! The forward pass of one image.

use graph::Shape;
use kernels::{Isa, Parallel};

use super::guards::TooLarge;
use super::layer::Buffers;
use super::plan::{Instruction, Plain, Plan};
use super::shrink::pool;
use super::workspace::Workspace;

/// Sees the greatest magnitude of what a convolution reads: its number, and the value.
pub(super) type Watch<'a> = Option<&'a mut dyn FnMut(usize, f32)>;

impl Plan {
    /// # Errors
    ///
    /// [`TooLarge`] where a guard finds such numbers.
    pub(super) fn forward(
        &self,
        isa: Isa,
        parallel: &dyn Parallel,
        workspace: &mut Workspace,
        image: &[u8],
        mut watch: Watch,
    ) -> Result<(), TooLarge> {
        let Workspace {
            maps,
            inputs,
            scratch,
            logits,
            ..
        } = workspace;
        let mut buffers = Buffers {
            isa,
            parallel,
            inputs,
            scratch,
        };
        let mut guards = self.guards.iter().peekable();
        for (index, instruction) in self.instructions.iter().enumerate() {
            while let Some(guard) = guards.next_if(|guard| guard.instruction == index) {
                guard.look(&self.steps, maps, buffers.inputs)?;
            }
            match instruction {
                Instruction::Image { to } => {
                    for (number, &pixel) in maps[*to].iter_mut().zip(image) {
                        *number = f32::from(pixel);
                    }
                }
                Instruction::LayOut { step, from } => {
                    buffers.lay_out(&self.steps[*step], &maps[*from]);
                }
                Instruction::Conv {
                    step,
                    to,
                    map,
                    next,
                } => {
                    let step = &self.steps[*step];
                    if let Some(watch) = &mut watch {
                        watch(step.conv, buffers.greatest(step));
                    }
                    let next = next.map(|next| &self.steps[next]);
                    buffers.convolve(step, &mut maps[*to], *map, next);
                }
                Instruction::Pool {
                    shape,
                    padding,
                    pooling,
                    from,
                    to,
                } => {
                    let [from, to] = two(maps, *from, *to);
                    pool(parallel, *shape, *padding, *pooling, from, to);
                }
                Instruction::Plain {
                    shape,
                    plain: Plain::Add(other),
                    from,
                    to,
                } => {
                    let numbers = shape.iter().product();
                    // In two steps, since the terms may be one map.
                    for (term, first) in [(*from, true), (*other, false)] {
                        let [term, sums] = two(maps, term, *to);
                        for (sum, &x) in sums.iter_mut().zip(&term[..numbers]) {
                            *sum = x + if first { 0.0 } else { *sum };
                        }
                    }
                }
                Instruction::Plain {
                    shape,
                    plain,
                    from,
                    to,
                } => {
                    let [from, to] = two(maps, *from, *to);
                    apply(plain, *shape, from, to);
                }
                Instruction::Means {
                    shape,
                    norm,
                    divisor,
                    from,
                } => means(*shape, norm, *divisor, &maps[*from], logits),
            }
        }
        if let Some(map) = self.logits {
            let classes = logits.len();
            logits.copy_from_slice(&maps[map][..classes]);
        }
        Ok(())
    }
}

/// Two maps with different numbers.
fn two(maps: &mut [alloc::vec::Vec<f32>], from: usize, to: usize) -> [&mut [f32]; 2] {
    match maps.get_disjoint_mut([from, to]) {
        Ok([from, to]) => [from, to],
        Err(_) => unreachable!("a plan gives what is read and what is written different maps"),
    }
}

/// An operation alone, the plain way.
fn apply(plain: &Plain, [channels, height, width]: Shape, from: &[f32], to: &mut [f32]) {
    let pixels = height * width;
    let from = &from[..channels * pixels];
    match plain {
        Plain::Norm(norm) => {
            let planes = from.chunks_exact(pixels).zip(to.chunks_exact_mut(pixels));
            for ((from, to), &[scale, offset]) in planes.zip(norm) {
                for (to, &x) in to.iter_mut().zip(from) {
                    *to = scale * x + offset;
                }
            }
        }
        Plain::Floor(floor) => {
            for (to, &x) in to.iter_mut().zip(from) {
                *to = x.max(*floor);
            }
        }
        Plain::PadChannels(after) => {
            to[..from.len()].copy_from_slice(from);
            to[from.len()..after * pixels].fill(0.0);
        }
        Plain::Divide(divisor) => {
            for (to, &x) in to.iter_mut().zip(from) {
                *to = x / divisor;
            }
        }
        Plain::Mean => {
            for (to, plane) in to.iter_mut().zip(from.chunks_exact(pixels)) {
                let sum: f64 = plane.iter().map(|&x| f64::from(x)).sum();
                *to = (sum / pixels as f64) as f32;
            }
        }
        // Of three maps: the caller's.
        Plain::Add(_) => {}
    }
}

/// The norm after the last convolution, and the mean over its pixels.
fn means(
    [_, height, width]: Shape,
    norm: &[[f32; 2]],
    divisor: f32,
    map: &[f32],
    logits: &mut [f32],
) {
    let pixels = height * width;
    let planes = map.chunks_exact(pixels).zip(norm);
    for (logit, (plane, &[scale, offset])) in logits.iter_mut().zip(planes) {
        let values = plane.iter().map(|&x| f64::from(scale * x + offset));
        let sum: f64 = values.sum();
        *logit = (sum / pixels as f64 / f64::from(divisor)) as f32;
    }
}
