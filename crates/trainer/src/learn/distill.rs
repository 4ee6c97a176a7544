//! Learning from a teacher: the divergence of a network's probabilities from another's.
//!
//! ```text
//! T² · KL(p ‖ q),   p = softmax(the teacher's logits / T),   q = softmax(the network's logits / T)
//! ```
//!
//! (Hinton, Vinyals, Dean 2015, section 2; T² makes the size of the gradient the same for any T.)

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;
use model::Network;

/// A network to learn from, and how.
#[derive(Clone, Debug)]
pub struct Distill {
    /// The teacher, on a device without gradients.
    pub teacher: Network,
    /// T: what logits are divided by.
    pub temperature: f64,
    /// The share of the loss.
    pub share: f64,
}

impl Distill {
    /// The teacher's logits for images on a device with gradients, on which they have none.
    pub fn logits(&self, images: &Tensor<4>) -> Tensor<2> {
        Tensor::from_inner(self.teacher.forward(images.clone().inner()))
    }

    /// T² · KL of each image. Shapes: logits `[batch, classes]`, the result `[batch]`.
    pub fn divergence(&self, logits: Tensor<2>, teacher: Tensor<2>) -> Tensor<1> {
        let images = logits.dims()[0];
        let ours = log_softmax(logits / self.temperature, 1);
        let theirs = log_softmax(teacher / self.temperature, 1);
        let terms = theirs.clone().exp() * (theirs - ours);
        terms.sum_dim(1).reshape([images]) * self.temperature.powi(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use model::NetworkConfig;

    fn distill(temperature: f64) -> Distill {
        let config = NetworkConfig::new("wrn-8-1".parse().unwrap(), [1, 8, 8], 3);
        Distill {
            teacher: config.init(1, &Device::default()).unwrap(),
            temperature,
            share: 0.5,
        }
    }

    #[test]
    fn the_divergence_is_that_of_the_formula_and_0_of_equal_logits() {
        let device = Device::default();
        let (ours, theirs) = (
            [[1.0, -2.0, 0.5], [3.0, 0.0, 1.0]],
            [[0.0, 2.0, -1.0], [3.0, 0.0, 1.0]],
        );
        for temperature in [1.0, 4.0] {
            let distill = distill(temperature);
            let found = distill.divergence(
                Tensor::from_data(ours, &device),
                Tensor::from_data(theirs, &device),
            );
            let found = found.into_data().try_to_vec::<f32>().unwrap();
            let softmax = |logits: [f64; 3]| {
                let powers = logits.map(|logit| (logit / temperature).exp());
                powers.map(|power| power / powers.iter().sum::<f64>())
            };
            let (q, p) = (softmax(ours[0]), softmax(theirs[0]));
            let kl: f64 = (0..3).map(|c| p[c] * (p[c] / q[c]).ln()).sum();
            let expected = temperature * temperature * kl;
            assert!(
                (f64::from(found[0]) - expected).abs() < 1e-4 * expected,
                "{found:?}"
            );
            assert!(found[1].abs() < 1e-5, "{found:?}");
        }
    }

    /// ∂/∂logit of T² · KL is T · (q − p).
    #[test]
    fn the_gradient_draws_to_the_teacher_who_has_none() {
        let device = Device::default().autodiff();
        let distill = distill(2.0);
        let logits = Tensor::<2>::from_data([[0.0, 0.0, 0.0]], &device).require_grad();
        let theirs = Tensor::<2>::from_data([[4.0, 0.0, -4.0]], &device);
        let loss = distill.divergence(logits.clone(), theirs).sum();
        let gradients = loss.backward();
        let found = logits.grad(&gradients).unwrap().into_data();
        let found = found.try_to_vec::<f32>().unwrap();
        let powers = [2f64, 0.0, -2.0].map(f64::exp);
        for (found, power) in found.iter().zip(powers) {
            let expected = 2.0 * (1.0 / 3.0 - power / powers.iter().sum::<f64>());
            assert!(
                (f64::from(*found) - expected).abs() < 1e-5,
                "{found}, {expected}"
            );
        }
        let images = Tensor::<4>::zeros([2, 1, 8, 8], &device);
        let logits = distill.logits(&images);
        assert_eq!(logits.dims(), [2, 3]);
        assert!(!logits.is_require_grad());
    }
}
