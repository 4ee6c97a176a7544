//! The convolution of the networks, for every kind of weights.

use burn::module::{Module, Param};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use graph::weights::Training;
use graph::{Kernel, Weights};
use rand::Rng;
use rand_distr::{Distribution, Normal};

use crate::latent::Latent;
use crate::ops::{self, binary_conv2d, conv2d, quantize, sign};

/// A square convolution without bias, whose weights count as their kind has it.
///
/// The latent `weight` is what the optimiser updates. Padding keeps the size at stride 1. With 1-bit
/// weights this is `conv2d(x, scale · sign(weight))`, where `scale = sqrt(gain / (kernel² · in))` is
/// one constant for the layer; see [`binary_conv2d`] for the gradients.
#[derive(Module, Debug)]
pub struct Conv {
    /// Latent real weights, `[out, in, kernel, kernel]`.
    pub weight: Param<Tensor<4>>,
    /// The kind of weights.
    #[module(skip)]
    pub kind: Weights,
    /// The size of the weights, and how they start.
    #[module(skip)]
    pub kernel: Kernel,
    /// Stride, the same in both directions.
    pub stride: usize,
    /// What the signs of 1-bit weights are taken of; of no use to other kinds.
    #[module(skip)]
    pub latent: Latent,
}

impl Conv {
    /// A layer of the kind `kind`, drawn from `rng`: normally distributed weights with the standard
    /// deviation of [`Kernel::deviation`], on the host, so that every device starts from the same
    /// values. All kinds draw the same ones.
    pub fn new(
        kind: Weights,
        kernel: Kernel,
        stride: usize,
        rng: &mut impl Rng,
        device: &Device,
    ) -> Self {
        let normal = Normal::new(0.0, kernel.deviation() as f32).expect("the deviation is finite");
        let values: Vec<f32> = normal.sample_iter(rng).take(kernel.weights()).collect();
        let shape = [kernel.out, kernel.inputs, kernel.size, kernel.size];
        let weight = Tensor::from_data(TensorData::new(values, shape), device);
        Self {
            weight: Param::from_tensor(weight),
            kind,
            kernel,
            stride,
            latent: Latent::default(),
        }
    }

    /// A layer of 32-bit weights, in the order of their shape.
    ///
    /// # Panics
    ///
    /// When they are not as many as `kernel` has.
    pub(crate) fn of(weights: Vec<f32>, kernel: Kernel, stride: usize, device: &Device) -> Self {
        assert_eq!(weights.len(), kernel.weights(), "as many weights");
        let shape = [kernel.out, kernel.inputs, kernel.size, kernel.size];
        let weight = Tensor::from_data(TensorData::new(weights, shape), device);
        Self {
            weight: Param::from_tensor(weight),
            kind: Weights::FULL,
            kernel,
            stride,
            latent: Latent::default(),
        }
    }

    /// Applies the layer.
    ///
    /// # Shapes
    ///
    /// - `x`: `[batch, in, height, width]`
    /// - result: `[batch, out, ceil(height / stride), ceil(width / stride)]`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_padded(x, self.kernel.size / 2)
    }

    /// As [`forward`](Self::forward) with another zero padding than half of the kernel.
    pub(crate) fn forward_padded(&self, x: Tensor<4>, padding: usize) -> Tensor<4> {
        let options = ConvOptions::new([self.stride; 2], [padding; 2], [1, 1], 1);
        match self.operand() {
            (weight, Some(scale)) => binary_conv2d(x, weight, scale, options),
            (weight, None) => conv2d(x, weight, options),
        }
    }

    /// The weights that an operation takes, and the scale where it takes their signs.
    pub(crate) fn operand(&self) -> (Tensor<4>, Option<f32>) {
        match self.kind.training() {
            Training::Sign => (self.before_sign(), Some(self.kernel.deviation() as f32)),
            _ => (self.effective_weight(), None),
        }
    }

    /// The weights that count, `[out, in, kernel, kernel]`; differentiable.
    ///
    /// With n weights behind a scale α, g the gradient with respect to `α · sign(W)`, and s = sign(W):
    ///
    /// ```text
    /// BWN:           ∂/∂w = α · g · [|w| ≤ 1] + s/n · Σ g s   (the sum over the n weights)
    /// BinaryConnect: ∂/∂w = g   (and `W` is clipped to −1…1 after the step, by whoever takes it)
    /// ```
    pub fn effective_weight(&self) -> Tensor<4> {
        let weight = self.weight.val();
        match self.kind.training() {
            Training::Real => weight,
            Training::Sign => sign(self.before_sign(), None) * self.kernel.deviation(),
            Training::MeanSign { per_channel: true } => scaled(weight, &[1, 2, 3]),
            Training::MeanSign { per_channel: false } => scaled(weight, &[0, 1, 2, 3]),
            Training::PlainSign => sign(weight, None),
            _ => quantize(weight, self.kind, self.kernel),
        }
    }

    /// What the signs of 1-bit weights are taken of, `[out, in, kernel, kernel]`; differentiable.
    fn before_sign(&self) -> Tensor<4> {
        let weight = self.weight.val();
        match self.latent.is_plain() {
            true => weight,
            false => ops::latent(weight, self.latent, self.kernel),
        }
    }

    /// Of latent weights on the host, those that count: of 1-bit weights what their signs are taken
    /// of, of other kinds the same. So what is stored of them is what training computes with.
    #[must_use]
    pub fn counting(&self, mut latent: Vec<f32>) -> Vec<f32> {
        if self.kind.training() == Training::Sign {
            self.latent.apply(&self.kernel, &mut latent);
        }
        latent
    }

    /// The same layer with these latent weights, in the order of their shape; they learn if those
    /// before did.
    ///
    /// # Panics
    ///
    /// When they are not as many.
    #[must_use]
    pub fn with_weights(mut self, weights: Vec<f32>) -> Self {
        let device = self.weight.device();
        let shape = self.weight.shape();
        assert_eq!(weights.len(), shape.num_elements(), "as many weights");
        let weights = Tensor::from_data(TensorData::new(weights, shape), &device);
        self.weight = self
            .weight
            .map(|old| weights.set_require_grad(old.is_require_grad()));
        self
    }

    /// The same layer with its latent weights clipped to −`limit`…`limit`.
    pub fn clip(mut self, limit: f64) -> Self {
        self.weight = self.weight.map(|w| {
            if !w.is_require_grad() {
                return w.clamp(-limit, limit);
            }
            // A new leaf of the graph, as after a step of the optimiser.
            Tensor::from_inner(w.inner().clamp(-limit, limit)).require_grad()
        });
        self
    }
}

