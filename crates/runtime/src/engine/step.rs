//! One convolution, and what stands before it.

use alloc::vec::Vec;

use kernels::lookup::{Frame, Prologue, SignConv, Window};

use graph::{Padding, Shape};

use crate::{Conv, Weights};

/// A convolution with the norm and the activation function before it.
pub(super) struct Step {
    /// The number of the convolution.
    pub(super) conv: usize,
    pub(super) from: Shape,
    pub(super) to: Shape,
    pub(super) weights: Factors,
    /// Weights of each output.
    pub(super) row_len: usize,
    /// What becomes of each input channel.
    pub(super) prologues: Vec<Prologue>,
    pub(super) frame: Frame,
    /// Which of the workspace's inputs it reads; the convolution before it does not.
    pub(super) slot: usize,
    /// The smallest input.
    pub(super) floor: f32,
    /// For 8-bit activations: the integer that stands for 0.
    pub(super) zero: Option<i16>,
    /// What each output's sum is multiplied with.
    pub(super) scales: Vec<f32>,
    /// What is added to an integer sum before, because its inputs are off by `zero`.
    pub(super) biases: Vec<i32>,
}

/// The weights of a convolution.
pub(super) enum Factors {
    /// Signs.
    Signs(SignConv),
    /// Real numbers, `[out][row]`.
    Real(Window, Vec<f32>),
}

impl Step {
    /// `norm` is a factor and an addend for each input channel, `floor` the minimum after it, and
    /// `unit`, for 8-bit activations, the real value of one step of their integers.
    pub(super) fn new(
        conv: &Conv,
        from: Shape,
        padding: Padding,
        norm: &[[f32; 2]],
        floor: f32,
        unit: Option<f32>,
    ) -> Self {
        let (kernel, stride) = (conv.kernel, conv.stride);
        let sides = [from[1], from[2]];
        let window = Window {
            height: from[1],
            width: from[2],
            kernel,
            stride,
            before: sides.map(|size| padding.before(size, kernel, stride)),
        };
        let out = window.output();
        let (weights, padded) = match &conv.weights {
            Weights::Signs { bits, .. } => {
                let (inputs, outputs) = (conv.in_channels, conv.out_channels);
                let conv = match unit {
                    Some(_) => SignConv::new::<i16>(window, inputs, outputs, bits),
                    None => SignConv::new::<f32>(window, inputs, outputs, bits),
                };
                let padded = conv.padded();
                (Factors::Signs(conv), padded)
            }
            other => {
                let weights = match other {
                    Weights::Real(weights) => weights.clone(),
                    // As numbers, with their scales.
                    _ => (0..conv.out_channels)
                        .flat_map(|out| conv.row(out))
                        .collect(),
                };
                let padded = [0, 1].map(|axis| {
                    let read = (out[axis] - 1) * stride + kernel;
                    read.max(window.before[axis] + sides[axis])
                });
                (Factors::Real(window, weights), padded)
            }
        };
        // All of eight bits are used: from −128 on where nothing is negative.
        let zero = unit.map(|_| if floor >= 0.0 { -128 } else { 0 });
        let (inverse, shift) = match (unit, zero) {
            (Some(unit), Some(zero)) => (1.0 / f64::from(unit), f64::from(zero)),
            _ => (1.0, 0.0),
        };
        // In `f64`, rounded once: without integers this changes nothing.
        let number = |x: f32, shift: f64| (f64::from(x) * inverse + shift) as f32;
        let prologues = norm.iter().map(|&[scale, offset]| Prologue {
            scale: number(scale, 0.0),
            offset: number(offset, shift),
            floor: number(floor, shift),
        });
        let outputs = 0..conv.out_channels;
        let scale = |output| conv.signs().map_or(1.0, |(scale, _)| scale.of(output));
        Self {
            conv: 0,
            from,
            to: [conv.out_channels, out[0], out[1]],
            weights,
            row_len: conv.row_len(),
            prologues: prologues.collect(),
            frame: Frame {
                image: sides,
                before: window.before,
                padded,
            },
            slot: 0,
            floor,
            zero,
            scales: outputs
                .clone()
                .map(|output| scale(output) * unit.unwrap_or(1.0))
                .collect(),
            biases: outputs.map(|output| bias(conv, output, zero)).collect(),
        }
    }

    /// Numbers of a padded plane.
    pub(super) fn plane(&self) -> usize {
        self.frame.padded[0] * self.frame.padded[1]
    }
}

/// −zero · Σ signs: each input is `zero` more than what it stands for.
///
/// At most 128 · 2¹⁶ · 15² < 2³¹.
fn bias(conv: &Conv, output: usize, zero: Option<i16>) -> i32 {
    let (Some(zero), Some((_, bits))) = (zero, conv.signs()) else {
        return 0;
    };
    let row = &bits[output * conv.row_bytes()..][..conv.row_bytes()];
    let positive: u32 = row.iter().map(|byte| byte.count_ones()).sum();
    -i32::from(zero) * (2 * positive as i32 - conv.row_len() as i32)
}
