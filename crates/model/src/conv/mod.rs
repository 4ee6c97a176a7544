//! The convolution layers of the networks: 1-bit, the 32-bit twin, and the rivals.

mod rival;

pub use rival::{RivalConv2d, SignScale};

use burn::module::{Module, Param};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand_distr::{Distribution, Normal};

use crate::Weights;
use crate::ops::{binary_conv2d, conv2d};

/// The shape of a square convolution without bias. Padding keeps the size at stride 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvShape {
    /// Input channels.
    pub in_channels: usize,
    /// Output channels.
    pub out_channels: usize,
    /// Height and width of the kernel, odd.
    pub kernel: usize,
    /// Stride, the same in both directions.
    pub stride: usize,
    /// Variance of a weight times the weights behind an output: [`HE_GAIN`](Self::HE_GAIN) or
    /// [`PLAIN_GAIN`](Self::PLAIN_GAIN).
    pub gain: f64,
}

impl ConvShape {
    /// The gain of He's initialisation.
    pub const HE_GAIN: f64 = 2.0;
    /// The gain in networks without skip connections: their deviation has 2 in place of √2.
    pub const PLAIN_GAIN: f64 = 4.0;

    /// `sqrt(gain / (kernel² · in_channels))`: the initial standard deviation, and the constant
    /// that scales the signs of a 1-bit layer (equation (1) of the paper).
    pub fn scale(&self) -> f64 {
        (self.gain / (self.kernel * self.kernel * self.in_channels) as f64).sqrt()
    }

    /// How many weights the layer has.
    pub fn weights(&self) -> usize {
        self.out_channels * self.in_channels * self.kernel * self.kernel
    }

    /// Normally distributed weights with the standard deviation [`scale`](Self::scale), drawn on
    /// the host so that every device starts from the same values.
    fn init(&self, rng: &mut impl Rng, device: &Device) -> Param<Tensor<4>> {
        let normal = Normal::new(0.0, self.scale() as f32).expect("the deviation is finite");
        let values: Vec<f32> = normal.sample_iter(rng).take(self.weights()).collect();
        let shape = [
            self.out_channels,
            self.in_channels,
            self.kernel,
            self.kernel,
        ];
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), device))
    }
}

/// A convolution with one bit per weight: `conv2d(x, scale · sign(weight))`.
///
/// `scale = sqrt(gain / (kernel² · in_channels))` is one constant for the layer. The latent `weight`
/// is what the optimiser updates; see [`binary_conv2d`] for the gradients. No bias.
#[derive(Module, Debug)]
pub struct BinaryConv2d {
    /// Latent real weights, `[out, in, kernel, kernel]`.
    pub weight: Param<Tensor<4>>,
    /// The layer's constant.
    pub scale: f64,
    /// Stride, the same in both directions.
    pub stride: usize,
    /// Zero padding, the same on all sides.
    pub padding: usize,
}

impl BinaryConv2d {
    /// A layer with latent weights drawn from `rng`.
    pub fn new(shape: ConvShape, rng: &mut impl Rng, device: &Device) -> Self {
        Self {
            weight: shape.init(rng, device),
            scale: shape.scale(),
            stride: shape.stride,
            padding: shape.kernel / 2,
        }
    }

    /// Applies the layer.
    ///
    /// # Shapes
    ///
    /// - `x`: `[batch, in, height, width]`
    /// - result: `[batch, out, ceil(height / stride), ceil(width / stride)]`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_padded(x, self.padding)
    }

    fn forward_padded(&self, x: Tensor<4>, padding: usize) -> Tensor<4> {
        let options = options(self.stride, padding);
        binary_conv2d(x, self.weight.val(), self.scale as f32, options)
    }
}

/// The 32-bit twin of [`BinaryConv2d`]: `conv2d(x, weight)`, without bias.
#[derive(Module, Debug)]
pub struct FullConv2d {
    /// Weights, `[out, in, kernel, kernel]`.
    pub weight: Param<Tensor<4>>,
    /// Stride, the same in both directions.
    pub stride: usize,
    /// Zero padding, the same on all sides.
    pub padding: usize,
}

impl FullConv2d {
    /// A layer with weights drawn from `rng`.
    pub fn new(shape: ConvShape, rng: &mut impl Rng, device: &Device) -> Self {
        let weight = shape.init(rng, device);
        Self {
            weight,
            stride: shape.stride,
            padding: shape.kernel / 2,
        }
    }

    /// Applies the layer; shapes as [`BinaryConv2d::forward`].
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_padded(x, self.padding)
    }

    fn forward_padded(&self, x: Tensor<4>, padding: usize) -> Tensor<4> {
        conv2d(x, self.weight.val(), options(self.stride, padding))
    }
}

