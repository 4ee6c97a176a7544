//! Where a forward pass looks whether its numbers are still small.
//!
//! Beyond 3.4e38 a 32-bit float is infinite, a sum of infinities is no number, and a ReLU makes 0 of that: an
//! answer would come out, of nothing. So a bound of every map is computed from the weights alone. Where it grows
//! too large, the pass looks at the numbers themselves, and goes on from what it asks of them. Bounds grow faster
//! than numbers do, some hundred times with each layer, so a network of 20 layers is looked at twice.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use kernels::lookup::Map;

use super::plan::{Instruction, Plain, Plan};
use super::step::{Factors, Step};
use super::workspace::Padded;
use crate::{Model, RuntimeError};

/// What a guard asks of numbers: no network that has learned something computes with larger ones.
const LARGE: f32 = 1e15;
/// Where bounds may not go: what is rounded on the way stays below infinity.
const MAX: f64 = 1e37;

/// Numbers that are looked at before an instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Guard {
    pub(super) instruction: usize,
    pub(super) what: What,
}

/// Which numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    /// A feature map.
    Map(usize),
    /// What a step reads.
    Input(usize),
}

/// That a number which a guard looked at is too large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TooLarge(f32);

impl From<TooLarge> for RuntimeError {
    fn from(found: TooLarge) -> Self {
        Self::TooLarge {
            expected: LARGE,
            found: found.0,
        }
    }
}

impl Guard {
    /// Looks at the numbers.
    pub(super) fn look(
        self,
        steps: &[Step],
        maps: &[Vec<f32>],
        inputs: &[Padded],
    ) -> Result<(), TooLarge> {
        let numbers = match self.what {
            What::Map(map) => &maps[map][..],
            What::Input(step) => {
                let step = &steps[step];
                &inputs[step.slot].floats[..step.plane() * step.from[0]]
            }
        };
        match greatest(numbers) {
            greatest if greatest <= LARGE => Ok(()),
            greatest => Err(TooLarge(greatest)),
        }
    }
}

/// The greatest magnitude; that of what is no number is greater than all.
pub(super) fn greatest(numbers: &[f32]) -> f32 {
    // As integers, magnitudes lie in the same order, and all processors find the largest quickly.
    let bits = numbers.iter().map(|number| number.to_bits() & 0x7fff_ffff);
    f32::from_bits(bits.max().unwrap_or(0))
}

/// The guards of a plan, in the order of its instructions.
///
/// # Errors
///
/// [`RuntimeError::Model`] where a single layer makes numbers too large of small ones.
pub(super) fn guards(plan: &Plan, model: &Model) -> Result<Vec<Guard>, RuntimeError> {
    let mut walk = Walk {
        plan,
        maps: vec![0.0; plan.maps.len()],
        inputs: vec![0.0; plan.steps.len()],
    };
    let mut guards = Vec::new();
    for (index, instruction) in plan.instructions.iter().enumerate() {
        if walk.greatest(instruction) > MAX {
            for what in reads(instruction) {
                let Some(bound) = walk.bound(what).filter(|bound| **bound > LARGE.into()) else {
                    continue;
                };
                *bound = LARGE.into();
                guards.push(Guard {
                    instruction: index,
                    what,
                });
            }
        }
        let greatest = walk.greatest(instruction);
        // What is no number is refused, too.
        if greatest.is_nan() || greatest > MAX {
            return Err(RuntimeError::Model {
                part: part(plan, model, instruction),
                expected: "numbers whose results 32-bit floats hold".into(),
                found: format!("results up to {greatest:e}"),
            });
        }
        walk.on(instruction);
    }
    Ok(guards)
}

fn part(plan: &Plan, model: &Model, instruction: &Instruction) -> String {
    let name = match instruction {
        Instruction::LayOut { step, .. } | Instruction::Conv { step, .. } => {
            model.conv_names().nth(plan.steps[*step].conv)
        }
        _ => None,
    };
    name.unwrap_or("the network's results").to_string()
}

/// The numbers that an instruction reads, where their size matters.
fn reads(instruction: &Instruction) -> Vec<What> {
    match *instruction {
        Instruction::Image { .. } => Vec::new(),
        Instruction::LayOut { from, .. }
        | Instruction::Pool { from, .. }
        | Instruction::Means { from, .. } => vec![What::Map(from)],
        Instruction::Conv { step, to, map, .. } => {
            let mut reads = vec![What::Input(step)];
            reads.extend((map == Map::Add).then_some(What::Map(to)));
            reads
        }
        Instruction::Plain {
            ref plain, from, ..
        } => {
            let mut reads = vec![What::Map(from)];
            if let Plain::Add(other) = plain {
                reads.push(What::Map(*other));
            }
            reads
        }
    }
}

/// The bounds of all numbers, amid a plan.
struct Walk<'a> {
    plan: &'a Plan,
    maps: Vec<f64>,
    /// What each step reads.
    inputs: Vec<f64>,
}

