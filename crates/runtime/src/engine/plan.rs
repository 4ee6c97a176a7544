//! What is known of a network before the first image comes.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::Activations;
use super::step::Step;
use crate::{
    Activation, Affine, Model, Padding, PoolDivisor, RuntimeError, Stem, Structure, Weights,
};

/// Channels, height, width.
pub(super) type Shape = [usize; 3];

/// A forward pass.
pub(super) struct Plan {
    pub(super) input: Shape,
    pub(super) steps: Vec<Step>,
    /// After the last convolution: a factor and an addend per class.
    pub(super) out_norm: Vec<[f32; 2]>,
    /// What the mean over the pixels is divided by.
    pub(super) temperature: f32,
    pub(super) residual: bool,
    pub(super) max_pool: bool,
    pub(super) padding: Padding,
    pub(super) divisor: PoolDivisor,
}

impl Plan {
    pub(super) fn new(model: &Model, activations: Activations) -> Result<Self, RuntimeError> {
        let scales = match activations {
            Activations::F32 => None,
            Activations::Int8 => Some(model.calibrated()?),
        };
        let padding = model.padding();
        let mut at = model.input();
        let mut steps = Vec::new();
        for (index, conv) in model.convs().iter().enumerate() {
            let floor = match (index, model.activation()) {
                (0, _) if model.input_relu() => 0.0,
                (0, _) => f32::NEG_INFINITY,
                (_, Activation::Relu) => 0.0,
                (_, Activation::ShiftedRelu) => -1.0,
            };
            let norm = affine(&model.norms()[index], at[0]);
            // Real weights multiply real numbers.
            let unit = match &conv.weights {
                Weights::Signs { .. } => scales.map(|scales| scales[index]),
                Weights::Real(_) => None,
            };
            let mut step = Step::new(conv, at, padding, &norm, floor, unit);
            step.slot = slot(&steps, &step);
            at = step.to;
            if index == 0 && model.stem() == Stem::MaxPool {
                at = [at[0], padding.output(at[1], 2), padding.output(at[2], 2)];
            }
            steps.push(step);
        }
        Ok(Self {
            input: model.input(),
            steps,
            out_norm: affine(&model.norms()[model.convs().len()], model.classes()),
            temperature: model.temperature(),
            residual: model.structure() == Structure::Residual,
            max_pool: model.stem() == Stem::MaxPool,
            padding,
            divisor: model.pool_divisor(),
        })
    }

    pub(super) fn classes(&self) -> usize {
        self.out_norm.len()
    }

    pub(super) fn image_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Refuses pixels that are not those of `count` images.
    pub(super) fn check(&self, images: &[u8], count: usize) -> Result<(), RuntimeError> {
        let expected = count * self.image_len();
        if images.len() == expected {
            return Ok(());
        }
        let [channels, height, width] = self.input;
        Err(RuntimeError::Image {
            expected,
            shape: format!("{count} x {channels} x {height} x {width}"),
            found: images.len(),
        })
    }

    /// The floats of the largest feature map.
    pub(super) fn largest_map(&self) -> usize {
        let maps = self.steps.iter().flat_map(|step| [step.from, step.to]);
        maps.map(|map| map.iter().product()).max().unwrap_or(0)
    }
}

/// The input for a step after these: that of an earlier one with the same frame, but not of the last, which
/// is read while this is written.
fn slot(before: &[Step], step: &Step) -> usize {
    let last = before.last().map(|last| last.slot);
    let same = |other: &&Step| other.frame == step.frame && other.zero == step.zero;
    let mut same = before.iter().filter(same).map(|other| other.slot);
    let free = same.find(|&slot| Some(slot) != last);
    free.unwrap_or_else(|| before.iter().map(|step| step.slot + 1).max().unwrap_or(0))
}

fn affine(norm: &Option<Affine>, channels: usize) -> Vec<[f32; 2]> {
    match norm {
        Some(norm) => norm
            .scale
            .iter()
            .zip(&norm.offset)
            .map(|(&scale, &offset)| [scale, offset])
            .collect(),
        None => vec![[1.0, 0.0]; channels],
    }
}
