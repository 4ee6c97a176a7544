//! Convolutions with the ±1 weights of the methods that the paper compares with.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use rand::Rng;

use super::{ConvShape, options};
use crate::ops::{conv2d, sign};

/// What multiplies the signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignScale {
    /// The mean |W| of each output channel, differentiated through (BWN, Rastegari et al. 2016).
    Channel,
    /// The mean |W| of the layer, differentiated through.
    Layer,
    /// Nothing (BinaryConnect, Courbariaux et al. 2015).
    None,
}

/// `conv2d(x, α · sign(W))` with a scale α that is computed from `W` at each step, or none.
///
/// With n weights behind an α, g the gradient with respect to `α · sign(W)`, and s = sign(W):
///
/// ```text
/// BWN:           ∂/∂w = α · g · [|w| ≤ 1] + s/n · Σ g s   (the sum over the n weights)
/// BinaryConnect: ∂/∂w = g   (and `W` is clipped to −1…1 after the step, by whoever takes it)
/// ```
#[derive(Module, Debug)]
pub struct RivalConv2d {
    /// Latent real weights, `[out, in, kernel, kernel]`.
    pub weight: Param<Tensor<4>>,
    /// What multiplies the signs.
    #[module(skip)]
    pub scale: SignScale,
    /// Stride, the same in both directions.
    pub stride: usize,
    /// Zero padding, the same on all sides.
    pub padding: usize,
}

impl RivalConv2d {
    /// A layer with latent weights drawn from `rng`.
    pub fn new(shape: ConvShape, scale: SignScale, rng: &mut impl Rng, device: &Device) -> Self {
        Self {
            weight: shape.init(rng, device),
            scale,
            stride: shape.stride,
            padding: shape.kernel / 2,
        }
    }

    /// The weights that count, `[out, in, kernel, kernel]`; differentiable.
    pub fn effective_weight(&self) -> Tensor<4> {
        let weight = self.weight.val();
        match self.scale {
            SignScale::Channel => scaled(weight, &[1, 2, 3]),
            SignScale::Layer => scaled(weight, &[0, 1, 2, 3]),
            SignScale::None => sign(weight, None),
        }
    }

    /// Applies the layer; shapes as [`BinaryConv2d::forward`](super::BinaryConv2d::forward).
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_padded(x, self.padding)
    }

    pub(super) fn forward_padded(&self, x: Tensor<4>, padding: usize) -> Tensor<4> {
        conv2d(x, self.effective_weight(), options(self.stride, padding))
    }
}

/// The signs times the mean |W| over the dimensions `dims`.
fn scaled(weight: Tensor<4>, dims: &[isize]) -> Tensor<4> {
    let scale = weight.clone().abs().mean_dims(dims);
    sign(weight, Some(1.0)) * scale
}
