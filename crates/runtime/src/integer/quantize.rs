//! Where a network's factors and addends become integers.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::network::{Layer, LayerWeights, Output};
use super::requantize::{Requantize, power, rounded};
use super::residual;
use super::structure::{Place, Structure};
use crate::{Conv, Model, RuntimeError, Weights};

/// The most weights of an output channel.
const MAX_ROW: usize = 1 << 16;
/// Bits behind the point of a logit, where its range allows them.
const LOGIT_BITS: u8 = 16;

pub(super) fn unlike(part: &str, expected: &str, found: &str) -> RuntimeError {
    RuntimeError::Model {
        part: part.into(),
        expected: format!("{expected}, for arithmetic in integers"),
        found: found.into(),
    }
}

/// Makes the factors and addends of a model's convolutions.
pub(super) struct Quantizer<'a> {
    model: &'a Model,
    structure: &'a Structure,
    scales: &'a [f32],
    /// Of the map that skip connections add to; none without one.
    steps: Vec<f64>,
}

impl<'a> Quantizer<'a> {
    pub(super) fn new(model: &'a Model, structure: &'a Structure) -> Result<Self, RuntimeError> {
        let mut quantizer = Self {
            model,
            structure,
            scales: model.calibrated()?,
            steps: Vec::new(),
        };
        for place in &structure.convs {
            let (name, floor) = (quantizer.name(place), place.task.floor);
            let conv = &model.convs()[place.task.conv];
            if conv.weights.scale().is_none() {
                return Err(unlike(
                    &format!("{name}, weights"),
                    "integers",
                    "real numbers",
                ));
            }
            if conv.row_len() > MAX_ROW {
                let part = format!("{name}, weights of an output channel");
                let found = format!("{}", conv.row_len());
                return Err(unlike(&part, "65536 at most", &found));
            }
            if !matches!(floor, None | Some(0.0 | -1.0)) {
                let found = format!("one from {} on", floor.unwrap_or_default());
                return Err(unlike(
                    name,
                    "an activation from 0 or -1 on before it",
                    &found,
                ));
            }
        }
        match (structure.residual, model.residual_scales()) {
            (true, Some(scales)) => {
                quantizer.steps = scales.iter().map(|&scale| f64::from(scale)).collect();
            }
            (true, None) => quantizer.steps = residual::steps(&quantizer),
            (false, Some(scales)) => {
                let found = format!("{} of them", scales.len());
                return Err(unlike("residual_scales", "skip connections", &found));
            }
            (false, None) => {}
        }
        Ok(quantizer)
    }

    /// A line before the logits: in 32 bits where the residual map has 8.
    fn line(
        &self,
        part: impl Fn() -> String,
        factor: f64,
        addend: f64,
        largest: f64,
    ) -> Result<Requantize, RuntimeError> {
        match self.residual_bits() {
            8 => Requantize::narrow(part, factor, addend, largest),
            _ => Requantize::new(part, factor, addend, largest),
        }
    }

    /// Bits of a number of the residual map.
    pub(super) fn residual_bits(&self) -> u8 {
        match self.model.residual_scales() {
            Some(_) => 8,
            None => 16,
        }
    }

    /// The real value of one step of each channel of the residual map.
    pub(super) fn into_steps(self) -> Vec<f64> {
        self.steps
    }