impl Walk<'_> {
    /// The bound of numbers that can be looked at.
    fn bound(&mut self, what: What) -> Option<&mut f64> {
        match what {
            What::Map(map) => Some(&mut self.maps[map]),
            // Integers of 8 bits are bounded already.
            What::Input(step) if self.plan.steps[step].zero.is_some() => None,
            What::Input(step) => Some(&mut self.inputs[step]),
        }
    }

    /// Of what an instruction writes to its map.
    fn map(&self, instruction: &Instruction) -> f64 {
        match instruction {
            Instruction::Image { .. } => 255.0,
            Instruction::LayOut { from, .. } => self.maps[*from],
            Instruction::Conv { step, to, map, .. } => {
                let before = if *map == Map::Add {
                    self.maps[*to]
                } else {
                    0.0
                };
                before + gain(&self.plan.steps[*step]) * self.inputs[*step]
            }
            // Nine are added up before they are divided.
            Instruction::Pool { from, .. } => 9.0 * self.maps[*from],
            Instruction::Plain { plain, from, .. } => {
                let from = self.maps[*from];
                match plain {
                    Plain::Norm(norm) => normed(norm, from),
                    Plain::Floor(floor) => from.max(f64::from(floor.abs())),
                    Plain::PadChannels(_) | Plain::Mean => from,
                    Plain::Add(other) => from + self.maps[*other],
                    Plain::Divide(divisor) => from / f64::from(*divisor),
                }
            }
            Instruction::Means {
                norm,
                divisor,
                from,
                ..
            } => {
                let normed = normed(norm, self.maps[*from]);
                normed.max(normed / f64::from(*divisor))
            }
        }
    }

    /// Of what an instruction lays out for a step, if it does.
    fn input(&self, instruction: &Instruction) -> Option<(usize, f64)> {
        let (step, from) = match instruction {
            Instruction::LayOut { step, .. } => (*step, self.map(instruction)),
            Instruction::Conv { next, .. } => ((*next)?, self.map(instruction)),
            _ => return None,
        };
        let prologues = self.plan.steps[step].prologues.iter();
        let bounds = prologues.map(|prologue| {
            let floor = match prologue.floor.is_finite() {
                true => f64::from(prologue.floor.abs()),
                false => 0.0,
            };
            let (scale, offset) = (prologue.scale.abs(), prologue.offset.abs());
            (f64::from(scale) * from + f64::from(offset)).max(floor)
        });
        Some((step, largest(bounds)))
    }

    /// Of all that an instruction computes.
    fn greatest(&self, instruction: &Instruction) -> f64 {
        let laid_out = match self.input(instruction) {
            // Beyond 8 bits integers are cut off, but they come from numbers.
            Some((step, bound)) if self.plan.steps[step].zero.is_some() => {
                match bound.is_finite() {
                    true => bound.min(MAX),
                    false => bound,
                }
            }
            Some((_, bound)) => bound,
            None => 0.0,
        };
        largest([self.map(instruction), laid_out].into_iter())
    }

    /// Computes an instruction.
    fn on(&mut self, instruction: &Instruction) {
        let (map, input) = (self.map(instruction), self.input(instruction));
        match instruction {
            Instruction::Image { to }
            | Instruction::Pool { to, .. }
            | Instruction::Plain { to, .. } => self.maps[*to] = map,
            Instruction::Conv {
                to,
                map: Map::Leave,
                ..
            } => self.maps[*to] = 0.0,
            Instruction::Conv { to, .. } => self.maps[*to] = map,
            Instruction::LayOut { .. } | Instruction::Means { .. } => {}
        }
        if let Some((step, bound)) = input {
            // In steps of the integers; twice 128 with what stands for 0.
            let is_integer = self.plan.steps[step].zero.is_some();
            self.inputs[step] = if is_integer { 256.0 } else { bound };
        }
    }
}

/// How many times the largest input a result of a convolution can be.
fn gain(step: &Step) -> f64 {
    match &step.weights {
        Factors::Signs(_) => {
            // Scaled they may be small; before, they are sums of all inputs.
            let scales = step.scales.iter().map(|scale| f64::from(scale.abs()));
            step.row_len as f64 * largest(scales).max(1.0)
        }
        Factors::Real(_, weights) => {
            let rows = weights.chunks_exact((weights.len() / step.to[0]).max(1));
            let sums = rows.map(|row| row.iter().map(|weight| f64::from(weight.abs())).sum());
            largest(sums)
        }
    }
}

fn normed(norm: &[[f32; 2]], from: f64) -> f64 {
    let bounds = norm.iter();
    largest(bounds.map(|[scale, offset]| f64::from(scale.abs()) * from + f64::from(offset.abs())))
}

/// The largest, or what is no number.
fn largest(bounds: impl Iterator<Item = f64>) -> f64 {
    bounds.fold(0.0, |largest, bound| {
        match bound > largest || bound.is_nan() {
            true => bound,
            false => largest,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_magnitude_is_found_and_no_number_is_greater() {
        assert_eq!(greatest(&[]), 0.0);
        assert_eq!(greatest(&[-0.0, 1.0, -3.5, 2.0]), 3.5);
        assert_eq!(greatest(&[f32::MAX, f32::NEG_INFINITY]), f32::INFINITY);
        assert!(greatest(&[f32::INFINITY, f32::NAN, 1.0]).is_nan());
        assert_eq!(largest([1.0, 2.0, 0.5].into_iter()), 2.0);
        assert!(largest([1.0, f64::NAN].into_iter()).is_nan());
    }
}
