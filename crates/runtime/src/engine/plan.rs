//! What is known of a network before the first image comes.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use kernels::signs::{PIXELS, SignMatrix};

use super::Activations;
use super::gather::Runs;
use crate::{
    Activation, Affine, Conv, Model, Padding, PoolDivisor, RuntimeError, Stem, Structure, Weights,
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

/// One convolution, and what stands before it.
pub(super) struct Step {
    pub(super) from: Shape,
    pub(super) to: Shape,
    pub(super) weights: Factors,
    /// A factor and an addend per input channel.
    pub(super) norm: Vec<[f32; 2]>,
    /// The least value after the norm; −∞ for no activation.
    pub(super) floor: f32,
    /// For 8-bit activations.
    pub(super) steps: Option<Quantizer>,
    /// Rows × columns of a plane with its zeros.
    pub(super) plane: usize,
    /// Where input pixels go in a plane.
    pub(super) places: Runs,
    /// Where a block's pixels are in a plane, relative to a tap.
    pub(super) picks: Runs,
    /// Where each row of the product begins in the padded planes.
    pub(super) taps: Vec<u32>,
}

/// The weights of a convolution.
pub(super) enum Factors {
    /// Signs, and what each output channel is multiplied with.
    Signs(SignMatrix, Vec<f32>),
    /// Real numbers, `[out][row]`.
    Real(Vec<f32>),
}

/// Real values as integers: `round(value / step)`, from `least` to `most`.
#[derive(Clone, Copy)]
pub(super) struct Quantizer {
    pub(super) step: f32,
    pub(super) inverse: f32,
    pub(super) least: f32,
    pub(super) most: f32,
}

impl Quantizer {
    pub(super) fn new(step: f32, floor: f32) -> Self {
        // Eight bits: without a sign after a ReLU, with one elsewhere.
        let (least, most) = if floor >= 0.0 {
            (0.0, 255.0)
        } else {
            (-127.0, 127.0)
        };
        Self {
            step,
            inverse: 1.0 / step,
            least,
            most,
        }
    }

    /// Rounds half to even, by the addition of 1.5·2²³, which leaves no room for a fraction: the
    /// same on every machine.
    #[inline(always)]
    pub(super) fn integer(&self, value: f32) -> f32 {
        const ROUND: f32 = 12_582_912.0;
        ((value * self.inverse).max(self.least).min(self.most) + ROUND) - ROUND
    }
}

impl Plan {
    pub(super) fn new(model: &Model, activations: Activations) -> Result<Self, RuntimeError> {
        let scales = match (activations, model.activation_scales()) {
            (Activations::F32, _) => None,
            (Activations::Int8, Some(scales)) => Some(scales),
            (Activations::Int8, None) => {
                return Err(RuntimeError::Model {
                    part: "activation_scales".into(),
                    expected: "one per convolution, for 8-bit activations".into(),
                    found: "none: the model was exported without calibration".into(),
                });
            }
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
            let quantizer = match &conv.weights {
                Weights::Signs { .. } => scales.map(|s| Quantizer::new(s[index], floor)),
                Weights::Real(_) => None,
            };
            let step = Step::new(conv, at, padding, norm, floor, quantizer);
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

    /// The most floats of a feature map, in blocks.
    pub(super) fn largest_map(&self) -> usize {
        let maps = self.steps.iter().flat_map(|step| [step.from, step.to]);
        maps.map(blocked).max().unwrap_or(0)
    }
}

/// Floats of a feature map in blocks, the last of which may be part empty.
pub(super) fn blocked([channels, height, width]: Shape) -> usize {
    (height * width).div_ceil(PIXELS) * PIXELS * channels
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

impl Step {
    fn new(
        conv: &Conv,
        from: Shape,
        padding: Padding,
        norm: Vec<[f32; 2]>,
        floor: f32,
        steps: Option<Quantizer>,
    ) -> Self {
        let (kernel, stride) = (conv.kernel, conv.stride);
        let sides = [from[1], from[2]];
        let out = sides.map(|size| padding.output(size, stride));
        let before = sides.map(|size| padding.before(size, kernel, stride));
        let padded = [0, 1].map(|axis| {
            let read = (out[axis] - 1) * stride + kernel;
            read.max(before[axis] + sides[axis])
        });
        let plane = padded[0] * padded[1];
        let rows = conv.row_len();
        let taps = (0..rows).map(|row| {
            let (channel, tap) = (row / (kernel * kernel), row % (kernel * kernel));
            (channel * plane + tap / kernel * padded[1] + tap % kernel) as u32
        });
        let weights = match &conv.weights {
            Weights::Signs { scale, bits } => Factors::Signs(
                SignMatrix::new(conv.out_channels, rows, bits),
                (0..conv.out_channels).map(|out| scale.of(out)).collect(),
            ),
            Weights::Real(weights) => Factors::Real(weights.clone()),
        };
        Self {
            from,
            to: [conv.out_channels, out[0], out[1]],
            weights,
            norm,
            floor,
            steps,
            plane,
            places: Runs::new(sides, padded[1], 1, before),
            picks: Runs::new(out, padded[1], stride, [0, 0]),
            taps: taps.collect(),
        }
    }

    /// Input rows of the product, with those that fill up its last chunk.
    pub(super) fn rows(&self) -> usize {
        match &self.weights {
            Factors::Signs(matrix, _) => matrix.padded_inputs(),
            Factors::Real(_) => self.taps.len(),
        }
    }
}
