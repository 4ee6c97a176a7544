//! Where a network's factors and addends become lines.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::line::{Line, power, rounded};
use super::network::{Layer, Output};
use super::stream;
use crate::{Activation, Conv, Model, RuntimeError, Scale, Structure, Weights};

/// The most weights of an output channel.
const MAX_ROW: usize = 1 << 16;
/// Bits behind the point of a logit, where its range allows them.
const LOGIT_BITS: u8 = 16;

/// The greatest distance of an 8-bit input of convolution `index` from the one that stands for 0, as calibrated.
pub(super) fn most(model: &Model, index: usize) -> f64 {
    if zero(model, index) == 0 {
        255.0
    } else {
        127.0
    }
}

/// No sum of convolution `index` is greater.
pub(super) fn most_sum(model: &Model, index: usize) -> f64 {
    let most = if zero(model, index) == 0 {
        255.0
    } else {
        128.0
    };
    most * model.convs()[index].row_len() as f64
}

fn zero(model: &Model, index: usize) -> u8 {
    let relu = match index {
        0 => model.input_relu(),
        _ => model.activation() == Activation::Relu,
    };
    if relu { 0 } else { 128 }
}

pub(super) fn unlike(part: &str, expected: &str, found: &str) -> RuntimeError {
    RuntimeError::Model {
        part: part.into(),
        expected: format!("{expected}, for arithmetic in integers"),
        found: found.into(),
    }
}

/// Makes the lines of a model's convolutions.
pub(super) struct Maker<'a> {
    model: &'a Model,
    scales: &'a [f32],
    /// Of the stream; none without one.
    steps: Vec<f64>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(model: &'a Model, scales: &'a [f32]) -> Self {
        let steps = match model.structure() {
            Structure::Residual => stream::steps(model, scales),
            Structure::Plain => Vec::new(),
        };
        Self {
            model,
            scales,
            steps,
        }
    }

    fn unit(&self, index: usize) -> f64 {
        f64::from(self.scales[index])
    }

    /// Scale and offset of a norm's channel.
    fn norm(&self, index: usize, channel: usize) -> [f64; 2] {
        let norm = self.model.norms()[index].as_ref();
        norm.map_or([1.0, 0.0], |norm| {
            [norm.scale[channel], norm.offset[channel]].map(f64::from)
        })
    }

    /// All of a convolution but its sums' lines.
    fn shape(
        &self,
        index: usize,
        from: [usize; 3],
        output: Output,
    ) -> Result<(Layer, &Scale), RuntimeError> {
        let conv: &Conv = &self.model.convs()[index];
        let Weights::Signs { scale, bits } = &conv.weights else {
            let part = format!("convs.{index}.weights");
            return Err(unlike(&part, "signs", "real numbers"));
        };
        if conv.row_len() > MAX_ROW {
            let part = format!("convs.{index}, weights of an output channel");
            let found = format!("{}", conv.row_len());
            return Err(unlike(&part, "65536 at most", &found));
        }
        let [height, width] =
            [from[1], from[2]].map(|size| self.model.padding().output(size, conv.stride));
        let zero = zero(self.model, index);
        let shifted = index > 0 && self.model.activation() == Activation::ShiftedRelu;
        let least = match shifted {
            true => rounded(f64::from(zero) - (1.0 / self.unit(index)).min(128.0)) as u8,
            false => 0,
        };
        let reads_map = index == 0 || (!self.steps.is_empty() && output != Output::Add);
        let layer = Layer {
            from,
            to: [conv.out_channels, height, width],
            kernel: conv.kernel,
            stride: conv.stride,
            bits: bits.clone(),
            zero,
            least,
            input: match reads_map {
                true => Some(self.input(index, from[0])?),
                false => None,
            },
            sums: Vec::new(),
            output,
        };
        Ok((layer, scale))
    }

    /// From the image or the stream to the inputs of convolution `index`.
    fn input(&self, index: usize, channels: usize) -> Result<Vec<Line>, RuntimeError> {
        let line = |channel: usize| {
            let (step, largest) = match index {
                0 => (1.0, 255.0),
                _ => (self.steps[channel], 32768.0),
            };
            let [scale, offset] = self.norm(index, channel);
            let unit = self.unit(index);
            let addend = offset / unit + f64::from(zero(self.model, index));
            let part = || norm_part(index, channel);
            Line::new(part, scale * step / unit, addend, largest)
        };
        (0..channels).map(line).collect()
    }

    /// A convolution before the last.
    pub(super) fn layer(
        &self,
        index: usize,
        from: [usize; 3],
        output: Output,
    ) -> Result<Layer, RuntimeError> {
        let (layer, scale) = self.shape(index, from, output)?;
        let largest = most_sum(self.model, index);
        let sums = (0..layer.to[0]).map(|channel| {
            let real = f64::from(scale.of(channel)) * self.unit(index);
            if output != Output::Next {
                let part = || format!("convs.{index}.scale, channel {channel}");
                return Line::new(part, real / self.steps[channel], 0.0, largest);
            }
            let ([scale, offset], unit) = (self.norm(index + 1, channel), self.unit(index + 1));
            let addend = offset / unit + f64::from(zero(self.model, index + 1));
            let part = || norm_part(index + 1, channel);
            Line::new(part, scale * real / unit, addend, largest)
        });
        let sums = sums.collect::<Result<_, _>>()?;
        Ok(Layer { sums, ..layer })
    }

    /// The last convolution, what is added to its logits, and their bits behind the point.
    pub(super) fn last(&self, from: [usize; 3]) -> Result<(Layer, Vec<i32>, i32), RuntimeError> {
        let index = self.model.convs().len() - 1;
        let (layer, scale) = self.shape(index, from, Output::Logits)?;
        let pixels = (layer.to[1] * layer.to[2]) as f64;
        let largest = most_sum(self.model, index) * pixels;
        if largest > f64::from(i32::MAX) {
            let part = format!("convs.{index}, sums over all pixels");
            return Err(unlike(&part, "less than 2^31", &format!("up to {largest}")));
        }
        let temperature = f64::from(self.model.temperature());
        let reals: Vec<[f64; 2]> = (0..layer.to[0])
            .map(|class| {
                let [norm, offset] = self.norm(index + 1, class);
                let scale = f64::from(scale.of(class)) * self.unit(index);
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
        let lines = reals.iter().enumerate().map(|(class, [factor, _])| {
            let part = || norm_part(index + 1, class);
            Line::new(part, factor * unit, 0.0, largest)
        });
        let sums = lines.collect::<Result<_, _>>()?;
        let offsets = reals
            .iter()
            .map(|[_, offset]| rounded(offset * unit) as i32);
        Ok((Layer { sums, ..layer }, offsets.collect(), bits))
    }
}

fn norm_part(index: usize, channel: usize) -> String {
    format!("norms.{index}, channel {channel}")
}