fn options(stride: usize, padding: usize) -> ConvOptions<2> {
    ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1)
}

/// A convolution of a network, in the kind of weights that the network was built with.
#[derive(Module, Debug)]
pub enum Conv {
    /// One bit per weight.
    OneBit(BinaryConv2d),
    /// Plain 32-bit weights, starting from the same values.
    Full(FullConv2d),
    /// The ±1 weights of another method.
    Rival(RivalConv2d),
}

impl Conv {
    /// A layer of the kind `weights`, drawn from `rng`. All kinds draw the same values.
    pub fn new(weights: Weights, shape: ConvShape, rng: &mut impl Rng, device: &Device) -> Self {
        let scale = match weights {
            Weights::OneBit => return Self::OneBit(BinaryConv2d::new(shape, rng, device)),
            Weights::Full => return Self::Full(FullConv2d::new(shape, rng, device)),
            Weights::Bwn => SignScale::Channel,
            Weights::BwnLayer => SignScale::Layer,
            Weights::BinaryConnect => SignScale::None,
        };
        Self::Rival(RivalConv2d::new(shape, scale, rng, device))
    }

    /// Applies the layer; shapes as [`BinaryConv2d::forward`].
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::OneBit(conv) => conv.forward(x),
            Self::Full(conv) => conv.forward(x),
            Self::Rival(conv) => conv.forward(x),
        }
    }

    /// As [`forward`](Self::forward) with another zero padding than the layer's own.
    pub(crate) fn forward_padded(&self, x: Tensor<4>, padding: usize) -> Tensor<4> {
        match self {
            Self::OneBit(conv) => conv.forward_padded(x, padding),
            Self::Full(conv) => conv.forward_padded(x, padding),
            Self::Rival(conv) => conv.forward_padded(x, padding),
        }
    }

    /// The trainable weights, `[out, in, kernel, kernel]`; latent ones for a 1-bit layer.
    pub fn weight(&self) -> &Param<Tensor<4>> {
        match self {
            Self::OneBit(conv) => &conv.weight,
            Self::Full(conv) => &conv.weight,
            Self::Rival(conv) => &conv.weight,
        }
    }

    /// The same layer with its weights, latent or not, clipped to −`limit`…`limit`.
    pub fn clip(mut self, limit: f64) -> Self {
        let weight = match &mut self {
            Self::OneBit(conv) => &mut conv.weight,
            Self::Full(conv) => &mut conv.weight,
            Self::Rival(conv) => &mut conv.weight,
        };
        *weight = weight.clone().map(|w| {
            if !w.is_require_grad() {
                return w.clamp(-limit, limit);
            }
            // A new leaf of the graph, as after a step of the optimiser.
            Tensor::from_inner(w.inner().clamp(-limit, limit)).require_grad()
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init_rng;

    const SHAPE: ConvShape = ConvShape {
        in_channels: 5,
        out_channels: 7,
        kernel: 3,
        stride: 2,
        gain: ConvShape::HE_GAIN,
    };

    #[test]
    fn both_kinds_start_from_the_same_weights_with_he_deviation() {
        let device = Device::default();
        let shape = ConvShape {
            in_channels: 64,
            out_channels: 64,
            kernel: 3,
            stride: 1,
            gain: ConvShape::HE_GAIN,
        };
        let bits = Conv::new(Weights::OneBit, shape, &mut init_rng(3), &device);
        let full = Conv::new(Weights::Full, shape, &mut init_rng(3), &device);
        let bits = bits.weight().val().into_data();
        bits.assert_eq(&full.weight().val().into_data(), true);

        let values = bits.try_to_vec::<f32>().unwrap();
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| v as f64).sum::<f64>() / n;
        let deviation = (values
            .iter()
            .map(|&v| (v as f64 - mean).powi(2))
            .sum::<f64>()
            / n)
            .sqrt();
        // Five standard errors of the mean and of the deviation of n normal values.
        assert!(mean.abs() < 5.0 * shape.scale() / n.sqrt(), "mean {mean}");
        assert!(
            (deviation / shape.scale() - 1.0).abs() < 5.0 / (2.0 * n).sqrt(),
            "{deviation}"
        );
    }

    #[test]
    fn stride_two_halves_the_size_rounding_up() {
        let device = Device::default();
        for weights in Weights::ALL {
            let conv = Conv::new(weights, SHAPE, &mut init_rng(1), &device);
            let x = Tensor::zeros([2, 5, 9, 6], &device);
            assert_eq!(conv.forward(x).dims(), [2, 7, 5, 3]);
        }
    }
}