/// The signs times the mean |W| over the dimensions `dims`.
fn scaled(weight: Tensor<4>, dims: &[isize]) -> Tensor<4> {
    let scale = weight.clone().abs().mean_dims(dims);
    sign(weight, Some(1.0)) * scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init_rng;

    #[test]
    fn all_kinds_start_from_the_same_weights_with_he_deviation() {
        let device = Device::default();
        let kernel = Kernel {
            out: 64,
            inputs: 64,
            size: 3,
            gain: 2.0,
        };
        let weights = |kind| {
            let conv = Conv::new(kind, kernel, 1, &mut init_rng(3), &device);
            conv.weight.val().into_data().try_to_vec::<f32>().unwrap()
        };
        let values = weights(Weights::ONE_BIT);
        for &kind in Weights::ALL {
            assert_eq!(weights(kind), values, "{kind}");
        }
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| v as f64).sum::<f64>() / n;
        let deviation = (values
            .iter()
            .map(|&v| (v as f64 - mean).powi(2))
            .sum::<f64>()
            / n)
            .sqrt();
        // Five standard errors of the mean and of the deviation of n normal values.
        let expected = kernel.deviation();
        assert!(mean.abs() < 5.0 * expected / n.sqrt(), "mean {mean}");
        assert!(
            (deviation / expected - 1.0).abs() < 5.0 / (2.0 * n).sqrt(),
            "{deviation}"
        );
    }

    #[test]
    fn stride_two_halves_the_size_rounding_up() {
        let device = Device::default();
        let kernel = Kernel {
            out: 7,
            inputs: 5,
            size: 3,
            gain: 2.0,
        };
        for &kind in Weights::ALL {
            let conv = Conv::new(kind, kernel, 2, &mut init_rng(1), &device);
            let x = Tensor::zeros([2, 5, 9, 6], &device);
            assert_eq!(conv.forward(x).dims(), [2, 7, 5, 3]);
        }
    }

    /// What training computes with is what is stored, to the bit.
    #[test]
    fn effective_weights_are_those_that_are_stored() {
        let device = Device::default();
        let kernel = Kernel {
            out: 3,
            inputs: 4,
            size: 3,
            gain: 2.0,
        };
        for &kind in Weights::ALL {
            let conv = Conv::new(kind, kernel, 1, &mut init_rng(1), &device);
            let latent = conv.weight.val().into_data().try_to_vec::<f32>().unwrap();
            let found = conv.effective_weight().into_data();
            let found = found.try_to_vec::<f32>().unwrap();
            let Some(quantized) = kind.quantize(&kernel, &latent) else {
                assert_eq!(found, latent);
                continue;
            };
            let expected: Vec<f32> = quantized.effective().collect();
            match kind.training() {
                // The mean is summed in another order.
                Training::MeanSign { .. } => {
                    let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * b.abs();
                    assert!(found.iter().zip(&expected).all(near), "{kind}");
                }
                _ => assert_eq!(found, expected, "{kind}"),
            }
        }
    }
}