    pub(super) fn places(&self) -> &'a [Place] {
        &self.structure.convs
    }

    pub(super) fn conv(&self, place: &Place) -> &'a Conv {
        &self.model.convs()[place.task.conv]
    }

    fn name(&self, place: &Place) -> &'a str {
        &self.model.graph().nodes()[place.task.node].name
    }

    /// The real value of one step of a convolution's inputs.
    pub(super) fn unit(&self, place: &Place) -> f64 {
        f64::from(self.scales[place.task.conv])
    }

    /// The greatest distance of an 8-bit input from the one that stands for 0, as calibrated.
    pub(super) fn max_input(place: &Place) -> f64 {
        if zero(place) == 0 { 255.0 } else { 127.0 }
    }

    /// No sum of a convolution is greater.
    pub(super) fn max_sum(&self, place: &Place) -> f64 {
        let max = if zero(place) == 0 { 255.0 } else { 128.0 };
        let conv = self.conv(place);
        let row = |out| {
            let integers = conv.integers(out).into_iter().flatten();
            integers
                .map(|integer| f64::from(integer).abs())
                .sum::<f64>()
        };
        match conv.signs() {
            Some(_) => max * conv.row_len() as f64,
            None => max * (0..conv.out_channels).map(row).fold(0.0, f64::max),
        }
    }

    /// What a convolution's sums are multiplied with.
    pub(super) fn scale(&self, place: &Place, channel: usize) -> f64 {
        let scale = self.conv(place).weights.scale();
        f64::from(scale.map_or(1.0, |scale| scale.of(channel)))
    }

    /// Scale and offset of a norm's channel.
    pub(super) fn norm(&self, norm: Option<usize>, channel: usize) -> [f64; 2] {
        norm.map_or([1.0, 0.0], |norm| {
            let norm = &self.model.norms()[norm];
            [norm.scale[channel], norm.offset[channel]].map(f64::from)
        })
    }

    /// All of a convolution but its sums' factors.
    fn shape(&self, index: usize) -> Result<Layer, RuntimeError> {
        let place = &self.places()[index];
        let conv = self.conv(place);
        let zero = zero(place);
        let min = match place.task.floor {
            Some(floor) if floor < 0.0 => {
                rounded(f64::from(zero) - (1.0 / self.unit(place)).min(128.0)) as u8
            }
            _ => 0,
        };
        let reads_map = index == 0 || (!self.steps.is_empty() && place.output != Output::Add);
        let weights = match &conv.weights {
            Weights::Signs { bits, .. } => LayerWeights::Signs(bits.clone()),
            _ => {
                let rows = (0..conv.out_channels).flat_map(|out| conv.integers(out));
                LayerWeights::Int8(rows.flatten().collect())
            }
        };
        Ok(Layer {
            from: place.from,
            to: place.to,
            kernel: conv.kernel,
            stride: conv.stride,
            weights,
            zero,
            min,
            input: match reads_map {
                true => Some(self.input(index)?),
                false => None,
            },
            sums: Vec::new(),
            output: place.output,
        })
    }

    /// From the image or the map to a convolution's inputs.
    fn input(&self, index: usize) -> Result<Vec<Requantize>, RuntimeError> {
        let place = &self.places()[index];
        let requantize = |channel: usize| {
            let (step, largest) = match index {
                0 => (1.0, 255.0),
                _ => (self.steps[channel], power(self.residual_bits() - 1)),
            };
            let [scale, offset] = self.norm(place.task.norm, channel);
            let unit = self.unit(place);
            let addend = offset / unit + f64::from(zero(place));
            let part = || self.before(place, channel);
            self.line(part, scale * step / unit, addend, largest)
        };
        (0..place.from[0]).map(requantize).collect()
    }

    /// A convolution before the last.
    pub(super) fn layer(&self, index: usize) -> Result<Layer, RuntimeError> {
        let place = &self.places()[index];
        let layer = self.shape(index)?;
        let largest = self.max_sum(place);
        let sums = (0..layer.to[0]).map(|channel| {
            let real = self.scale(place, channel) * self.unit(place);
            if place.output != Output::Next {
                let part = || format!("{}, scale of channel {channel}", self.name(place));
                return self.line(part, real / self.steps[channel], 0.0, largest);
            }
            let next = &self.places()[index + 1];
            let ([scale, offset], unit) = (self.norm(next.task.norm, channel), self.unit(next));
            let addend = offset / unit + f64::from(zero(next));
            let part = || self.before(next, channel);
            self.line(part, scale * real / unit, addend, largest)
        });
        let sums = sums.collect::<Result<_, _>>()?;
        Ok(Layer { sums, ..layer })
    }

    /// The last convolution, what is added to its logits, and their bits behind the point.
    pub(super) fn last(&self) -> Result<(Layer, Vec<i32>, i32), RuntimeError> {
        let index = self.places().len() - 1;
        let place = &self.places()[index];
        let layer = self.shape(index)?;
        let pixels = (layer.to[1] * layer.to[2]) as f64;
        let largest = self.max_sum(place) * pixels;
        if largest > f64::from(i32::MAX) {
            let part = format!("{}, sums over all pixels", self.name(place));
            return Err(unlike(&part, "less than 2^31", &format!("up to {largest}")));
        }
        let temperature = f64::from(self.structure.temperature);
        let reals: Vec<[f64; 2]> = (0..layer.to[0])
            .map(|class| {
                let [norm, offset] = self.norm(self.structure.norm, class);
                let scale = self.scale(place, class) * self.unit(place);
                [norm * scale / pixels / temperature, offset / temperature]
            })
            .collect();
        let greatest = reals
            .iter()
            .map(|[factor, offset]| factor.abs() * largest + offset.abs())
            .fold(0.0, f64::max);
        // As many bits as keep the greatest logit under 2^29, so that results and offsets have room.
        let mut bits = i32::from(LOGIT_BITS);
        let mut unit = power(LOGIT_BITS);
        while greatest * unit >= power(29) && bits > -1000 {
            bits -= 1;
            unit /= 2.0;
        }
        let sums = reals.iter().enumerate().map(|(class, [factor, _])| {
            let part = || format!("norm after {}, channel {class}", self.name(place));
            Requantize::new(part, factor * unit, 0.0, largest)
        });
        let sums = sums.collect::<Result<_, _>>()?;
        let offsets = reals
            .iter()
            .map(|[_, offset]| rounded(offset * unit) as i32);
        Ok((Layer { sums, ..layer }, offsets.collect(), bits))
    }

    /// What is wrong where a channel's norm before a convolution is.
    fn before(&self, place: &Place, channel: usize) -> String {
        format!("norm before {}, channel {channel}", self.name(place))
    }
}

/// The 8-bit input that stands for 0.
fn zero(place: &Place) -> u8 {
    if place.task.floor == Some(0.0) {
        0
    } else {
        128
    }
}
